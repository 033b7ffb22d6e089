/**
 * Links of a checkpoint: the files that are read must lie in its directory, whatever an archive has put there.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { CheckpointError } from "./checkpoint_shards.ts";

/** Files that are read of a checkpoint. */
const READ = /\.(?:json|jinja|safetensors)$/;

/**
 * Refuses a checkpoint of which a file is a link that leaves its directory. A snapshot of a Hugging Face cache
 * (`models--NAME/snapshots/REVISION`) is made of links to `models--NAME/blobs`: there they may lead anywhere in `models--NAME`.
 *
 * @param directory may be a link itself
 */
export function checkLinks(
  directory: string,
): Effect.Effect<void, CheckpointError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = yield* fs.realPath(directory);
    const cache = path.dirname(folder);
    const bounds = path.basename(cache) === "snapshots" ? path.dirname(cache) : folder;
    for (const name of yield* fs.readDirectory(folder)) {
      if (!READ.test(name)) continue;
      // a link that leads nowhere is a file that is missing, and is told as such
      const real = yield* Effect.orElseSucceed(fs.realPath(path.join(folder, name)), () => folder);
      const way = path.relative(bounds, real);
      if (way.split(path.sep)[0] !== ".." && !path.isAbsolute(way)) continue;
      return yield* new CheckpointError({
        directory,
        reason: `Cannot open the model '${directory}' as its '${name}' is a link that leaves it: ` +
          "put the file itself there, or give the directory that holds all files",
      });
    }
  }).pipe(
    Effect.catchTags({
      SystemError: () => Effect.void,
      BadArgument: () => Effect.void,
    }),
  );
}
