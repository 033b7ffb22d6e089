/**
 * Where a model is that the user names: a folder, a GGUF file, or a repository of the Hub in the local cache.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { blobOf, commitOf, findSnapshot, isIntactBlob, parseRepository } from "../../hub/mod.ts";
import type { FileError } from "../../schema/files.ts";
import { escapesDirectory } from "../../schema/mod.ts";
import { remembered, stampHash } from "../cache/mod.ts";
import { checkpointOf, type GgufError } from "../gguf/mod.ts";
import { foundInstead } from "./other_files.ts";
import { CheckpointError, leavingLink } from "./shards.ts";

/** The folder of a checkpoint. */
export interface Located {
  readonly directory: string;
  /** The commit of the Hub that its files are of, where that is known. */
  readonly commit: string | undefined;
}

/**
 * Finds the folder of a checkpoint.
 *
 * @param model a folder with config.json, or with one GGUF file; a GGUF file; `org/name` or `org/name@revision`
 */
export function locateModel(
  model: string,
): Effect.Effect<
  Located,
  CheckpointError | FileError | GgufError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const refuse = (why: string, repository?: string) =>
      new CheckpointError({
        directory: model,
        reason: `Cannot open the model '${model}' as ${why}`,
        ...(repository === undefined ? {} : { repository }),
      });
    const info = yield* Effect.orElseSucceed(fs.stat(model), () => undefined);
    if (info === undefined) {
      const repository = parseRepository("model", model);
      if (repository === undefined) return yield* refuse("there is no such directory");
      const snapshot = yield* Effect.mapError(
        findSnapshot(repository),
        (why) => refuse(`there is no such directory, and ${why}`, model),
      );
      return yield* inDirectory(snapshot.directory);
    }
    if (info.type === "Directory") return yield* inDirectory(model);
    if (!/\.gguf$/i.test(model)) {
      return yield* refuse("it is neither a directory nor a GGUF file");
    }
    const commit = yield* commitOf(path.dirname(model), path.basename(model));
    return { directory: yield* checkpointOf(model), commit };
  });
}

/** Bytes of a file that is hashed each time; the hash of a larger one is remembered until the file changes. */
const HASHED_EACH_TIME = 2 ** 24;

/** Refuses files of the Hub's cache that are not what was downloaded. */
function checkBlobs(directory: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    for (const name of yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])) {
      const blob = yield* blobOf(path.join(directory, name));
      if (blob === undefined) continue;
      const { file, hash, bytes } = blob;
      const check = Effect.map(isIntactBlob(blob), (intact) => intact ? hash : "damaged");
      const found = bytes < HASHED_EACH_TIME
        ? yield* check
        : yield* remembered(`${yield* stampHash(file)}.blob`, check);
      if (found === hash) continue;
      return yield* new CheckpointError({
        directory,
        reason: `Cannot open the model '${directory}' as its '${name}' is not what was ` +
          "downloaded: fetch it again (npx dpc fetch model)",
      });
    }
  });
}

/** A folder that is a checkpoint, or holds one GGUF file. */
function inDirectory(directory: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const refuse = (reason: string) => new CheckpointError({ directory, reason });
    yield* checkBlobs(directory);
    const config = path.join(directory, "config.json");
    if (yield* Effect.orElseSucceed(fs.exists(config), () => true)) {
      return { directory, commit: yield* commitOf(directory, "config.json") };
    }
    const names = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => []);
    const [gguf, ...others] = names.filter((name) => /\.gguf$/i.test(name)).sort();
    if (gguf !== undefined && others.length === 0) {
      if (yield* escapesDirectory(directory, gguf)) {
        return yield* refuse(leavingLink(directory, gguf));
      }
      const commit = yield* commitOf(directory, gguf);
      return { directory: yield* checkpointOf(path.join(directory, gguf)), commit };
    }
    const why = gguf === undefined
      ? yield* foundInstead(directory)
      : `it holds ${others.length + 1} GGUF files: give one of them, such as '${
        path.join(directory, gguf)
      }'`;
    // without a word of what it is, the reading of config.json says what is missing
    if (why === undefined) return { directory, commit: undefined };
    return yield* refuse(`Cannot open the model '${directory}' as ${why}`);
  });
}
