/**
 * Quantiles of the normal and of Student's distribution: the one door to jStat.
 *
 * Why jStat: one package without dependencies, and its quantiles agree with scipy's to 14 digits
 * (normal) and 7 (Student), which is tested. simple-statistics' `probit` has four, and @stdlib, exact as
 * well, brings 229 packages for two functions. jStat's binomial is not used as it rounds to ten
 * decimals; the exact tests in `paired.ts` sum the terms themselves.
 *
 * @module
 */
import jstat from "jstat";

/** The part of jStat that is used. */
interface JStat {
  readonly normal: {
    cdf(x: number, mean: number, standardDeviation: number): number;
    inv(probability: number, mean: number, standardDeviation: number): number;
  };
  readonly studentt: {
    cdf(t: number, degreesOfFreedom: number): number;
    inv(probability: number, degreesOfFreedom: number): number;
  };
}

const { normal, studentt } = (jstat as unknown as { readonly jStat: JStat }).jStat;

/** An interval of values, both ends included. */
export type Interval = readonly [low: number, high: number];

/** Option of all that returns an interval. */
export interface ConfidenceOptions {
  /** Coverage of the interval, between 0 and 1 (0.95 by default). */
  readonly confidence?: number;
}

/** Coverage by default. */
export const DEFAULT_CONFIDENCE = 0.95;

/** z such that a standard normal variable lies in [-z, z] with the given probability (1.96 for 0.95). */
export function normalQuantile(confidence: number): number {
  return normal.inv(upperTail(confidence), 0, 1);
}

/** t such that Student's variable lies in [-t, t] with the given probability. */
export function studentQuantile(confidence: number, degreesOfFreedom: number): number {
  return studentt.inv(upperTail(confidence), degreesOfFreedom);
}

/** Probability that a standard normal variable is at least as far from 0 as z. */
export function normalTwoSided(z: number): number {
  return Math.min(1, 2 * normal.cdf(-Math.abs(z), 0, 1));
}

/** Probability that Student's variable is at least as far from 0 as t. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return Math.min(1, 2 * studentt.cdf(-Math.abs(t), degreesOfFreedom));
}

function upperTail(confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`A confidence must lie between 0 and 1: found ${confidence}`);
  }
  return (1 + confidence) / 2;
}
