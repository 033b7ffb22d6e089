/**
 * The state of a training on disk, of a model or of a soft prompt: training.json with its recipe and losses, and while it lasts named
 * tensors in training-STEP.safetensors, so that the same command continues it exactly.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect } from "effect";
import { FileError, type Files, hashFile, readJson, writeJson } from "../../schema/files.ts";
import {
  configurationHash,
  describeDifferences,
  type Difference,
  differences,
  Schema,
  toJson,
} from "../../schema/mod.ts";
import {
  type NamedTensor,
  readDirectory,
  readTensor,
  type SafetensorsError,
  writeSafetensors,
} from "../safetensors/mod.ts";

const RECORD_FILE = "training.json";
const TENSORS_FILE = /^training-\d{1,9}\.safetensors$/;

const Record = Schema.Struct({
  format: Schema.Literal(1),
  /** What makes the training this one. */
  recipe: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  /** Time spent on the steps, where it is measured. */
  seconds: Schema.optional(Schema.Number),
  /** Loss of each step so far. */
  losses: Schema.Array(Schema.Number),
  /** File of the tensors; null where the training is finished and needs none. */
  tensors: Schema.NullOr(Schema.String.pipe(Schema.pattern(TENSORS_FILE))),
  /** SHA-256 of that file, and of all the rest; states of earlier versions have none. */
  tensorsSha256: Schema.optional(Schema.String),
  checksum: Schema.optional(Schema.String),
});

const checksumOf = ({ checksum: _, ...rest }: typeof Record.Encoded): string =>
  configurationHash(rest);

/** What a training depends on; equal recipes give equal results. */
export type Recipe = { readonly [key: string]: unknown };

/** The directory holds a training of another recipe. */
export class TrainingChanged extends Data.TaggedError("TrainingChanged")<{
  readonly directory: string;
  readonly differences: readonly Difference[];
}> {
  /** A line that says what could not be done, and one for each difference. */
  override get message(): string {
    return [
      `Cannot continue the training in '${this.directory}' as its recipe differs ` +
      "(give the same options, or another directory):",
      ...describeDifferences(this.differences, "in the directory").map((line) => `  ${line}`),
    ].join("\n");
  }
}

/** What is saved. */
export interface TrainingFiles {
  /** What makes the training this one. */
  readonly recipe: Recipe;
  /** The loss of each step so far. */
  readonly losses: readonly number[];
  /** Time spent on the steps, where it is measured. */
  readonly seconds?: number | undefined;
  /** All that the next step depends on; none at the end. */
  readonly tensors?: readonly NamedTensor[];
}

/**
 * Saves a state. The tensors' file is named after its step, and the JSON that points to it is replaced last: so a crash leaves the
 * one before.
 *
 * @param directory an existing one
 */
export function writeState(
  directory: string,
  { recipe, losses, seconds, tensors }: TrainingFiles,
): Effect.Effect<void, FileError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const file = tensors === undefined ? null : `training-${losses.length}.safetensors`;
    if (file !== null) yield* writeSafetensors(path.join(directory, file), tensors!);
    const record: typeof Record.Encoded = {
      format: 1,
      recipe,
      ...(seconds === undefined ? {} : { seconds }),
      losses,
      tensors: file,
      ...(file === null ? {} : { tensorsSha256: yield* hashFile(path.join(directory, file)) }),
    };
    const checksum = checksumOf(record);
    yield* writeJson(path.join(directory, RECORD_FILE), { ...record, checksum });
    for (const name of yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])) {
      if (!TENSORS_FILE.test(name) || name === file) continue;
      yield* Effect.ignore(fs.remove(path.join(directory, name)));
    }
  });
}

/** The recipe of the training that a directory holds; undefined where it holds none that can be read. */
export const readRecipe = (
  directory: string,
): Effect.Effect<Recipe | undefined, never, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(Path.Path, (path) => readJson(path.join(directory, RECORD_FILE), Record)).pipe(
    Effect.match({ onSuccess: ({ recipe }) => recipe, onFailure: () => undefined }),
  );

/** What was saved. */
export interface SavedState {
  /** The loss of each step so far. */
  readonly losses: readonly number[];
  /** Time spent on the steps, where it is measured. */
  readonly seconds: number | undefined;
  /** The elements of each tensor; undefined when the training is finished. */
  readonly tensors: ReadonlyMap<string, Float32Array> | undefined;
}

/** Why a training cannot be continued. */
export type StateError = TrainingChanged | FileError | SafetensorsError;

/**
 * Loads the state of a directory.
 *
 * @param recipe must equal that of the saved state
 * @param shapes the tensors that it must have
 * @returns the state, or `undefined` where there is none; fails with {@linkcode TrainingChanged} when the directory holds another
 *   training, with {@linkcode FileError} or {@linkcode SafetensorsError} when its files are damaged
 */
export function readState(
  directory: string,
  recipe: Recipe,
  shapes: Iterable<readonly [name: string, shape: readonly number[]]>,
): Effect.Effect<SavedState | undefined, TrainingChanged | FileError | SafetensorsError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const recordFile = path.join(directory, RECORD_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(recordFile), () => false))) return undefined;
    const record = yield* readJson(recordFile, Record);
    const damaged = (file: string) =>
      new FileError({
        action: "read",
        file,
        reason: "it is damaged: begin the training anew in another directory",
      });
    if (record.checksum !== undefined && record.checksum !== checksumOf(record)) {
      return yield* damaged(recordFile);
    }
    const changed = differences(record.recipe, toJson(recipe));
    if (changed.length > 0) return yield* new TrainingChanged({ directory, differences: changed });
    const { losses, seconds } = record;
    if (record.tensors === null) return { losses, seconds, tensors: undefined };
    const file = path.join(directory, record.tensors);
    const entries = (yield* readDirectory(file)).tensors;
    if (
      record.tensorsSha256 !== undefined && record.tensorsSha256 !== (yield* hashFile(file))
    ) return yield* damaged(file);
    const tensors = new Map<string, Float32Array>();
    for (const [name, shape] of shapes) {
      const entry = entries.get(name);
      if (entry?.dtype !== "F32" || String(entry.shape) !== String(shape)) {
        const found = entry === undefined ? "none" : `${entry.dtype} [${entry.shape}]`;
        const reason = `its tensor '${name}' must be F32 [${shape}]: found ${found}`;
        return yield* new FileError({ action: "read", file, reason });
      }
      tensors.set(name, yield* readTensor({ ...entry, dtype: "F32", name, file }));
    }
    return { losses, seconds, tensors };
  });
}
