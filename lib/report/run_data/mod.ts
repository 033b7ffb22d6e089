/**
 * What the report reads of a run directory.
 *
 * @module
 */
export * from "./instances.ts";
export { type ArmTime, TimeCollector } from "./times.ts";
