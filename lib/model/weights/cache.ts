/**
 * Files of the user's cache: copies of weights, and what is remembered of checkpoints.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { homedir } from "node:os";
import { env } from "node:process";
import { FileError, fileError, writeAtomicFrom } from "../../schema/files.ts";

/**
 * Folder of copies of weights: `$DPC_CACHE`, else `dynamic-prompt-corruption` in the user's cache. An empty variable counts as none,
 * and so does a relative XDG_CACHE_HOME (XDG Base Directory Specification).
 */
export function cacheFolder(path: Path.Path): string {
  const { DPC_CACHE: own, XDG_CACHE_HOME: caches = "" } = env;
  return own || path.join(
    path.isAbsolute(caches) ? caches : path.join(homedir(), ".cache"),
    "dynamic-prompt-corruption",
  );
}

/** Makes the folder where it is missing; fails with {@linkcode FileError}. */
export function makeCacheFolder(
  folder: string,
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  return Effect.flatMap(
    FileSystem.FileSystem,
    (fs) =>
      fs.makeDirectory(folder, { recursive: true }).pipe(
        Effect.mapError(fileError("write", folder)),
        withRemedy,
      ),
  );
}

/** Says of a file of the cache that cannot be written how to have the cache elsewhere. */
export function withRemedy<A, E, R>(
  effect: Effect.Effect<A, E | FileError, R>,
): Effect.Effect<A, E | FileError, R> {
  return Effect.mapError(
    effect,
    (error) =>
      error instanceof FileError && error.action === "write"
        ? new FileError({
          ...error,
          reason: `${error.reason} (DPC_CACHE names another folder for copies of weights)`,
        })
        : error,
  );
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
      yield* makeCacheFolder(folder);
      yield* withRemedy(writeAtomicFrom(file, produce));
    }
    return folder;
  });
}
