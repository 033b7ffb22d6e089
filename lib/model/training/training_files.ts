/**
 * A training of all weights on disk: each of its flat arrays as one tensor for each weight, such as `first.model.norm.weight`. The
 * position in the text follows from the number of steps.
 *
 * @module
 */
import { Effect } from "effect";
import type { FileError, Files } from "../../schema/files.ts";
import { countOf, type Parameters, viewOf } from "./parameters.ts";
import { readState, type Recipe, type StateError, writeState } from "./state_files.ts";
import type { TrainingState } from "./trainer.ts";

/** A training as it was left. */
export interface SavedTraining {
  /** Time of training so far. */
  readonly seconds: number;
  /** The loss of each step so far. */
  readonly losses: readonly number[];
  /** Where it continues; undefined when it is finished. */
  readonly state: TrainingState | undefined;
}

const ARRAYS = ["weights", "first", "second"] as const;

/**
 * Saves a training.
 *
 * @param directory an existing one
 */
export function saveTraining(
  directory: string,
  { recipe, parameters }: { readonly recipe: Recipe; readonly parameters: Parameters },
  { state, seconds }: { readonly state: TrainingState; readonly seconds: number },
): Effect.Effect<void, FileError, Files> {
  const tensors = ARRAYS.flatMap((array) =>
    parameters.map((parameter) => ({
      name: `${array}.${parameter.name}`,
      shape: parameter.shape,
      data: viewOf(parameter, state[array]),
    }))
  );
  return writeState(directory, { recipe, losses: state.losses, seconds, tensors });
}

/** Records that a training is at its end: weights and moments are kept no longer. */
export const finishTraining = (
  directory: string,
  recipe: Recipe,
  { losses, seconds }: Pick<SavedTraining, "losses" | "seconds">,
): Effect.Effect<void, FileError, Files> => writeState(directory, { recipe, losses, seconds });

/**
 * Loads the training of a directory.
 *
 * @param options `recipe` must equal the saved one
 * @returns the training, or `undefined` where there is none; fails with {@linkcode TrainingChanged} when the directory holds another
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
): Effect.Effect<SavedTraining | undefined, StateError, Files> {
  const shapes = ARRAYS.flatMap((array) =>
    parameters.map(({ name, shape }) => [`${array}.${name}`, shape] as const)
  );
  return Effect.map(readState(directory, recipe, shapes), (saved) => {
    if (saved === undefined) return undefined;
    const { losses, seconds = 0, tensors } = saved;
    if (tensors === undefined) return { losses, seconds, state: undefined };
    const flat = (array: string) => {
      const all = new Float32Array(countOf(parameters));
      for (const each of parameters) viewOf(each, all).set(tensors.get(`${array}.${each.name}`)!);
      return all;
    };
    const [weights, first, second] = ARRAYS.map(flat) as [Float32Array, Float32Array, Float32Array];
    return { losses, seconds, state: { losses, weights, first, second } };
  });
}
