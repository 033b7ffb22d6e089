/**
 * Two independent means against each other.
 *
 * @module
 */
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
  studentQuantile,
  studentTwoSided,
} from "./distribution.ts";
import type { MeanInterval } from "./mean.ts";

/** A difference of two means, a - b; what the data cannot give is null. */
export interface MeanDifference {
  /** Null where a group has no value. */
  readonly difference: number | null;
  /** Welch's interval; null where a group has fewer than two values, or none varies. */
  readonly interval: Interval | null;
  /** Welch's two-sided p value; null where the interval is. */
  readonly pValue: number | null;
}

/** The difference of two independent means, with Welch's t test (Welch 1947): the groups may vary differently. */
export function welch(
  a: MeanInterval,
  b: MeanInterval,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): MeanDifference {
  if (a.mean === null || b.mean === null) return { difference: null, interval: null, pValue: null };
  const difference = a.mean - b.mean;
  const variances = [a, b].map(({ stderr }) => stderr === null ? NaN : stderr ** 2);
  const variance = variances[0]! + variances[1]!;
  if (!(variance > 0)) return { difference, interval: null, pValue: null };
  const freedom = variance ** 2 /
    (variances[0]! ** 2 / (a.n - 1) + variances[1]! ** 2 / (b.n - 1));
  const stderr = Math.sqrt(variance);
  const half = studentQuantile(confidence, freedom) * stderr;
  return {
    difference,
    interval: [difference - half, difference + half],
    pValue: studentTwoSided(difference / stderr, freedom),
  };
}
