/**
 * A finished run written once more in lm-evaluation-harness' layout.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Stream } from "effect";
import {
  type FileError,
  fileError,
  type Files,
  writeAtomic,
  writeAtomicFrom,
} from "../schema/files.ts";
import { type DatasetError, type Example, makeChecker, type Task } from "../task/mod.ts";
import * as LmEval from "./lm_eval.ts";
import { Journal } from "../run/mod.ts";
import { Sample } from "../results/mod.ts";

/** Options of {@linkcode writeLmEval}. */
export interface LmEvalOptions extends Omit<LmEval.LmEvalRun, "available"> {
  /** The run directory. */
  readonly directory: string;
  /** The task of the examples. */
  readonly task: Task;
  /** The whole dataset in its own order; rows are numbered by their place in it. */
  readonly dataset: Stream.Stream<Example, DatasetError, FileSystem.FileSystem>;
}

/**
 * Writes `lm-eval/<model>/results_<date>.json` and one `samples_<task>_<arm>_<date>.jsonl` for each arm into a run directory.
 *
 * @returns path of the results file
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { writeLmEval } from "dynamic-prompt-corruption/export";
 *
 * export const program = Effect.gen(function* () {
 *   const results = yield* writeLmEval({
 *     directory: "runs/first",
 *     task: wordProblems,
 *     dataset: examples(wordProblems, { path: "data/benchmark", split: "dev" }),
 *     model: "embedded",
 *     shots: 0,
 *     stop: wordProblems.stop,
 *     maxNewTokens: wordProblems.maxNewTokens,
 *     date: new Date("2025-01-31"),
 *     seed: 0,
 *   });
 *   assert.match(results, /lm-eval.embedded.results_2025-01-31/);
 * });
 * ```
 */
export function writeLmEval(
  options: LmEvalOptions,
): Effect.Effect<string, DatasetError | Journal.ReadError, Files> {
  const { directory, task, dataset } = options;
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const fs = yield* FileSystem.FileSystem;
    const checker = task.name === "math" ? yield* makeChecker() : undefined;
    const wanted = new Set<string>();
    const prompts = new Set<string>();
    const arms = new Set<string>();
    yield* eachSample(directory, (sample) => {
      wanted.add(sample.example);
      prompts.add(sample.prompt);
      for (const arm of Object.keys(sample.arms)) arms.add(arm);
    });
    const docs = new Map<string, readonly [index: number, example: Example]>();
    let available = 0;
    yield* Stream.runForEach(dataset, (example) =>
      Effect.sync(() => {
        if (wanted.has(example.id)) docs.set(example.id, [available, example]);
        available++;
      }));
    const run = { ...options, available };
    const nameOf = (arm: string, prompt: string) =>
      [task.name, arm, ...(prompts.size > 1 ? [prompt] : [])].join("_").replace(/[^\w.-]+/g, "_");
    const tasks = [...prompts].flatMap((prompt) =>
      [...arms].map((arm) => new LmEval.TaskWriter(nameOf(arm, prompt), run, task, checker))
    );
    const names = LmEval.fileNames(run, tasks);
    const folder = path.join(directory, "lm-eval", names.folder);
    yield* fs.makeDirectory(folder, { recursive: true }).pipe(
      Effect.mapError(fileError("write", folder)),
    );
    const files = names.samples.map((name) => path.join(folder, name));
    yield* writeAllAtomic(files, (writers) => {
      const byName = new Map(tasks.map((one, at) => [one.name, { one, write: writers[at]! }]));
      const filters = Array.from({ length: tasks[0]?.filters ?? 0 }, (_, at) => at);
      return Effect.forEach(
        filters,
        (filter) =>
          Stream.runForEach(Journal.rows(directory, Sample), ({ example: id, ...sample }) => {
            const [index, example] = docs.get(id)!;
            return Effect.forEach(Object.entries(sample.arms), ([arm, answer]) => {
              const { one, write } = byName.get(nameOf(arm, sample.prompt))!;
              const row = { index, example, prompt: sample.promptText, ...answer };
              return Effect.flatMap(
                one.line(row, filter),
                (line) => write(new TextEncoder().encode(line)),
              );
            }, { discard: true });
          }),
        { discard: true },
      );
    });
    const results = LmEval.resultsFile(run, tasks.map((one) => one.finish()));
    yield* writeAtomic(path.join(folder, names.results), [new TextEncoder().encode(results)]);
    return path.join(folder, names.results);
  }).pipe(Effect.scoped);
}

const eachSample = (directory: string, use: (sample: Sample) => void) =>
  Stream.runForEach(Journal.rows(directory, Sample), (sample) => Effect.sync(() => use(sample)));

/** Writes bytes to the end of a file. */
type Write = (bytes: Uint8Array) => Effect.Effect<void, FileError>;

/** Replaces several files that are written side by side. */
const writeAllAtomic = <E, R>(
  files: readonly string[],
  produce: (writers: readonly Write[]) => Effect.Effect<void, E | FileError, R>,
  writers: readonly Write[] = [],
): Effect.Effect<void, E | FileError, R | FileSystem.FileSystem> =>
  writers.length === files.length ? produce(writers) : writeAtomicFrom(
    files[writers.length]!,
    (write) => writeAllAtomic(files, produce, [...writers, write]),
  );
