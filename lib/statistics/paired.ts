/**
 * Two arms on the same examples: exact tests of their difference, and Holm's correction where many are compared.
 *
 * @module
 */
import { normalTwoSided } from "./distribution.ts";

/**
 * Exact two-sided McNemar test of two arms on the same examples: under the null hypothesis each example on which they differ
 * favours either with probability 1/2, so p = 2 P(Binomial(b + c, 1/2) <= min(b, c)), at most 1.
 *
 * @param onlyFirst b: examples that only the first arm got right
 * @param onlySecond c: examples that only the second arm got right
 * @returns the p value; 1 where the arms never differ
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const k = Math.min(onlyFirst, onlySecond);
  // The largest term C(n, k) / 2^n in logarithms, as both factors leave the range of a double for large n ...
  let log = -n * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  // ... and the smaller terms relative to it: C(n, i - 1) / C(n, i) = i / (n - i + 1).
  let sum = 1;
  for (let i = k, term = 1; i > 0 && term > Number.EPSILON * sum; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return Math.min(1, 2 * Math.exp(log) * sum);
}

/** Work up to which {@linkcode signFlip} is exact; beyond it (thousands of differing examples) the normal limit is as good. */
const EXACT_STEPS = 2e8;

/**
 * Two-sided sign-flip test of paired differences that come in clusters, here one example under several
 * prompt seeds. Under the null hypothesis the arms may be swapped in any example, so
 * p = P(|sum of ± d_i| >= |sum of d_i|) over all sign patterns. With one seed every d_i is -1, 0 or 1 and p is
 * McNemar's. Exact, by convolution; beyond {@linkcode EXACT_STEPS} by the normal limit.
 *
 * @param differences per example the number of seeds under which only the first arm was right, minus those with only the second
 */
export function signFlip(differences: Iterable<number>): number {
  const sizes: number[] = [];
  let observed = 0;
  for (const difference of differences) {
    observed += difference;
    if (difference !== 0) sizes.push(Math.abs(difference));
  }
  const reach = sizes.reduce((sum, size) => sum + size, 0);
  if (reach * sizes.length > EXACT_STEPS) {
    return normalTwoSided(observed / Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0)));
  }
  return Math.min(1, probabilityBeyond(Math.abs(observed), sizes, reach));
}

/** P(|sum of ± sizes| >= least), signs being fair coins; the law of the sum grows by one size at a time. */
function probabilityBeyond(least: number, sizes: readonly number[], reach: number): number {
  let law = new Float64Array(2 * reach + 1); // index reach + value of the sum
  let next = new Float64Array(law.length);
  law[reach] = 1;
  let width = 0;
  for (const size of sizes) {
    next.fill(0);
    for (let at = reach - width; at <= reach + width; at++) {
      const half = law[at]! / 2;
      next[at - size]! += half;
      next[at + size]! += half;
    }
    [law, next] = [next, law];
    width += size;
  }
  let probability = 0;
  for (let at = 0; at < law.length; at++) {
    if (Math.abs(at - reach) >= least) probability += law[at]!;
  }
  return probability;
}

/**
 * Holm's step-down correction: p values adjusted so that comparing each with 0.05 keeps the chance of any false finding among
 * all of them at 5 %.
 *
 * @returns the adjusted values, in the order given
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * assert.deepEqual(Statistics.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
 * ```
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, at) => at).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * pValues[at]!));
    adjusted[at] = least;
  }
  return adjusted;
}
