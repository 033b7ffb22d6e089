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

/** Takes one more value in (Welford 1962): stable where the naive sum of squares cancels. */
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

/** The mean of what the moments have seen, with Student's t interval. */
export function meanInterval(
  { n, mean, squares }: Moments,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): MeanInterval {
  if (n < 2) return { n, mean: n === 0 ? null : mean, stderr: null, interval: null };
  const stderr = Math.sqrt(squares / (n - 1) / n);
  const half = studentQuantile(confidence, n - 1) * stderr;
  return { n, mean, stderr, interval: [mean - half, mean + half] };
}

/** The mean of an array of values, with Student's t interval. */
export function meanOf(values: Iterable<number>, options: ConfidenceOptions = {}): MeanInterval {
  let moments = NO_MOMENTS;
  for (const value of values) moments = addValue(moments, value);
  return meanInterval(moments, options);
}

/**
 * Takes one more curve in, point by point (for example a flow per layer); points that are not finite are skipped, as a
 * layer may have no valid pair for an example.
 */
export function addCurve(curves: readonly Moments[], curve: ArrayLike<number>): readonly Moments[] {
  return Array.from({ length: Math.max(curves.length, curve.length) }, (_, at) => {
    const moments = curves[at] ?? NO_MOMENTS;
    const value = curve[at];
    return value === undefined || !Number.isFinite(value) ? moments : addValue(moments, value);
  });
}
