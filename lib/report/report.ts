/**
 * Makes report.html of a run directory.
 *
 * @module
 */
import { type FileSystem, Path } from "@effect/platform";
import { Effect, Stream } from "effect";
import { Sample } from "../results/mod.ts";
import { Journal, readRun } from "../run/mod.ts";
import { writeAtomic } from "../schema/files.ts";
import { readAssets } from "./assets.ts";
import { document } from "./document.ts";
import {
  type InstanceLimits,
  InstancePacker,
  PromptAnalysisCollector,
  TimeCollector,
} from "./run_data/mod.ts";

/** The file of a run directory that shows it. */
export const REPORT_FILE = "report.html";

/**
 * Makes report.html from the run.json, results.json and samples.jsonl of a run directory. Samples are read one by one.
 *
 * @param directory of a finished run
 * @returns the path of the report; fails with {@linkcode Journal.ReadError}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { FileSystem } from "@effect/platform";
 * import { Effect } from "effect";
 * import { writeReport } from "dynamic-prompt-corruption/report";
 *
 * export const program = Effect.gen(function* () {
 *   const file = yield* writeReport("runs/first");
 *   const html = yield* (yield* FileSystem.FileSystem).readFileString(file);
 *   assert.match(html, /^<!doctype html>/i);
 * });
 * ```
 */
export function writeReport(
  directory: string,
  limits: InstanceLimits = {},
): Effect.Effect<string, Journal.ReadError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const { run, summary } = yield* readRun(directory);
    const analyses = new PromptAnalysisCollector();
    const times = new TimeCollector();
    const instances = new InstancePacker(
      summary.n * summary.prompts.length * (summary.answers ?? 1),
      limits,
    );
    yield* Stream.runForEachChunk(Journal.rows(directory, Sample), (samples) =>
      Effect.sync(() => {
        for (const sample of samples) {
          analyses.add(sample);
          times.add(sample);
          instances.add(sample);
        }
      }));
    const text = document({
      name: path.basename(path.resolve(directory)),
      run,
      summary,
      analyses: analyses.finish(),
      times: times.finish(),
      instances: instances.finish(),
      assets: yield* readAssets(),
    });
    const file = path.join(directory, REPORT_FILE);
    yield* writeAtomic(file, [new TextEncoder().encode(text)]);
    return file;
  }).pipe(Effect.withSpan("report.write", { attributes: { directory } }));
}
