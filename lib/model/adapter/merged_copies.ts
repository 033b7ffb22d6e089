/**
 * The copies of checkpoints with an adapter that the user's cache keeps: those used last.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Option } from "effect";
import { FileError, fileError, type Files, gigabytes, roomBelow } from "../../schema/files.ts";
import { writeCached } from "../cache/mod.ts";
import { Checkpoint } from "../checkpoint/mod.ts";
import { contentHash } from "../weights/mod.ts";

/** Copies that are kept when another is made, and minutes since its last use in which a process may still be reading one. */
export const KEPT = { copies: 4, minutes: 60 };

/** Ends the names of their folders; the number counts up when the same files would become another folder. */
export const SUFFIX = ".lora1";

/** Folders of this form, of any number. */
const COPY = /\.lora\d+$/;

/** The file of a copy whose time is that of its last use. */
const USED = "used";

/** Records that a copy is used now; a cache that cannot be written keeps the time it has. */
export const markUsed = (directory: string): Effect.Effect<void, never, Files> =>
  Effect.ignore(
    Effect.flatMap(Path.Path, (path) => writeCached(path.join(directory, USED), new Uint8Array(0))),
  );

/**
 * Makes room for another copy: removes those beyond the ones used last, with what was made of them, and more where the disk lacks room, but
 * none that may be in use.
 *
 * @param folder the cache
 * @param bytes what the new one takes
 * @returns nothing; fails with {@linkcode FileError} where there is no room even so
 */
export function makeRoom(
  folder: string,
  bytes: number,
  { copies, minutes }: typeof KEPT = KEPT,
): Effect.Effect<void, FileError, Files> {
  return Effect.gen(function* () {
    const all = yield* copiesIn(folder);
    const oldest = all.filter(({ used }) => Date.now() - used > minutes * 60_000)
      .toSorted((a, b) => a.used - b.used);
    let beyond = all.length - (copies - 1);
    for (const { directory } of oldest) {
      if (beyond-- <= 0 && (yield* roomBelow(folder, bytes)) === undefined) return;
      yield* remove(folder, directory);
    }
    const free = yield* roomBelow(folder, bytes);
    if (free === undefined) return;
    return yield* new FileError({
      action: "write",
      file: folder,
      reason: `the weights with the adapter take ${gigabytes(bytes)} and there is room for ` +
        gigabytes(free),
    });
  });
}

/** All copies, and when each was last used: one that was never finished, when it was begun. */
function copiesIn(folder: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const names = yield* Effect.mapError(fs.readDirectory(folder), fileError("read", folder));
    const timeOf = (file: string) =>
      Effect.map(fs.stat(file), ({ mtime }) => Option.getOrElse(mtime, () => new Date()).getTime());
    return yield* Effect.forEach(names.filter((name) => COPY.test(name)), (name) => {
      const directory = path.join(folder, name);
      return timeOf(path.join(directory, USED)).pipe(
        Effect.orElse(() => timeOf(directory)),
        Effect.orElseSucceed(() => Date.now()),
        Effect.map((used) => ({ directory, used })),
      );
    });
  });
}

/** Removes a copy and what was made of it, packed or quantized, whose names begin with the hash of its weights. */
function remove(folder: string, directory: string) {
  return Effect.ignore(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const hash = yield* Effect.option(Effect.flatMap(Checkpoint.open(directory), contentHash));
    if (hash._tag === "Some") {
      const made = (yield* fs.readDirectory(folder)).filter((name) =>
        name.startsWith(`${hash.value}.`)
      );
      for (const name of made) {
        yield* Effect.ignore(fs.remove(path.join(folder, name), { recursive: true }));
      }
    }
    yield* fs.remove(directory, { recursive: true });
  }));
}
