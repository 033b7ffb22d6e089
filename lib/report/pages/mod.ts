/**
 * The pages of the report.
 *
 * @module
 */
export { flowPage } from "./flow.ts";
export { instancesPage } from "./instances.ts";
export { overviewPage } from "./overview.ts";
export { runPage } from "./run.ts";
export { triggerPage } from "./triggers.ts";
