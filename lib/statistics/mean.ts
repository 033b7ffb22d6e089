/**
 * Means with intervals over values that stream by: the moments are kept, the values are not.
 *
 * @module
 */
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
  studentQuantile,
} from "./distribution.ts";

/** Count, mean and sum of squared deviations of the values so far. */
export interface Moments {
  /** Values so far. */
  readonly n: number;
  /** Their mean. */
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
}

/** No values yet. */
export const NO_MOMENTS: Moments = { n: 0, mean: 0, squares: 0 };

/**
 * Takes one more value in (Welford 1962): stable where the naive sum of squares cancels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const { n, mean } = [0.2, 0.4, 0.6].reduce(Statistics.addValue, Statistics.NO_MOMENTS);
 * assert.deepEqual([n, mean.toFixed(3)], [3, "0.400"]);
 * ```
 */
export function addValue({ n, mean, squares }: Moments, value: number): Moments {
  const next = mean + (value - mean) / (n + 1);
  return { n: n + 1, mean: next, squares: squares + (value - mean) * (value - next) };
}

/** A mean; what the data cannot give is null. */
export interface MeanInterval {
  /** Values. */
  readonly n: number;
  /** Their mean; null where there are none. */
  readonly mean: number | null;
  /** Standard error s / sqrt(n), s with n - 1; null for n < 2. */
  readonly stderr: number | null;
  /** Student's interval; null for n < 2. */
  readonly interval: Interval | null;
}

/**
 * The mean of what the moments have seen, with Student's t interval.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const seconds = [1, 2, 3].reduce(Statistics.addValue, Statistics.NO_MOMENTS);
 * const { mean, interval } = Statistics.meanInterval(seconds);
 * assert.equal(mean, 2);
 * assert.deepEqual(interval?.map((x) => x.toFixed(2)), ["-0.48", "4.48"]);
 * ```
 */
export function meanInterval(
  { n, mean, squares }: Moments,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): MeanInterval {
  if (n < 2) return { n, mean: n === 0 ? null : mean, stderr: null, interval: null };
  const stderr = Math.sqrt(squares / (n - 1) / n);
  const half = studentQuantile(confidence, n - 1) * stderr;
  return { n, mean, stderr, interval: [mean - half, mean + half] };
}

/**
 * The mean of an array of values, with Student's t interval.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * assert.equal(Statistics.meanOf([1, 2, 3]).mean, 2);
 * ```
 */
export function meanOf(values: Iterable<number>, options: ConfidenceOptions = {}): MeanInterval {
  let moments = NO_MOMENTS;
  for (const value of values) moments = addValue(moments, value);
  return meanInterval(moments, options);
}

/**
 * Takes one more curve in, point by point (for example a flow per layer); points that are not finite are skipped, as a
 * layer may have no valid pair for an example.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const curves = [[1, 2, 3], [3, 4, 5]].reduce(Statistics.addCurve, [] as readonly Statistics.Moments[]);
 * assert.deepEqual(curves.map(({ mean }) => mean), [2, 3, 4]);
 * ```
 */
export function addCurve(curves: readonly Moments[], curve: ArrayLike<number>): readonly Moments[] {
  return Array.from({ length: Math.max(curves.length, curve.length) }, (_, at) => {
    const moments = curves[at] ?? NO_MOMENTS;
    const value = curve[at];
    return value === undefined || !Number.isFinite(value) ? moments : addValue(moments, value);
  });
}
