/**
 * The statistics of a run, pure: accuracies, paired comparisons of arms, trigger quality and means, each with its interval.
 *
 * What the data cannot give (the accuracy of no example, the area of a curve with one class) is null,
 * never NaN, so that results.json stays JSON. Quantiles come from jStat; the rest is a few lines next to its
 * formula, checked against scipy and published values.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  type Accuracy,
  accuracy,
  addTransition,
  clusteredAccuracy,
  NO_TRANSITIONS,
  type Transitions,
  wilson,
} from "./accuracy.ts";
export { LEVEL, MIN_PROMPTS, shown } from "./claim.ts";
export {
  clusteredInterval,
  comparePaired,
  type ComparePairedOptions,
  type NewPrompts,
  type Outcomes,
  type PairedComparison,
  pooledAccuracy,
  tango,
} from "./compare_paired.ts";
export type { ConfidenceOptions, Interval } from "./distribution.ts";
export {
  addCurve,
  addValue,
  type MeanInterval,
  meanInterval,
  meanOf,
  type Moments,
  NO_MOMENTS,
} from "./mean.ts";
export { holm, mcnemar, signFlip } from "./paired.ts";
export {
  type AreaUnderCurve,
  areaUnderCurve,
  chancePValue,
  haveOneTrigger,
  type Proportion,
  type RocPoint,
  rocPoints,
  type TriggerOutcome,
  type TriggerQuality,
  triggerQuality,
} from "./trigger.ts";
export { type MeanDifference, welch } from "./welch.ts";
