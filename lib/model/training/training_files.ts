/**
 * The state of a training on disk: weights, moments and the number of steps, in one safetensors file that is replaced in one step.
 * The text's position follows from the number of steps, as equal recipes give equal batches.
 *
 * @module
 */
import { type FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { FileError } from "../../schema/files.ts";
import { readDirectory, type SafetensorsError, type TensorEntry } from "../safetensors.ts";
import { type NamedTensor, writeSafetensors } from "../safetensors_write.ts";
import { readTensor } from "../tensor_data.ts";
import { countOf, type Parameters, viewOf } from "./parameters.ts";
import type { TrainingState } from "./trainer.ts";

/** Name of the file in a training's directory. */
export const STATE_FILE = "training.safetensors";

/** The flat arrays of a state, each stored as one tensor for each weight, `first.model.norm.weight`. */
const ARRAYS = ["weights", "first", "second"] as const;

/** Name of the tensor with the number of steps; float32 is exact up to 16 million. */
const STEP = "step";

/** Replaces the stored state; a crash leaves the one before. */
export function saveState(
  directory: string,
  parameters: Parameters,
  state: TrainingState,
): Effect.Effect<void, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const tensors: NamedTensor[] = ARRAYS.flatMap((array) =>
      parameters.map((parameter) => ({
        name: `${array}.${parameter.name}`,
        shape: parameter.shape,
        data: viewOf(parameter, state[array]),
      }))
    );
    const step = { name: STEP, shape: [1], data: Float32Array.of(state.step) };
    yield* writeSafetensors(path.join(directory, STATE_FILE), [step, ...tensors]);
  });
}

/**
 * Reads the stored state.
 *
 * @returns the state; fails with {@linkcode FileError} or {@linkcode SafetensorsError} when it is not a state of these parameters
 */
export function loadState(
  directory: string,
  parameters: Parameters,
): Effect.Effect<
  TrainingState,
  FileError | SafetensorsError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const file = (yield* Path.Path).join(directory, STATE_FILE);
    const { tensors } = yield* readDirectory(file);
    const read = (name: string, shape: readonly number[]) =>
      Effect.gen(function* () {
        const entry = tensors.get(name);
        if (entry === undefined || !isFloat32(entry, shape)) {
          const found = entry === undefined ? "none" : `${entry.dtype} [${entry.shape}]`;
          const reason = `its tensor '${name}' must be F32 [${shape}]: found ${found}`;
          return yield* new FileError({ action: "read", file, reason });
        }
        return yield* readTensor({ ...entry, dtype: "F32", name, file });
      });
    const step = (yield* read(STEP, [1]))[0]!;
    const state = {
      weights: new Float32Array(countOf(parameters)),
      first: new Float32Array(countOf(parameters)),
      second: new Float32Array(countOf(parameters)),
    };
    for (const array of ARRAYS) {
      for (const parameter of parameters) {
        const data = yield* read(`${array}.${parameter.name}`, parameter.shape);
        viewOf(parameter, state[array]).set(data);
      }
    }
    return { ...state, step };
  });
}

const isFloat32 = ({ dtype, shape }: TensorEntry, wanted: readonly number[]): boolean =>
  dtype === "F32" && shape.length === wanted.length && shape.every((n, i) => n === wanted[i]);
