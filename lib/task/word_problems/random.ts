/**
 * Drawing from a seeded generator: the few shapes of chance the word problems need.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";

/** A seeded source of numbers; its state can be saved and set, so that a stream continues exactly. */
export type Random = PCGRandom;

/**
 * Starts a source of numbers.
 *
 * @param seed any integer; equal seeds give equal numbers
 */
export function make(seed: number): Random {
  return new PCGRandom(seed);
}

/** One integer between `low` and `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

/** True with the given probability. */
export function chance(random: Random, probability: number): boolean {
  return random.number() < probability;
}

/** One element of a list that has any, each equally likely. */
export function pick<A>(random: Random, items: readonly A[]): A {
  return items[random.integer(items.length)]!;
}

/** `count` different elements of a list, in random order. */
export function sample<A>(random: Random, items: readonly A[], count: number): readonly A[] {
  const rest = [...items];
  return Array.from({ length: count }, () => rest.splice(random.integer(rest.length), 1)[0]!);
}

/** One key of a table of weights, each as likely as its share of their sum. */
export function weighted<K extends string>(
  random: Random,
  weights: Readonly<Record<K, number>>,
): K {
  const entries = Object.entries(weights) as [K, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.number() * total;
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries[entries.length - 1]![0];
}
