/**
 * The file that a dataset is read from.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { hashFile } from "../../schema/files.ts";
import { escapesDirectory } from "../../schema/mod.ts";
import { DatasetError, type DatasetFormat } from "./example.ts";

/** Where a dataset is. */
export interface FileChoice {
  /** The dataset's file, or a folder that holds it under its task's usual name. Default: "data/cache". */
  readonly path?: string;
  /** Which split's file to take when `path` is a folder. Default: "test". */
  readonly split?: string;
}

/**
 * SHA-256 of the file that `examples()` reads, all of it, whichever of its rows are wanted.
 *
 * @param task whose rows it has
 * @param choice which file
 * @returns 64 hexadecimal digits; fails with {@linkcode DatasetError} where there is no file
 */
export function hashDataset(
  task: DatasetFormat,
  choice: FileChoice = {},
): Effect.Effect<string, DatasetError, FileSystem.FileSystem> {
  return Effect.flatMap(
    datasetFile(task, choice),
    (path) => Effect.mapError(hashFile(path), ({ reason }) => new DatasetError({ path, reason })),
  );
}

/** The dataset's file: `path` itself, or the split's file in the folder `path`. */
export function datasetFile(
  task: DatasetFormat,
  { path = "data/cache", split = "test" }: FileChoice,
): Effect.Effect<string, DatasetError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const info = yield* Effect.mapError(fs.stat(path), () => missing(path));
    // a pipe could not be read twice: once to count, once to evaluate
    if (info.type !== "File" && info.type !== "Directory") {
      return yield* new DatasetError({ path, reason: "it is not a regular file" });
    }
    if (info.type === "File") return path;
    const name = Object.hasOwn(task.files, split) ? task.files[split] : undefined;
    if (name === undefined) {
      const known = Object.keys(task.files).join(", ");
      const reason = known === ""
        ? `it is a folder, and task ${task.name} needs a file`
        : `task ${task.name} has no split '${split}' (it has: ${known})`;
      return yield* new DatasetError({ path, reason });
    }
    const file = `${path.replace(/\/+$/, "")}/${name}`;
    const found = yield* Effect.mapError(fs.stat(file), () => missing(file));
    const reason = found.type !== "File"
      ? "it is not a regular file"
      : (yield* escapesDirectory(path, name))
      ? `it is a link that leaves '${path}': give the file itself`
      : undefined;
    return reason === undefined ? file : yield* new DatasetError({ path: file, reason });
  });
}

function missing(path: string): DatasetError {
  return new DatasetError({ path, reason: "there is no such file", missing: true });
}
