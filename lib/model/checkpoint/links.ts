/**
 * Links of a checkpoint: the files that are read must lie in its directory.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { escapesDirectory } from "../../schema/mod.ts";
import { CheckpointError, leavingLink } from "./shards.ts";

/** Files that are read of a checkpoint. */
const READ = /\.(?:json|jinja|safetensors)$/;

/** Refuses a checkpoint of which a file is a link that leaves its directory; the directory may be a link itself. */
export function checkLinks(
  directory: string,
): Effect.Effect<void, CheckpointError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const names = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => []);
    for (const name of names) {
      if (!READ.test(name) || !(yield* escapesDirectory(directory, name))) continue;
      return yield* new CheckpointError({ directory, reason: leavingLink(directory, name) });
    }
  });
}
