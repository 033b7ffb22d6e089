/**
 * Arms under several prompt seeds: an accuracy, and the difference of two on the same examples, with bootstrap intervals over
 * examples and over prompt seeds.
 *
 * @module
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Accuracy, accuracy, wilson } from "./accuracy.ts";
import { type ConfidenceOptions, DEFAULT_CONFIDENCE, type Interval } from "./distribution.ts";
import { mcnemar, signFlip } from "./paired.ts";

/** Whether an arm was right: [seeds][examples], the same examples in the same order under every prompt seed. */
export type Outcomes = readonly (readonly boolean[])[];

/** Options of a bootstrap. */
export interface BootstrapOptions extends ConfidenceOptions {
  /** Bootstrap resamples (10,000 by default). */
  readonly resamples?: number;
  /** Seed of the resampling (0 by default); the same seed gives the same interval everywhere. */
  readonly seed?: number;
  /** Resample prompt seeds as well as examples (true by default); without effect for one prompt seed. */
  readonly overSeeds?: boolean;
}

/** How an arm compares with another on the same examples. */
export interface PairedComparison {
  /** Examples. */
  readonly n: number;
  /** Prompt seeds. */
  readonly seeds: number;
  /** Accuracy of the arm minus that of the other, over all seeds; null for n = 0. */
  readonly difference: number | null;
  /** Percentile bootstrap interval of the difference; null for n = 0. */
  readonly interval: Interval | null;
  /** Exact two-sided p value: McNemar's for one seed, the sign-flip test over examples for more. */
  readonly pValue: number;
  /** Answers, over all seeds, that only the arm got right. */
  readonly armOnly: number;
  /** Answers, over all seeds, that only the other got right. */
  readonly againstOnly: number;
}

/**
 * Compares two arms on the same examples.
 *
 * The interval is the percentile bootstrap: with one seed examples are drawn with replacement; with more,
 * examples and seeds are drawn independently and their crossing is averaged (Owen 2007, "The pigeonhole
 * bootstrap"), as every seed answers the same examples. The p value asks about the examples alone: it takes the
 * prompt seeds as given.
 *
 * @param arm outcomes of the arm, [seeds][examples]
 * @param against outcomes of the other arm, of the same shape
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const dpc = [[true, true, false, true]];
 * const pt = [[true, false, false, false]];
 * const { difference, armOnly, pValue } = Statistics.comparePaired(dpc, pt);
 * assert.deepEqual({ difference, armOnly, pValue }, { difference: 0.5, armOnly: 2, pValue: 0.5 });
 * ```
 */
export function comparePaired(
  arm: Outcomes,
  against: Outcomes,
  options: BootstrapOptions = {},
): PairedComparison {
  const n = arm[0]?.length ?? 0;
  if (arm.length !== against.length || [...arm, ...against].some((row) => row.length !== n)) {
    throw new RangeError("Paired arms must have the same examples under the same prompt seeds");
  }
  const differences = arm.map((row, at) =>
    Int8Array.from(row, (right, example) => Number(right) - Number(against[at]![example]))
  );
  const sums = new Int32Array(n);
  let [armOnly, againstOnly] = [0, 0];
  for (const row of differences) {
    for (const [example, difference] of row.entries()) {
      sums[example]! += difference;
      if (difference > 0) armOnly += 1;
      if (difference < 0) againstOnly += 1;
    }
  }
  const cells = n * arm.length;
  return {
    n,
    seeds: arm.length,
    difference: n === 0 ? null : (armOnly - againstOnly) / cells,
    interval: n === 0 ? null : percentiles(resample(differences, options), options),
    pValue: arm.length === 1 ? mcnemar(armOnly, againstOnly) : signFlip(sums),
    armOnly,
    againstOnly,
  };
}

/**
 * Accuracy over all prompt seeds. For one seed it is {@linkcode accuracy}'s; for more the standard error and the interval are those of
 * the bootstrap of {@linkcode comparePaired}, as answers to one example under several prompts are not independent examples.
 *
 * @param outcomes [seeds][examples]
 */
export function pooledAccuracy(outcomes: Outcomes, options: BootstrapOptions = {}): Accuracy {
  const n = outcomes[0]?.length ?? 0;
  const correct = outcomes.reduce((sum, row) => sum + row.filter(Boolean).length, 0);
  const one = accuracy(correct, n * outcomes.length, options);
  if (outcomes.length === 1 || n < 2) return one;
  const means = resample(outcomes.map((row) => Int8Array.from(row, Number)), options);
  const centre = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const squares = means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0);
  // where all answers are alike, nothing varies between resamples: examples are what there is to count
  const alike = correct === 0 || correct === one.n;
  return {
    ...one,
    stderr: Math.sqrt(squares / (means.length - 1)),
    interval: alike ? wilson(correct / outcomes.length, n, options) : percentiles(means, options),
  };
}

/** The mean of values [seeds][examples] in each resample, ascending. */
function resample(
  values: readonly Int8Array[],
  { resamples = 10_000, seed = 0, overSeeds = true }: BootstrapOptions,
): Float64Array {
  const generator = xoroshiro128plus(seed);
  // by 32 bits: off from uniform by less than count / 2^32
  const below = (count: number) => Math.floor((generator.next() >>> 0) / 2 ** 32 * count);
  const seeds = values.length;
  const n = values[0]!.length;
  const means = new Float64Array(resamples);
  const sums = new Int32Array(n);
  const add = (row: Int8Array) => {
    for (let example = 0; example < n; example++) sums[example]! += row[example]!;
  };
  const drawSeeds = overSeeds && seeds > 1;
  if (!drawSeeds) values.forEach(add);
  for (let at = 0; at < resamples; at++) {
    if (drawSeeds) {
      sums.fill(0);
      for (let draw = 0; draw < seeds; draw++) add(values[below(seeds)]!);
    }
    let sum = 0;
    for (let draw = 0; draw < n; draw++) sum += sums[below(n)]!;
    means[at] = sum / (n * seeds);
  }
  return means.sort();
}

/** The interval between the two tails of ascending values, linear between neighbours (R's type 7). */
function percentiles(
  sorted: Float64Array,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions,
): Interval {
  const quantile = (p: number) => {
    const at = p * (sorted.length - 1);
    const low = sorted[Math.floor(at)]!;
    return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
  };
  return [quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)];
}
