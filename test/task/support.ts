/**
 * What the suites of lib/task share: examples without a dataset, and files to read.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import type { Example, Finish } from "../../lib/task/mod.ts";

/** An example with nothing but its gold answer. */
export function exampleOf(
  gold: string,
  options?: readonly string[],
  question = "How many?",
): Example {
  const base = { id: "example", question, gold, strata: {} };
  return options === undefined ? base : { ...base, options };
}

/** What an extractor is given beside the text. */
export function given(example: Example, finish: Finish = "eos") {
  return { example, finish };
}

/** Writes a file into a temporary folder that goes with the scope. */
export function fileOf(name: string, content: string | Uint8Array) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = `${yield* fs.makeTempDirectoryScoped()}/${name}`;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    yield* fs.writeFile(path, bytes);
    return path;
  });
}
