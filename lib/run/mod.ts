/**
 * The run directory: a journal of finished examples that survives kills, its lock and configuration, shards, merging and rescoring.
 *
 * Stability: stable.
 *
 * @module
 */
export { configurationHash, type Difference, differences } from "../schema/mod.ts";
export * from "./configuration.ts";
export {
  AllFailed,
  type Failure,
  readFailures,
  type Tolerance,
  TooManyErrors,
} from "./failures.ts";
export * as Journal from "./journal.ts";
export { lockRun } from "./lock.ts";
export { merge, MergeError, type MergeOptions } from "./merge.ts";
export * from "./rescore.ts";
export {
  type FinishedRun,
  readResults,
  readRun,
  readRunFile,
  RESULTS_FILE,
  type RunFile,
} from "./run_files.ts";
export { collectRun, summariseRun } from "./summarise_run.ts";
export { EVALUATE_AGAIN } from "./journal_entries.ts";
export { MAX_ERRORS, type RunError, runEvaluation, type RunOptions } from "./run.ts";
export { parseShard, type Shard, type Sharded, ShardError, shardOf } from "./shard.ts";
