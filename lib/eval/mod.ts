/**
 * Evaluation: stages and arms as values, the run directory that survives what happens to long runs, progress, tables, and the
 * statistics of a run.
 *
 * @module
 */
export {
  ACT_STANDARD,
  betterHeads,
  candidateHeads,
  type Head,
  tryHeads,
  type TryHeadsOptions,
} from "./act.ts";
export {
  type Analysis,
  AnalysisCollector,
  type CurvePoint,
  type FlowAnalysis,
  type FlowGroup,
  type Histogram,
  type ThresholdBounds,
  type TriggerAnalysis,
} from "./analysis.ts";
export * as Arm from "./arm.ts";
export { ACCEPTANCES, ARM_NAMES, ArmError, type ArmOptions, byName } from "./arms.ts";
export {
  calibrate,
  type CalibrateOptions,
  isTestSplit,
  type Observation,
  observe,
  type ObserveOptions,
} from "./calibrate.ts";
export { type Failure, readFailures, TooManyErrors } from "./failures.ts";
export { configurationHash, type Difference, differences } from "./configuration.ts";
export { type LmEvalOptions, writeLmEval } from "./lm_eval_files.ts";
export { grid, type GridOptions } from "./grid.ts";
export { compareRuns, type RunArm, RunOutcomes } from "./compare_runs.ts";
export { evaluate, type PromptArms } from "./evaluate.ts";
export { Evaluator, local as localEvaluator, type Unit } from "./evaluator.ts";
export { merge, MergeError, type MergeOptions } from "./merge.ts";
export {
  describe as describeModel,
  layer as modelLayer,
  Model,
  type ModelDescription,
  type ModelOptions,
  open as openModel,
  withoutEngine,
} from "./model.ts";
export type * from "./records.ts";
export {
  OtherExamples,
  rescore,
  type Rescored,
  type RescoreError,
  type RescoreOptions,
} from "./rescore.ts";
export { PAPER_ARMS, paperTable } from "./paper_table.ts";
export { conclusion, resultsTable, strataTable, wideStrataTable } from "./results_table.ts";
export { MAX_ERRORS, type RunError, runEvaluation, type RunOptions } from "./run.ts";
export { type ArmSample, Sample, type SampleFlow, sampleId } from "./sample_line.ts";
export { parseShard, type Shard, type Sharded, ShardError, shardOf } from "./shard.ts";
export * as Stage from "./stages.ts";
export {
  type ArmSummary,
  type Comparison,
  type Strata,
  summarise,
  type SummariseOptions,
  type Summary,
} from "./summary.ts";
export * as Journal from "./journal.ts";
export * as Progress from "./progress.ts";
export * as Statistics from "./statistics.ts";
export * as Table from "./table.ts";
