/**
 * Seeded choices: the order of a shuffle.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";

/**
 * The numbers 0 .. count-1 in an order that the seed alone decides (Fisher and Yates).
 *
 * @param count how many
 * @param seed any integer
 */
export function permutation(count: number, seed: number): Uint32Array {
  const random = new PCGRandom(seed);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
