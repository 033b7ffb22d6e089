/**
 * A training on disk: its recipe, its losses, and while it lasts weights and moments, so that the same command continues it exactly.
 * The position in the text follows from the number of steps.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { FileError, readJson, writeJson } from "../../schema/files.ts";
import { Schema } from "../../schema/mod.ts";
import { readDirectory, type SafetensorsError, type TensorEntry } from "../safetensors/mod.ts";
import { type NamedTensor, writeSafetensors } from "../safetensors/mod.ts";
import { readTensor } from "../safetensors/mod.ts";
import { countOf, type Parameters, viewOf } from "./parameters.ts";
import { TrainingError, type TrainingState } from "./trainer.ts";

const RECORD_FILE = "training.json";
const STATE_FILE = /^training-\d{1,9}\.safetensors$/;

const Record = Schema.Struct({
  format: Schema.Literal(1),
  /** What makes the training this one. */
  recipe: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  /** Time spent on the steps. */
  seconds: Schema.Number,
  /** Loss of each step so far. */
  losses: Schema.Array(Schema.Number),
  /** File of the weights and moments; null at the end. */
  tensors: Schema.NullOr(Schema.String.pipe(Schema.pattern(STATE_FILE))),
});

/** A training as it was left. */
export interface SavedTraining {
  /** Time of training so far. */
  readonly seconds: number;
  /** The loss of each step so far. */
  readonly losses: readonly number[];
  /** Where it continues; undefined when it is finished. */
  readonly state: TrainingState | undefined;
}

/** What a training depends on; equal recipes give equal weights. */
export type Recipe = { readonly [key: string]: unknown };

/** The flat arrays of a state, each stored as one tensor for each weight: `first.model.norm.weight`. */
const ARRAYS = ["weights", "first", "second"] as const;

/**
 * Saves a training. The tensors' file is named after its step, and the JSON that points to it is replaced last: so a crash leaves
 * the one before.
 *
 * @param directory an existing one
 */
export function saveTraining(
  directory: string,
  { recipe, parameters }: { readonly recipe: Recipe; readonly parameters: Parameters },
  { state, seconds }: { readonly state: TrainingState; readonly seconds: number },
): Effect.Effect<void, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const { losses } = state;
    const file = `training-${losses.length}.safetensors`;
    const tensors: NamedTensor[] = ARRAYS.flatMap((array) =>
      parameters.map((parameter) => ({
        name: `${array}.${parameter.name}`,
        shape: parameter.shape,
        data: viewOf(parameter, state[array]),
      }))
    );
    yield* writeSafetensors(path.join(directory, file), tensors);
    yield* writeRecord(directory, { format: 1, recipe, seconds, losses, tensors: file });
  });
}

/** Records that a training is at its end: weights and moments are kept no longer. */
export function finishTraining(
  directory: string,
  recipe: Recipe,
  { losses, seconds }: Pick<SavedTraining, "losses" | "seconds">,
): Effect.Effect<void, FileError, FileSystem.FileSystem | Path.Path> {
  return writeRecord(directory, { format: 1, recipe, seconds, losses, tensors: null });
}

function writeRecord(directory: string, record: typeof Record.Encoded) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    yield* writeJson(path.join(directory, RECORD_FILE), record);
    for (const name of yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])) {
      if (!STATE_FILE.test(name) || name === record.tensors) continue;
      yield* Effect.ignore(fs.remove(path.join(directory, name)));
    }
  });
}

/**
 * Loads the training of a directory.
 *
 * @param options `recipe` must equal the saved one
 * @returns the training, or `undefined` where there is none; fails with {@linkcode TrainingError} when the directory holds another
 *   one, with {@linkcode FileError} or {@linkcode SafetensorsError} when its files are damaged
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { FileSystem } from "@effect/platform";
 * import { Effect } from "effect";
 * import { initialState, loadTraining, saveTraining } from "dynamic-prompt-corruption/model/training";
 *
 * export const program = Effect.gen(function* () {
 *   yield* (yield* FileSystem.FileSystem).makeDirectory("models/continued", { recursive: true });
 *   const recipe = { data: "train.jsonl", seed: 0 };
 *   const parameters = [{ name: "model.norm.weight", shape: [2], offset: 0, size: 2 }];
 *   const state = { ...initialState(Float32Array.of(1, 1)), losses: [2.5] };
 *   yield* saveTraining("models/continued", { recipe, parameters }, { state, seconds: 1 });
 *   const training = yield* loadTraining("models/continued", { recipe, parameters });
 *   assert.deepEqual(training?.losses, [2.5]);
 * });
 * ```
 */
export function loadTraining(
  directory: string,
  { recipe, parameters }: { readonly recipe: Recipe; readonly parameters: Parameters },
): Effect.Effect<
  SavedTraining | undefined,
  TrainingError | FileError | SafetensorsError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const file = path.join(directory, RECORD_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return undefined;
    const record = yield* readJson(file, Record);
    yield* compare(directory, record.recipe, recipe);
    const { losses, seconds, tensors } = record;
    if (tensors === null) return { losses, seconds, state: undefined };
    const arrays = yield* readArrays(path.join(directory, tensors), parameters);
    return { losses, seconds, state: { losses, ...arrays } };
  });
}

function compare(directory: string, was: Recipe, is: Recipe): Effect.Effect<void, TrainingError> {
  const text = (value: unknown) => JSON.stringify(value) ?? "none";
  const key = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .find((each) => text(was[each]) !== text(is[each]));
  if (key === undefined) return Effect.void;
  return new TrainingError({
    reason: `Cannot continue the training in '${directory}' as it was started with ${key} ` +
      `${text(was[key])}: found ${text(is[key])}; give the same options or another directory`,
  });
}

function readArrays(file: string, parameters: Parameters) {
  return Effect.gen(function* () {
    const { tensors } = yield* readDirectory(file);
    const count = countOf(parameters);
    const arrays = {
      weights: new Float32Array(count),
      first: new Float32Array(count),
      second: new Float32Array(count),
    };
    for (const array of ARRAYS) {
      for (const parameter of parameters) {
        const name = `${array}.${parameter.name}`;
        const entry = tensors.get(name);
        if (entry === undefined || !isFloat32(entry, parameter.shape)) {
          const found = entry === undefined ? "none" : `${entry.dtype} [${entry.shape}]`;
          const reason = `its tensor '${name}' must be F32 [${parameter.shape}]: found ${found}`;
          return yield* new FileError({ action: "read", file, reason });
        }
        const data = yield* readTensor({ ...entry, dtype: "F32", name, file });
        viewOf(parameter, arrays[array]).set(data);
      }
    }
    return arrays;
  });
}

const isFloat32 = ({ dtype, shape }: TensorEntry, wanted: readonly number[]): boolean =>
  dtype === "F32" && shape.length === wanted.length && shape.every((n, i) => n === wanted[i]);
