/**
 * What the samples of a run say: whether results.json says the same, and how arms compare with another one than pt.
 *
 * @module
 */
import { type FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import * as Run from "../run/mod.ts";
import type { Summary } from "../results/mod.ts";
import { readJson } from "../schema/files.ts";
import { type Difference, differences, Schema, toJson } from "../schema/mod.ts";

/** results.json and what samples.jsonl alone gives. */
export interface Recomputed {
  /** Samples that were read. */
  readonly samples: number;
  /** Each number that differs; none where the two are equal. `recorded` is that of results.json. */
  readonly differences: readonly Difference[];
}

const Named = Schema.Struct(
  { task: Schema.String, primary: Schema.optional(Schema.NullOr(Schema.String)) },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

/**
 * Computes every number of results.json again from samples.jsonl alone.
 *
 * @param directory a finished run
 */
export function recompute(
  directory: string,
): Effect.Effect<Recomputed, Run.Journal.ReadError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    // whatever else it holds is to be compared
    const recorded = yield* readJson(path.join(directory, Run.RESULTS_FILE), Named, {
      remedy: Run.EVALUATE_AGAIN,
    });
    // the task's name and the primary arm's are what the samples do not say
    const { length: failed } = yield* Run.readFailures(directory);
    const collector = yield* Run.collectRun(directory);
    const computed = toJson(
      collector.finish(recorded.task, { failed, primary: recorded.primary ?? null }),
    );
    return { samples: collector.samples, differences: differences(recorded, computed) };
  });
}

/**
 * Compares a run's arms with another arm than results.json does.
 *
 * @param directory a finished run
 * @param against name of the arm that the others are compared with
 * @returns the summary; without comparisons where the run has no such arm
 */
export function summariseAgainst(
  directory: string,
  against: string,
): Effect.Effect<Summary, Run.Journal.ReadError, FileSystem.FileSystem | Path.Path> {
  return Effect.flatMap(
    Run.readResults(directory),
    ({ task, failed, primary }) => Run.summariseRun(directory, task, { failed, against, primary }),
  );
}
