/**
 * The files that a dataset is read from.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { blobOf, commitOf, findSnapshot, isIntactBlob, parseRepository } from "../../hub/mod.ts";
import { hashFile } from "../../schema/files.ts";
import { escapesDirectory } from "../../schema/mod.ts";
import { filesByCard, readCard } from "./card.ts";
import { DatasetError, type DatasetFormat } from "./example.ts";
import { filesOf, listFiles } from "./layout.ts";
import { SOURCES } from "./sources.ts";

/** Where a dataset is. */
export interface FileChoice {
  /**
   * The dataset's file; a folder that holds it under its task's usual name, or a dataset as the Hub lays it out; or `org/name@revision` in
   * the local Hugging Face cache. Default: "data/cache".
   */
  readonly path?: string;
  /** Which split's file to take when `path` is a folder. Default: "test". */
  readonly split?: string;
  /** Which configuration of a dataset of the Hub, where it has several. */
  readonly config?: string;
}

/**
 * SHA-256 of the file that `examples()` reads, all of it, whichever of its rows are wanted; of several files, of their hashes.
 *
 * @param task whose rows it has
 * @param choice which file
 * @returns 64 hexadecimal digits; fails with {@linkcode DatasetError} if the file is missing, or was downloaded and has changed since
 */
export function hashDataset(
  task: DatasetFormat,
  choice: FileChoice = {},
): Effect.Effect<string, DatasetError, FileSystem.FileSystem> {
  const hash = (path: string) =>
    Effect.gen(function* () {
      const sha256 = yield* Effect.mapError(
        hashFile(path),
        ({ reason }) => new DatasetError({ path, reason }),
      );
      if (yield* isAsDownloaded(path, sha256)) return sha256;
      const reason = "it is not what was downloaded: fetch it again (npx dpc fetch data)";
      return yield* new DatasetError({ path, reason });
    });
  return Effect.map(
    Effect.flatMap(datasetFiles(task, choice), (paths) => Effect.forEach(paths, hash)),
    (hashes) =>
      hashes.length === 1
        ? hashes[0]!
        : createHash("sha256").update(hashes.join("\n")).digest("hex"),
  );
}

/** The commit of the Hub that a dataset's files are of; undefined where that is not known. */
export function datasetCommit(
  task: DatasetFormat,
  choice: FileChoice = {},
): Effect.Effect<string | undefined, DatasetError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const [first] = yield* datasetFiles(task, choice);
    const path = yield* Path.Path;
    const root = choice.path ?? "";
    const isIn = first.startsWith(`${root.replace(/\/+$/, "")}/`);
    const directory = isIn ? root : path.dirname(first);
    return yield* commitOf(directory, path.relative(directory, first));
  }).pipe(Effect.provide(Path.layer));
}

/** Whether a file of the Hub's cache has the content that it was downloaded with; true of any other. */
function isAsDownloaded(path: string, sha256: string) {
  return Effect.gen(function* () {
    const blob = yield* Effect.provide(blobOf(path), Path.layer);
    if (blob === undefined) return true;
    return blob.hash === sha256 || (yield* isIntactBlob(blob));
  });
}

/** One or more files. */
type Paths = readonly [string, ...string[]];
type Found = Effect.Effect<Paths, DatasetError, FileSystem.FileSystem>;

/** The dataset's files: `path` itself, or those of the split in the folder or repository `path`. */
export function datasetFiles(task: DatasetFormat, choice: FileChoice): Found {
  const { path = "data/cache" } = choice;
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const info = yield* Effect.orElseSucceed(fs.stat(path), () => undefined);
    if (info === undefined) {
      const repository = parseRepository("dataset", path);
      if (repository === undefined) return yield* missing(path);
      const { directory } = yield* findSnapshot(repository).pipe(
        Effect.provide(Path.layer),
        Effect.mapError((why) => missing(path, `there is no such file, and ${why}`, true)),
      );
      return yield* inFolder(task, directory, choice);
    }
    // a pipe could not be read twice: once to count, once to evaluate
    if (info.type !== "File" && info.type !== "Directory") {
      return yield* new DatasetError({ path, reason: "it is not a regular file" });
    }
    return info.type === "File"
      ? [path] as const
      : yield* inFolder(task, path.replace(/(?<=.)\/+$/, ""), choice);
  });
}

function inFolder(task: DatasetFormat, path: string, choice: FileChoice): Found {
  const { split = "test" } = choice;
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const exists = (name: string) =>
      Effect.orElseSucceed(fs.exists(`${path}/${name}`), () => false);
    const known = Object.keys(task.files);
    const usual = [...Object.values(task.files), ...SOURCES.map(({ file }) => file)];
    // the folder of `dpc fetch` has datasets of other tasks too
    const isOurs = yield* Effect.exists(usual, exists);
    const { files, others } = isOurs ? { files: [], others: [] } : yield* listFiles(path);
    if (files.length > 0) {
      const configs = yield* readCard(path);
      const found = yield* Effect.mapError(
        configs.length > 0 ? filesByCard(configs, files, choice) : filesOf(files, choice),
        (reason) => new DatasetError({ path, reason }),
      );
      for (const file of found) yield* checkFile(path, file);
      return found.map((file) => `${path}/${file}`) as unknown as Paths;
    }
    const name = Object.hasOwn(task.files, split) ? task.files[split] : undefined;
    if (others.length > 0 || name === undefined) {
      const reason = others.length > 0
        ? `it holds no parquet, JSON, CSV or TSV file, but '${others[0]}'`
        : known.length === 0
        ? "it is a folder without a parquet, JSON, CSV or TSV file"
        : `task ${task.name} has no split '${split}' (it has: ${known.join(", ")})`;
      return yield* new DatasetError({ path, reason });
    }
    yield* checkFile(path, name);
    return [`${path}/${name}`] as const;
  });
}

/** Refuses what is not a file of the folder. */
function checkFile(folder: string, name: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = `${folder}/${name}`;
    const found = yield* Effect.mapError(fs.stat(path), () => missing(path));
    const reason = found.type !== "File"
      ? "it is not a regular file"
      : (yield* escapesDirectory(folder, name))
      ? `it is a link that leaves '${folder}': give the file itself`
      : undefined;
    if (reason !== undefined) return yield* new DatasetError({ path, reason });
  });
}

function missing(path: string, reason = "there is no such file", onHub = false): DatasetError {
  return new DatasetError({ path, reason, missing: true, ...(onHub ? { repository: path } : {}) });
}
