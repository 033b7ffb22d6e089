/**
 * The results of a run, computed from the samples on the disk, which are read one by one.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { Sample, type SummariseOptions, type Summary, SummaryCollector } from "../results/mod.ts";
import type { Files } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import * as Journal from "./journal.ts";
import { RESULTS_FILE } from "./run_files.ts";

/** Takes in the samples of a run directory. */
export function collectRun(
  directory: string,
): Effect.Effect<SummaryCollector, Journal.ReadError, Files> {
  return Effect.suspend(() => {
    const collector = new SummaryCollector();
    return Effect.as(
      Stream.runForEach(
        Journal.rows(directory, Sample),
        (sample) => Effect.sync(() => collector.add(sample)),
      ),
      collector,
    );
  });
}

/**
 * Summarises the samples of a run directory.
 *
 * @param task the task's name
 */
export const summariseRun = (
  directory: string,
  task: string,
  options: SummariseOptions = {},
): Effect.Effect<
  Summary,
  Journal.ReadError,
  Files
> => Effect.map(collectRun(directory), (collector) => collector.finish(task, options));

const Primary = Schema.Struct({ primary: Schema.String });

/** The primary arm that a run's configuration names; null of none. */
export const primaryOf = (config: unknown): string | null =>
  Schema.is(Primary)(config) ? config.primary : null;

/** Summarises the samples of a journal into results.json. */
export const writeResults = (
  journal: Pick<Journal.Journal<Sample>, "directory" | "writeAtomic">,
  task: string,
  options: SummariseOptions = {},
): Effect.Effect<Summary, Journal.ReadError, Files> =>
  Effect.tap(
    summariseRun(journal.directory, task, options),
    (summary) => journal.writeAtomic(RESULTS_FILE, JSON.stringify(summary, null, 2) + "\n"),
  );
