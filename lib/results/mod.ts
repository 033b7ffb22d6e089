/**
 * What a run says: the line of an example in samples.jsonl, results.json as computed from the lines, and the analysis of their flows and triggers.
 *
 * Stability: stable.
 *
 * @module
 */
export { type Analysis, AnalysisCollector } from "./analysis.ts";
export type { FlowAnalysis, FlowGroup, LogCurve } from "./analysis_flow.ts";
export type {
  CurvePoint,
  Histogram,
  ThresholdBounds,
  TriggerAnalysis,
} from "./analysis_trigger.ts";
export { compareRuns, type RunArm, RunOutcomes } from "./compare_runs.ts";
export { type ArmSample, Sample, type SampleFlow, sampleId } from "./sample.ts";
export {
  type SampleOutcomes,
  summarise,
  type SummariseOptions,
  SummaryCollector,
} from "./summarise.ts";
export {
  type ArmComparison,
  type ArmSummary,
  type Comparison,
  type Strata,
  Summary,
} from "./summary.ts";
