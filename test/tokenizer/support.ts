/**
 * The tokenizers among the test vectors.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { load } from "../../lib/tokenizer/mod.ts";

/** Their folders: byte-level with single digits, byte-level with digits in threes, SentencePiece with byte fallback. */
export const TOKENIZERS = [
  "tokenizer_chatml",
  "tokenizer_llama3",
  "tokenizer_sentencepiece",
] as const;

/** The folder of a test vector. */
export const vector = (name: string) => new URL(`../vectors/${name}`, import.meta.url).pathname;

/** Loads one of them. */
export const loadVector = (name: string) => load(vector(name));

/** Writes a vector's tokenizer.json, changed, and perhaps a tokenizer_config.json to a folder of their own. */
export const changed = (
  name: string,
  // deno-lint-ignore no-explicit-any -- the test says what it holds
  edit: (json: any) => void,
  config?: string,
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const directory = yield* fs.makeTempDirectoryScoped();
    const json = JSON.parse(yield* fs.readFileString(path.join(vector(name), "tokenizer.json")));
    edit(json);
    yield* fs.writeFileString(path.join(directory, "tokenizer.json"), JSON.stringify(json));
    if (config !== undefined) {
      yield* fs.writeFileString(path.join(directory, "tokenizer_config.json"), config);
    }
    return directory;
  });
