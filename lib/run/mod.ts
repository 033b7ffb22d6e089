/**
 * The run directory: a journal of finished examples that survives kills, its lock and configuration, shards, merging and rescoring.
 *
 * @module
 */
export { configurationHash, type Difference, differences } from "./configuration.ts";
export { type Failure, readFailures, TooManyErrors } from "./failures.ts";
export * as Journal from "./journal.ts";
export { merge, MergeError, type MergeOptions } from "./merge.ts";
export {
  OtherExamples,
  rescore,
  type Rescored,
  type RescoreError,
  type RescoreOptions,
} from "./rescore.ts";
export { MAX_ERRORS, type RunError, runEvaluation, type RunOptions } from "./run.ts";
export { parseShard, type Shard, type Sharded, ShardError, shardOf } from "./shard.ts";
