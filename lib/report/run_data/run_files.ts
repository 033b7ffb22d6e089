/**
 * The files of a run directory that a report reads beside samples.jsonl.
 *
 * @module
 */
import { type FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { Journal } from "../../run/mod.ts";
import { type Summary } from "../../results/mod.ts";
import { type FileError, readJson } from "../../schema/files.ts";
import { Schema } from "../../schema/mod.ts";

/** run.json, of which a report shows everything and needs nothing. */
const RunFile = Schema.Struct({
  config: Schema.Unknown,
  sessions: Schema.Array(Schema.Unknown),
});

/** Configuration and sessions of a run. */
export type RunFile = typeof RunFile.Type;

const Count = Schema.Int;
const MaybeNumber = Schema.NullOr(Schema.Number);
const Interval = Schema.Tuple(Schema.Number, Schema.Number);
const Accuracy = {
  n: Count,
  correct: Count,
  accuracy: MaybeNumber,
  stderr: MaybeNumber,
  interval: Interval,
};
const Proportion = Schema.Struct({ value: MaybeNumber, interval: Interval });
const record = <A, I>(value: Schema.Schema<A, I>) => Schema.Record({ key: Schema.String, value });

const Arm = Schema.Struct({
  ...Accuracy,
  strict: Count,
  // absent from results of before 0.1.0
  rounded: Schema.optionalWith(Count, { default: () => 0 }),
  unparsed: Count,
  cutOff: Count,
  tokens: Schema.Number,
  triggerRate: MaybeNumber,
  trigger: Schema.NullOr(Schema.Struct({
    n: Count,
    fired: Count,
    wrong: Count,
    hits: Count,
    rate: Proportion,
    precision: Proportion,
    recall: Proportion,
    auc: Schema.Struct({
      area: MaybeNumber,
      stderr: MaybeNumber,
      interval: Schema.NullOr(Interval),
    }),
  })),
  transitions: Schema.NullOr(Schema.Struct({
    rightToRight: Count,
    rightToWrong: Count,
    wrongToRight: Count,
    wrongToWrong: Count,
  })),
  strata: record(record(Schema.Struct(Accuracy))),
});

const Paired = {
  n: Count,
  seeds: Count,
  difference: MaybeNumber,
  interval: Schema.NullOr(Interval),
  pValue: Schema.Number,
  armOnly: Count,
  againstOnly: Count,
};

/** results.json. */
const Results = Schema.Struct({
  task: Schema.String,
  n: Count,
  failed: Schema.optionalWith(Count, { default: () => 0 }),
  prompts: Schema.Array(Schema.String),
  arms: record(Arm),
  comparisons: Schema.Array(Schema.Struct({
    arm: Schema.String,
    against: Schema.String,
    ...Paired,
    pValueHolm: Schema.Number,
    strata: record(record(Schema.Struct(Paired))),
  })),
});

/** What a run directory says of its run and its results; fails with {@linkcode FileError} where one is missing or malformed. */
export function readRun(
  directory: string,
): Effect.Effect<
  { readonly run: RunFile; readonly summary: Summary },
  FileError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const run = yield* readJson(path.join(directory, Journal.RUN_FILE), RunFile);
    const summary = yield* readJson(path.join(directory, "results.json"), Results);
    return { run, summary };
  });
}
