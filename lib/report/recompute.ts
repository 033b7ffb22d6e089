/**
 * What the samples of a run say: whether results.json says the same, and how arms compare with another one than pt.
 *
 * @module
 */
import { type FileSystem, Path } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import { type Difference, differences } from "../run/mod.ts";
import { Journal, readFailures } from "../run/mod.ts";
import { Sample, summarise, type Summary } from "../results/mod.ts";
import { type FileError, readJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import { readRun } from "./run_data/mod.ts";

/** results.json and what samples.jsonl alone gives. */
export interface Recomputed {
  /** Samples that were read. */
  readonly samples: number;
  /** Each number that differs; none where the two are equal. `recorded` is that of results.json. */
  readonly differences: readonly Difference[];
}

/**
 * Computes every number of results.json again from samples.jsonl alone.
 *
 * @param directory a finished run
 */
export function recompute(
  directory: string,
): Effect.Effect<
  Recomputed,
  FileError | Journal.JournalCorrupt,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const recorded = yield* readJson(
      path.join(directory, "results.json"),
      Schema.Struct(
        { task: Schema.String },
        Schema.Record({ key: Schema.String, value: Schema.Unknown }),
      ),
    );
    const samples = yield* samplesOf(directory);
    // the task's name is no number: it is the one thing that the samples do not say
    const { length: failed } = yield* readFailures(directory);
    const computed: unknown = JSON.parse(
      JSON.stringify(summarise(recorded.task, samples, { failed })),
    );
    return { samples: samples.length, differences: differences(recorded, computed) };
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
): Effect.Effect<
  Summary,
  FileError | Journal.JournalCorrupt,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const { summary: { task, failed } } = yield* readRun(directory);
    return summarise(task, yield* samplesOf(directory), { failed, against });
  });
}

const samplesOf = (directory: string) =>
  Effect.map(Stream.runCollect(Journal.rows(directory, Sample)), Chunk.toReadonlyArray);
