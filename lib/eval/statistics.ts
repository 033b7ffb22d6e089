/**
 * The statistics of a run, pure: accuracies, paired comparisons of arms, trigger quality and means, each with its interval.
 *
 * What the data cannot give (the accuracy of no example, the area of a curve with one class) is null,
 * never NaN, so that results.json stays JSON. Quantiles come from jStat, random numbers of the bootstrap
 * from pure-rand; the rest is a few lines next to its formula, checked against scipy and published values.
 *
 * @module
 */
export * from "./statistics_accuracy.ts";
export * from "./statistics_bootstrap.ts";
export type { ConfidenceOptions, Interval } from "./statistics_distribution.ts";
export * from "./statistics_mean.ts";
export * from "./statistics_paired.ts";
export * from "./statistics_trigger.ts";
