/**
 * A hash of the code that computes, so that machines with different versions don't work on one run.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type FileError, fileError } from "../schema/files.ts";

/** The library's folder. */
const LIBRARY = fileURLToPath(new URL("..", import.meta.url));

/**
 * SHA-256 of the library's modules, by their paths and contents.
 *
 * @param dependencies versions of the packages it is used with
 * @returns 64 hexadecimal digits
 */
export function codeHash(
  dependencies: Readonly<Record<string, string>>,
): Effect.Effect<string, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const files = (yield* fs.readDirectory(LIBRARY, { recursive: true }))
      .filter((name) => /\.m?[jt]s$/.test(name))
      .sort();
    const hash = createHash("sha256").update(JSON.stringify(dependencies));
    for (const name of files) {
      hash.update(`\n${name}\n`).update(yield* fs.readFile(path.join(LIBRARY, name)));
    }
    return hash.digest("hex");
  }).pipe(Effect.mapError(fileError("read", LIBRARY)));
}
