/**
 * Randomness that belongs to an instance: the same for the same seed and id, whatever ran before it.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";
import { Hash } from "effect";

/** A stream of random numbers of its own for each pair of a seed and an id. */
export function randomOf(seed: number, id: string): PCGRandom {
  const random = new PCGRandom(seed, Hash.string(id));
  // the first numbers of neighbouring streams are alike
  for (let i = 0; i < 8; i++) random.number();
  return random;
}
