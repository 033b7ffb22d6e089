/**
 * What the report reads of a run directory.
 *
 * @module
 */
export { type PromptAnalyses, PromptAnalysisCollector } from "./analyses.ts";
export { calibratedThreshold, type RunFacts, runFacts } from "./facts.ts";
export * from "./instances.ts";
export { type ArmTime, TimeCollector } from "./times.ts";
