/**
 * Proportions: accuracy with its standard error and Wilson's interval, and what happened to each example between two answers.
 *
 * @module
 */
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
  normalQuantile,
} from "./distribution.ts";

/** An accuracy; what the data cannot give is null. */
export interface Accuracy {
  /** Answers. */
  readonly n: number;
  /** Those that are right. */
  readonly correct: number;
  /** correct / n; null for n = 0. */
  readonly accuracy: number | null;
  /** sqrt(p (1 - p) / (n - 1)), as lm-evaluation-harness reports it; null for n < 2. */
  readonly stderr: number | null;
  /** Wilson's interval. */
  readonly interval: Interval;
}

/**
 * Accuracy with its standard error and interval.
 *
 * @param correct how many answers were right
 * @param n how many there were
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const { accuracy, interval: [low, high] } = Statistics.accuracy(81, 263);
 * assert.equal(accuracy, 81 / 263);
 * assert.deepEqual([low.toFixed(3), high.toFixed(3)], ["0.255", "0.366"]);
 * ```
 */
export function accuracy(correct: number, n: number, options: ConfidenceOptions = {}): Accuracy {
  const p = correct / n;
  return {
    n,
    correct,
    accuracy: n === 0 ? null : p,
    stderr: n < 2 ? null : Math.sqrt((p * (1 - p)) / (n - 1)),
    interval: wilson(correct, n, options),
  };
}

/**
 * Accuracy of answers of which several may be to one question. The standard error is that of the questions, as their answers are not
 * independent, and the interval is Wilson's of as many independent answers as have that error (Korn and Graubard 1998). Where each question
 * has one answer it is {@linkcode accuracy}'s.
 *
 * @param questions right answers and all answers of each
 */
export function clusteredAccuracy(
  questions: Iterable<readonly [correct: number, n: number]>,
  options: ConfidenceOptions = {},
): Accuracy {
  const answered = [...questions].filter(([, n]) => n > 0);
  const correct = answered.reduce((sum, [right]) => sum + right, 0);
  const one = accuracy(correct, answered.reduce((sum, [, n]) => sum + n, 0), options);
  const { length } = answered;
  if (one.n === length || length < 2) return one;
  const p = correct / one.n;
  const squares = answered.reduce((sum, [right, n]) => sum + (right - p * n) ** 2, 0);
  const stderr = Math.sqrt((length / (length - 1)) * squares) / one.n;
  const alike = correct === 0 || correct === one.n;
  const effective = alike ? length : Math.min(one.n, (p * (1 - p)) / stderr ** 2);
  return { ...one, stderr, interval: wilson(p * effective, effective, options) };
}

/**
 * Wilson's score interval of a proportion (Wilson 1927, without continuity correction): the p with
 * |p^ - p| <= z sqrt(p (1 - p) / n). It stays within [0, 1] and has a width where p^ is 0 or 1; for n = 0 it
 * is [0, 1].
 */
export function wilson(
  correct: number,
  n: number,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): Interval {
  if (!(correct >= 0 && correct <= n)) {
    throw new RangeError(`A count must lie between 0 and n = ${n}: found ${correct}`);
  }
  if (n === 0) return [0, 1];
  const z = normalQuantile(confidence);
  const p = correct / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [
    correct === 0 ? 0 : Math.max(0, centre - half),
    correct === n ? 1 : Math.min(1, centre + half),
  ];
}

/** How many examples went which way from a first to a second answer. */
export interface Transitions {
  /** Right first and right then. */
  readonly rightToRight: number;
  /** Right first, wrong then. */
  readonly rightToWrong: number;
  /** Wrong first, right then. */
  readonly wrongToRight: number;
  /** Wrong first and wrong then. */
  readonly wrongToWrong: number;
}

/** No examples yet: where a fold with {@linkcode addTransition} starts. */
export const NO_TRANSITIONS: Transitions = {
  rightToRight: 0,
  rightToWrong: 0,
  wrongToRight: 0,
  wrongToWrong: 0,
};

/** Counts one more example: was its first answer right, is its second. */
export function addTransition(
  counts: Transitions,
  before: boolean,
  after: boolean,
): Transitions {
  const key = before
    ? (after ? "rightToRight" : "rightToWrong")
    : (after ? "wrongToRight" : "wrongToWrong");
  return { ...counts, [key]: counts[key] + 1 };
}
