/**
 * Finding the safetensors files of a checkpoint and what each of them holds.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect } from "effect";
import { type FileError, readJson } from "../../schema/files.ts";
import { escapesDirectory, oneLine, Schema } from "../../schema/mod.ts";
import { foundInstead } from "./other_files.ts";
import { readDirectory, type SafetensorsError, type TensorEntry } from "../safetensors/mod.ts";

/** A checkpoint whose files do not make a whole; `reason` is the sentence. */
export class CheckpointError extends Data.TaggedError("CheckpointError")<{
  readonly directory: string;
  readonly reason: string;
  /** The repository of the Hub by whose name it was asked for and not found. */
  readonly repository?: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return oneLine(this.reason);
  }
}

/** A tensor and the file that holds it. */
export interface StoredTensor extends TensorEntry {
  readonly file: string;
}

/** What is said of a file that is a link out of a checkpoint's directory. */
export const leavingLink = (directory: string, name: string): string =>
  `Cannot open the model '${directory}' as its '${name}' is a link that leaves it: ` +
  "put the file itself there, or give the directory that holds all files";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

const IndexJson = Schema.Struct({
  weight_map: Schema.Record({ key: Schema.String, value: Schema.String }),
});

/** Files read at a time. */
const CONCURRENCY = 8;

/**
 * Reads the headers of model.safetensors, or of the shards that model.safetensors.index.json names.
 *
 * @returns every tensor by name; fails when a file is missing, broken or does not hold what the index says
 */
export function readShards(
  directory: string,
): Effect.Effect<
  ReadonlyMap<string, StoredTensor>,
  CheckpointError | FileError | SafetensorsError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const has = (name: string) =>
      Effect.orElseSucceed(fs.exists(path.join(directory, name)), () => false);
    if (yield* has(SINGLE)) return yield* readShard(path.join(directory, SINGLE));
    if (!(yield* has(INDEX))) {
      const neither = `it holds neither ${SINGLE} nor ${INDEX}`;
      return yield* new CheckpointError({
        directory,
        reason: `Cannot open the model '${directory}' as ${
          (yield* foundInstead(directory)) ?? neither
        }`,
      });
    }
    const { weight_map: map } = yield* readJson(path.join(directory, INDEX), IndexJson);
    const names = [...new Set(Object.values(map))];
    const refuse = (reason: string) => new CheckpointError({ directory, reason });
    const outside = names.find((name) => name === "" || name === ".." || /[/\\]/.test(name));
    if (outside !== undefined) {
      return yield* refuse(
        `Cannot open the model '${directory}' as its index may only name files beside it: found '${outside}'`,
      );
    }
    const present = new Set(yield* Effect.orElseSucceed(fs.readDirectory(directory), () => []));
    const missing = names.filter((name) => !present.has(name));
    if (missing[0] !== undefined) {
      return yield* refuse(
        `Cannot open the model '${directory}' as shard '${missing[0]}' is missing ` +
          `(${missing.length} of ${names.length} are); download it again`,
      );
    }
    for (const name of names) {
      if (yield* escapesDirectory(directory, name)) {
        return yield* refuse(leavingLink(directory, name));
      }
    }
    const shards = yield* Effect.forEach(
      names,
      (name) =>
        Effect.map(readShard(path.join(directory, name)), (shard) => [name, shard] as const),
      { concurrency: CONCURRENCY },
    );
    const held = new Map(shards);
    const tensors = new Map<string, StoredTensor>();
    for (const [tensor, shard] of Object.entries(map)) {
      const entry = held.get(shard)?.get(tensor);
      if (entry === undefined) {
        return yield* refuse(
          `Cannot load tensor '${tensor}' as the index places it in '${shard}', which does not hold it`,
        );
      }
      tensors.set(tensor, entry);
    }
    return tensors;
  });
}

/**
 * The tensors of one file. Its path is resolved: a Hugging Face cache is made of links, which ONNX Runtime refuses
 * when they leave the folder.
 */
function readShard(
  file: string,
): Effect.Effect<ReadonlyMap<string, StoredTensor>, SafetensorsError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const { tensors } = yield* readDirectory(file);
    const real = yield* Effect.orElseSucceed(fs.realPath(file), () => file);
    return new Map([...tensors].map(([name, entry]) => [name, { ...entry, file: real }]));
  });
}
