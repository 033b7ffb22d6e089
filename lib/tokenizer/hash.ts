/**
 * Telling tokenizers apart.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { type FileError, type Files, hashFile } from "../schema/files.ts";

/** Files of a checkpoint that say how texts become token ids; the first it must have. */
const TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];

/** SHA-256 of all files of a checkpoint's tokenizer, chat template included: 64 hexadecimal digits. */
export function hashTokenizer(directory: string): Effect.Effect<string, FileError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const hash = createHash("sha256");
    for (const name of TOKENIZER_FILES) {
      const file = path.join(directory, name);
      const exists = yield* Effect.orElseSucceed(fs.exists(file), () => false);
      if (exists) hash.update(`${name} ${yield* hashFile(file)}\n`);
    }
    return hash.digest("hex");
  });
}
