/**
 * A finished run written once more in lm-evaluation-harness' layout.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Stream } from "effect";
import { type FileError, fileError, writeAtomic } from "../schema/files.ts";
import { type DatasetError, type Example, type Task } from "../task/mod.ts";
import * as LmEval from "./lm_eval.ts";
import { Journal } from "../run/mod.ts";
import { Sample } from "../results/mod.ts";

/** What {@linkcode writeLmEval} needs to know of a run. */
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
): Effect.Effect<
  string,
  DatasetError | FileError | Journal.JournalCorrupt,
  FileSystem.FileSystem | Path.Path
> {
  const { directory, task, dataset } = options;
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const fs = yield* FileSystem.FileSystem;
    const rows = new Map<string, LmEval.LmEvalRow[]>();
    const samples = yield* Stream.runCollect(Journal.rows(directory, Sample));
    const wanted = new Set([...samples].map(({ example }) => example));
    const docs = new Map<string, readonly [index: number, example: Example]>();
    let available = 0;
    yield* Stream.runForEach(dataset, (example) =>
      Effect.sync(() => {
        if (wanted.has(example.id)) docs.set(example.id, [available, example]);
        available++;
      }));
    const severalPrompts = new Set([...samples].map(({ prompt }) => prompt)).size > 1;
    for (const { example: id, prompt, promptText, arms } of samples) {
      const [index, example] = docs.get(id)!;
      for (const [arm, { text, answer, strict, correct }] of Object.entries(arms)) {
        const name = [task.name, arm, ...(severalPrompts ? [prompt] : [])].join("_")
          .replace(/[^\w.-]+/g, "_");
        const row = { index, example, prompt: promptText, text, answer, strict, correct };
        const all = rows.get(name) ?? [];
        rows.set(name, all);
        all.push(row);
      }
    }
    const run = { ...options, available };
    const tasks = [...rows].map(([name, all]) => ({ name, rows: all }));
    const names = LmEval.fileNames(run, tasks);
    const folder = path.join(directory, "lm-eval", names.folder);
    yield* fs.makeDirectory(folder, { recursive: true }).pipe(
      Effect.mapError(fileError("write", folder)),
    );
    const write = (name: string, lines: readonly string[]) =>
      writeAtomic(path.join(folder, name), lines.map((line) => new TextEncoder().encode(line)));
    yield* Effect.forEach(
      tasks,
      (one, index) => write(names.samples[index]!, LmEval.sampleLines(run, task, one.rows)),
    );
    yield* write(names.results, [LmEval.resultsFile(run, task, tasks)]);
    return path.join(folder, names.results);
  });
}
