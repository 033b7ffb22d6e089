/**
 * The difference of two arms on the same examples, with a bootstrap interval over examples and over prompt seeds.
 *
 * @module
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
} from "./statistics_distribution.ts";
import { mcnemar, signFlip } from "./statistics_paired.ts";

/** Whether an arm was right: [seeds][examples], the same examples in the same order under every prompt seed. */
export type Outcomes = readonly (readonly boolean[])[];

/** Options of {@linkcode comparePaired}. */
export interface CompareOptions extends ConfidenceOptions {
  /** Bootstrap resamples (10,000 unless told). */
  readonly resamples?: number;
  /** Seed of the resampling (0 unless told); the same seed gives the same interval everywhere. */
  readonly seed?: number;
  /** Resample prompt seeds as well as examples (true unless told); without effect for one prompt seed. */
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
 * @example
 * ```ts
 * import { comparePaired } from "./statistics_bootstrap.ts";
 * comparePaired([[true, true, false]], [[true, false, false]]).difference; // 1/3
 * ```
 */
export function comparePaired(
  arm: Outcomes,
  against: Outcomes,
  options: CompareOptions = {},
): PairedComparison {
  const { confidence = DEFAULT_CONFIDENCE, resamples = 10_000, seed = 0, overSeeds = true } =
    options;
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
    interval: n === 0
      ? null
      : percentiles(resample(differences, sums, { resamples, seed, overSeeds }), confidence),
    pValue: arm.length === 1 ? mcnemar(armOnly, againstOnly) : signFlip(sums),
    armOnly,
    againstOnly,
  };
}

/** The mean difference in each resample, ascending. */
function resample(
  differences: readonly Int8Array[],
  sums: Int32Array,
  { resamples, seed, overSeeds }: Required<
    Pick<CompareOptions, "resamples" | "seed" | "overSeeds">
  >,
): Float64Array {
  const random = xoroshiro128plus(seed);
  const seeds = differences.length;
  const n = sums.length;
  const means = new Float64Array(resamples);
  const drawn = new Int32Array(n);
  for (let at = 0; at < resamples; at++) {
    let perExample = sums;
    if (overSeeds && seeds > 1) {
      drawn.fill(0);
      for (let draw = 0; draw < seeds; draw++) {
        const row = differences[uniformInt(random, 0, seeds - 1)]!;
        for (let example = 0; example < n; example++) drawn[example]! += row[example]!;
      }
      perExample = drawn;
    }
    let sum = 0;
    for (let draw = 0; draw < n; draw++) sum += perExample[uniformInt(random, 0, n - 1)]!;
    means[at] = sum / (n * seeds);
  }
  return means.sort();
}

/** The interval between the two tails of ascending values, linear between neighbours (R's type 7). */
function percentiles(sorted: Float64Array, confidence: number): Interval {
  const quantile = (p: number) => {
    const at = p * (sorted.length - 1);
    const low = sorted[Math.floor(at)]!;
    return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
  };
  return [quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)];
}
