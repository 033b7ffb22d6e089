/**
 * The report of a run: one HTML file with figures and all instances, which needs no network; and whether its numbers follow from its
 * samples.
 *
 * @module
 */
export type { Instance, InstanceFlow, InstanceLimits } from "./instances.ts";
export { recompute, type Recomputed, summariseAgainst } from "./recompute.ts";
export { REPORT_FILE, writeReport } from "./report.ts";
