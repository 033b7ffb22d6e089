/**
 * An evaluation into a run directory: continued where it stopped, summarised when it is complete.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Chunk, Effect, pipe, Stream } from "effect";
import type { EngineError } from "../model/mod.ts";
import type { FileError } from "../schema/files.ts";
import type { ChatError, DatasetError, Example, Task } from "../task/mod.ts";
import { evaluate, type PromptArms } from "./evaluate.ts";
import * as Journal from "./journal.ts";
import type { Model } from "./model.ts";
import * as Progress from "./progress.ts";
import { Sample } from "./sample.ts";
import { tokenize, type TokenizeOptions } from "./stages.ts";
import { summarise, type Summary } from "./summary.ts";

/** An evaluation. */
export interface RunOptions {
  /** The run directory. */
  readonly directory: string;
  /** What makes the run this run; it must be the same when it is continued. */
  readonly config: unknown;
  /** Recorded, not compared: versions, machine. */
  readonly about: unknown;
  /** The task of the examples. */
  readonly task: Task;
  /** How prompts are written. */
  readonly tokenize: TokenizeOptions;
  /** The examples, each time from their start. */
  readonly examples: Stream.Stream<Example, DatasetError, FileSystem.FileSystem>;
  /** Rows that reading the examples has skipped so far; none by default. */
  readonly skipped?: () => readonly DatasetError[];
  /** Prompts, each with its arms. */
  readonly promptArms: readonly PromptArms[];
}

/** What can end an evaluation. */
export type RunError =
  | ChatError
  | DatasetError
  | EngineError
  | FileError
  | Journal.RunLocked
  | Journal.ConfigurationChanged
  | Journal.JournalCorrupt
  | Journal.InvalidRecord;

/**
 * Runs what is not yet in the directory's samples.jsonl, one prompt after the other, then writes results.json.
 *
 * @returns the summary, computed from the samples on the disk
 */
export function runEvaluation(
  options: RunOptions,
): Effect.Effect<
  Summary,
  RunError,
  FileSystem.FileSystem | Path.Path | Model | Progress.ProgressOutput
> {
  const { directory, config, about, task, examples, promptArms } = options;
  return Effect.scoped(Effect.gen(function* () {
    // a dataset with a bad row is refused here, before hours of work
    const total = promptArms.length * (yield* Stream.runCount(examples));
    const journal = yield* Journal.open(directory, { config, about, schema: Sample });
    const resumed = journal.finished.size;
    const skipped = options.skipped?.() ?? [];
    if (skipped.length > 0) {
      const rows = skipped.map(({ path, line, reason }) => ({ file: path, line, reason }));
      const content = { count: rows.length, rows };
      yield* journal.writeAtomic("skipped.json", JSON.stringify(content, null, 2) + "\n");
    }
    yield* pipe(
      Stream.fromIterable(promptArms),
      Stream.flatMap((each) =>
        pipe(
          examples,
          Stream.filter(({ id }) => !journal.finished.has(`${id}@${each.prompt.name}`)),
          tokenize(task, options.tokenize),
          (tokenized) => evaluate(tokenized, task, each),
        )
      ),
      Journal.append(journal),
      Progress.track({ label: task.name, total, resumed }, ({ arms }: Sample) => ({
        outcomes: Object.entries(arms).map(([name, { correct }]) => [name, correct] as const),
      })),
      Stream.runDrain,
    );
    const samples = yield* Stream.runCollect(Journal.rows(directory, Sample));
    const summary = summarise(task.name, Chunk.toReadonlyArray(samples));
    yield* journal.writeAtomic("results.json", JSON.stringify(summary, null, 2) + "\n");
    return summary;
  }));
}
