/**
 * Links in directories that others have made: what is read of a directory must lie in it, whatever an archive has put there.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/**
 * Whether a name in a directory is a link that leaves it. A snapshot of a Hugging Face cache (`models--NAME/snapshots/REVISION`) is
 * made of links to `models--NAME/blobs`: there they may lead anywhere in `models--NAME`. What is not there leaves nothing.
 *
 * @param directory may be a link itself
 * @param name of a file in it, or a way to one below it
 */
export function escapesDirectory(
  directory: string,
  name: string,
): Effect.Effect<boolean, never, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.realPath(directory);
    const cache = dirname(folder);
    const bounds = basename(cache) === "snapshots" ? dirname(cache) : folder;
    const way = relative(bounds, yield* fs.realPath(join(folder, name)));
    return way.split(sep)[0] === ".." || isAbsolute(way);
  }).pipe(Effect.orElseSucceed(() => false));
}
