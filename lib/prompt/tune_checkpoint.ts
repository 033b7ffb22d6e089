/**
 * The state of a tuning on disk, so that the same command continues it exactly.
 *
 * @module
 */
import { Effect } from "effect";
import { readState, type Recipe, type StateError, writeState } from "../model/training/mod.ts";
import type { FileError, Files } from "../schema/files.ts";
import type { TuneState } from "./tune.ts";

/** A state and the losses on the way to it. */
export interface TuneCheckpoint {
  /** Where the tuning stands. */
  readonly state: TuneState;
  /** The loss of each step so far. */
  readonly losses: readonly number[];
}

/** Saves a state, with what makes the tuning this one. */
export function saveState(
  directory: string,
  { state, losses }: TuneCheckpoint,
  recipe: Recipe,
): Effect.Effect<void, FileError, Files> {
  const { vectors, moments: { first, second } } = state;
  const tensors = Object.entries({ vectors, first, second })
    .map(([name, data]) => ({ name, shape: [data.length], data }));
  return writeState(directory, { recipe, losses, tensors });
}

/**
 * Loads the state of a directory.
 *
 * @param recipe must equal that of the saved state
 * @param size number of elements of all vectors
 * @returns the state, or `undefined` where there is none; fails with {@linkcode TrainingChanged} when the directory holds another one
 */
export function loadState(
  directory: string,
  recipe: Recipe,
  size: number,
): Effect.Effect<TuneCheckpoint | undefined, StateError, Files> {
  const shapes = ["vectors", "first", "second"].map((name) => [name, [size]] as const);
  return Effect.map(readState(directory, recipe, shapes), (saved) => {
    if (saved?.tensors === undefined) return undefined;
    const { losses, tensors } = saved;
    const of = (name: string) => tensors.get(name)!;
    const moments = { first: of("first"), second: of("second") };
    return { losses, state: { step: losses.length, vectors: of("vectors"), moments } };
  });
}
