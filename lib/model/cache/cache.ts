/**
 * Files of the user's cache: copies of weights, and what is remembered of checkpoints.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Option } from "effect";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { env } from "node:process";
import {
  FileError,
  fileError,
  hashFile,
  readJson,
  writeAtomic,
  writeAtomicFrom,
  writeJson,
} from "../../schema/files.ts";
import { Schema } from "../../schema/mod.ts";

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
 * Finds, or makes, a file of the cache; one that is damaged, or of another size, is made again.
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
    if (found !== size || !(yield* isIntact(file))) {
      yield* makeCacheFolder(folder);
      yield* removeLeftOvers(folder);
      const hash = createHash("sha256");
      yield* withRemedy(
        writeAtomicFrom(
          file,
          (write) => produce((bytes) => Effect.tap(write(bytes), () => void hash.update(bytes))),
        ),
      );
      yield* withRemedy(recordDigest(file, hash.digest("hex")));
    }
    return folder;
  });
}

/** What is kept beside a file of the cache: the digest of what was written, and how the file stood when that was last read. */
const Digest = Schema.Struct({ sha256: Schema.String, stamp: Schema.String });

const digestFile = (file: string): string => `${file}.digest.json`;

/** Keeps the digest of a file that is on the disk; fails with {@linkcode FileError}. */
export function recordDigest(
  file: string,
  sha256: string,
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  return Effect.flatMap(
    stampOf(file),
    (stamp) => writeJson(digestFile(file), { sha256, stamp } satisfies typeof Digest.Type),
  );
}

/**
 * Whether a file of the cache holds what was written: it is read whole and compared with its digest, but where it is the same file, of the
 * same size and times, as when that was last done.
 */
export function isIntact(file: string): Effect.Effect<boolean, never, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const known = yield* readJson(digestFile(file), Digest);
    if (known.stamp === (yield* stampOf(file))) return true;
    const sha256 = yield* hashFile(file);
    if (sha256 !== known.sha256) return false;
    // a cache that cannot be written is read each time
    yield* Effect.ignore(recordDigest(file, sha256));
    return true;
  }).pipe(Effect.orElseSucceed(() => false));
}

/** Writes a small file of the cache and keeps its digest; fails with {@linkcode FileError}. */
export function writeCached(
  file: string,
  bytes: Uint8Array,
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return withRemedy(Effect.zipRight(writeAtomic(file, [bytes]), recordDigest(file, sha256)));
}

/** Whether a folder of the cache has a file of that name, and this and all others are what was written. */
export function isIntactFolder(
  folder: string,
  last: string,
): Effect.Effect<boolean, never, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const found = (yield* fs.readDirectory(folder)).filter((name) => !UNFINISHED.test(name));
    // a digest without its file is seen too
    const names = new Set([last, ...found.map((name) => name.replace(/\.digest\.json$/, ""))]);
    const intact = yield* Effect.forEach(names, (name) => isIntact(path.join(folder, name)));
    return intact.every(Boolean);
  }).pipe(Effect.orElseSucceed(() => false));
}

/**
 * Tells a file that may have been changed by its place, size and times, of which the system itself sets the last at each change; fails with
 * {@linkcode FileError}.
 */
export function stampOf(file: string): Effect.Effect<string, FileError> {
  return Effect.tryPromise({
    try: () => stat(file, { bigint: true }),
    catch: (error) => new FileError({ action: "read", file, reason: String(error) }),
  }).pipe(
    Effect.map(({ dev, ino, size, mtimeNs, ctimeNs }) =>
      [file, dev, ino, size, mtimeNs, ctimeNs].join()
    ),
  );
}

/** The stamp of a file as a name. */
export const stampHash = (file: string): Effect.Effect<string, FileError> =>
  Effect.map(stampOf(file), (stamp) => createHash("sha256").update(stamp).digest("hex"));

/** Files on their way into the cache: another process may be writing them. */
const UNFINISHED = /\.tmp$|\.packed-[0-9a-f-]{36}\.onnx$/;

/** Minutes without a change after which nobody writes such a file any more. */
const ABANDONED = 15;

/**
 * Removes what processes that were killed have left unfinished in the cache.
 *
 * @param isUnused what else is of no use once it is as old
 */
export function removeLeftOvers(
  folder: string,
  isUnused: (name: string) => boolean = () => false,
): Effect.Effect<void, never, FileSystem.FileSystem> {
  return Effect.ignore(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    for (const name of yield* fs.readDirectory(folder)) {
      if (!UNFINISHED.test(name) && !isUnused(name)) continue;
      const file = `${folder}/${name}`;
      const { mtime } = yield* fs.stat(file);
      const age = Date.now() - Option.getOrElse(mtime, () => new Date()).getTime();
      if (age > ABANDONED * 60_000) yield* Effect.ignore(fs.remove(file));
    }
  }));
}

const Remembered = Schema.Struct({ sha256: Schema.String, check: Schema.String });

/** Tells a remembered digest of which a byte has changed. */
const checkOf = (record: string, sha256: string): string =>
  createHash("sha256").update(`${record} ${sha256}`).digest("hex");

/**
 * A digest that takes long to compute, kept in the cache; without a cache, or where what it kept is damaged, it is computed again.
 *
 * @param record tells what was hashed, as it stood
 */
export function remembered<E, R>(
  record: string,
  compute: Effect.Effect<string, E, R>,
): Effect.Effect<string, E, R | FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = cacheFolder(path);
    const file = path.join(folder, `${record}.json`);
    const known = yield* Effect.option(readJson(file, Remembered));
    if (known._tag === "Some" && known.value.check === checkOf(record, known.value.sha256)) {
      return known.value.sha256;
    }
    const sha256 = yield* compute;
    yield* Effect.ignore(fs.makeDirectory(folder, { recursive: true }));
    yield* Effect.ignore(writeJson(file, { sha256, check: checkOf(record, sha256) }));
    return sha256;
  });
}
