/**
 * report.html of a run: one file, offline, every number recomputed from the samples.
 *
 * Stability: stable.
 *
 * @module
 */
export { recompute, type Recomputed, summariseAgainst } from "./recompute.ts";
export { REPORT_FILE, writeReport } from "./report.ts";
export type { Instance, InstanceFlow, InstanceLimits } from "./run_data/mod.ts";
