/**
 * Files of the user's cache: copies of weights, and what is remembered of checkpoints.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { homedir } from "node:os";
import { env } from "node:process";
import { type FileError, fileError, writeAtomicFrom } from "../../schema/files.ts";

/** Folder of copies of weights: `$DPC_CACHE`, else `dynamic-prompt-corruption` in the user's cache. */
export function cacheFolder(path: Path.Path): string {
  return env["DPC_CACHE"] ??
    path.join(env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "dynamic-prompt-corruption");
}

/**
 * Finds, or makes, a file of the cache; one of another size is made again.
 *
 * @returns its folder
 */
export function cachedFile<E>(
  name: string,
  size: number,
  produce: Parameters<typeof writeAtomicFrom<E, FileSystem.FileSystem>>[1],
): Effect.Effect<string, FileError | E, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = cacheFolder(path);
    const file = path.join(folder, name);
    const found = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(file), (info) => Number(info.size)),
      () => -1,
    );
    if (found !== size) {
      yield* Effect.mapError(
        fs.makeDirectory(folder, { recursive: true }),
        fileError("write", folder),
      );
      yield* writeAtomicFrom(file, produce);
    }
    return folder;
  });
}
