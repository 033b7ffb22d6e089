/**
 * Folds of a cross-validation.
 *
 * @module
 */
import { Chunk, Effect, Random } from "effect";

/**
 * The fold of each example, shuffled first, as data may alternate between kinds.
 *
 * @param count of examples
 * @param folds number of folds
 * @param seed of the shuffle
 */
export function foldsOf(count: number, folds: number, seed = 0): readonly number[] {
  const order = Effect.runSync(
    Random.make(seed).shuffle(Array.from({ length: count }, (_, i) => i)),
  );
  const foldOf = new Array<number>(count);
  Chunk.toReadonlyArray(order).forEach((example, place) => foldOf[example] = place % folds);
  return foldOf;
}
