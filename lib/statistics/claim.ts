/**
 * When a difference is said to be there: the one rule of every sentence.
 *
 * @module
 */
import type { Interval } from "./distribution.ts";

/** The level of every claim, as the intervals' 95 %. */
export const LEVEL = 0.05;

/** Prompts below which nothing is claimed of new prompts: with fewer the t interval rests on a guess of how prompts vary. */
export const MIN_PROMPTS = 5;

/**
 * What interval and p value show together: a claim is made only where both do.
 *
 * @param interval 95 % interval of the difference; null shows nothing
 * @param pValue corrected for all comparisons of its family; null shows nothing
 */
export function shown(
  interval: Interval | null,
  pValue: number | null,
): "higher" | "lower" | "not shown" {
  if (interval === null || pValue === null || pValue >= LEVEL) return "not shown";
  return interval[0] > 0 ? "higher" : interval[1] < 0 ? "lower" : "not shown";
}
