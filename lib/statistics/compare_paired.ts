/**
 * Arms under one or several prompts, compared on the same examples. Two questions, answered apart: does the difference hold for these
 * prompts (on other examples), and does it hold for new prompts (on these examples)? COVERAGE.md beside this file has how often each
 * interval holds the truth.
 *
 * @module
 */
import { type Accuracy, clusteredAccuracy } from "./accuracy.ts";
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
  normalQuantile,
  studentQuantile,
  studentTwoSided,
} from "./distribution.ts";
import { meanOf } from "./mean.ts";
import { mcnemar, signFlip } from "./paired.ts";

/**
 * Whether an arm was right: [prompts][examples], the same examples in the same order under every prompt. Where several answers are drawn to
 * each example, a prompt has as many rows, one after the other.
 */
export type Outcomes = readonly (readonly boolean[])[];

/** Options of {@linkcode comparePaired}. */
export interface ComparePairedOptions extends ConfidenceOptions {
  /** Answers to each example under each prompt, so many rows of the outcomes; 1 by default. */
  readonly answers?: number;
}

/** What the prompts of a run say of prompts like them. */
export interface NewPrompts {
  /** Student's t interval of the differences under each prompt; that for these prompts where all are equal. */
  readonly interval: Interval;
  /** Two-sided p value of the t test of the same; null where all are equal. */
  readonly pValue: number | null;
}

/** How an arm compares with another on the same examples. */
export interface PairedComparison {
  /** Examples. */
  readonly n: number;
  /** Prompts. */
  readonly seeds: number;
  /** Accuracy of the arm minus that of the other, over all prompts; null for n = 0. */
  readonly difference: number | null;
  /** For these prompts, over examples: Tango's score interval, for several prompts or answers {@linkcode clusteredInterval}; null for n = 0. */
  readonly interval: Interval | null;
  /** For these prompts: exact and two-sided, McNemar's test for one answer each, the sign-flip test over examples for more. */
  readonly pValue: number;
  /** For new prompts; null for one prompt and for n = 0. */
  readonly newPrompts: NewPrompts | null;
  /** Answers, over all prompts, that only the arm got right. */
  readonly armOnly: number;
  /** Answers, over all prompts, that only the other got right. */
  readonly againstOnly: number;
}

/**
 * Compares two arms on the same examples.
 *
 * @param arm outcomes of the arm, [prompts][examples]
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
  { answers = 1, ...options }: ComparePairedOptions = {},
): PairedComparison {
  const n = arm[0]?.length ?? 0;
  if (arm.length !== against.length || [...arm, ...against].some((row) => row.length !== n)) {
    throw new RangeError("Paired arms must have the same examples under the same prompt seeds");
  }
  const sums = new Array<number>(n).fill(0);
  const perPrompt: number[] = [];
  let [armOnly, againstOnly] = [0, 0];
  let before = 0;
  for (const [at, row] of arm.entries()) {
    for (const [example, right] of row.entries()) {
      const difference = Number(right) - Number(against[at]![example]);
      sums[example]! += difference;
      if (difference > 0) armOnly += 1;
      if (difference < 0) againstOnly += 1;
    }
    if ((at + 1) % answers > 0) continue;
    perPrompt.push((armOnly - againstOnly - before) / (n * answers));
    before = armOnly - againstOnly;
  }
  const rows = arm.length;
  const seeds = rows / answers;
  const interval = n === 0
    ? null
    : rows === 1
    ? tango(armOnly, againstOnly, n, options)
    : clusteredInterval(sums.map((sum) => sum / rows), options);
  return {
    n,
    seeds,
    difference: n === 0 ? null : (armOnly - againstOnly) / (n * rows),
    interval,
    pValue: rows === 1 ? mcnemar(armOnly, againstOnly) : signFlip(sums),
    newPrompts: interval === null || seeds < 2 ? null : overPrompts(perPrompt, interval, options),
    armOnly,
    againstOnly,
  };
}

function overPrompts(
  differences: readonly number[],
  alike: Interval,
  options: ConfidenceOptions,
): NewPrompts {
  // nothing varies between equal differences: examples are what there is to count
  if (differences.every((each) => each === differences[0])) {
    return { interval: alike, pValue: null };
  }
  const { n, mean, stderr, interval } = meanOf(differences, options);
  const [low, high] = interval!;
  return {
    interval: [Math.max(-1, low), Math.min(1, high)],
    pValue: studentTwoSided(mean! / stderr!, n - 1),
  };
}

/**
 * Tango's score interval of the difference of two paired proportions (Tango 1998): the d with
 * |b - c - n d| <= z sqrt(n (2 q + d (1 - d))), q being the most likely share of c where the difference is d. It has a width where the
 * arms never differ, as Wilson's has at 0, and is the inversion of the test whose exact form is McNemar's.
 *
 * @param onlyFirst b: examples that only the first arm got right
 * @param onlySecond c: examples that only the second arm got right
 * @param n examples
 */
export function tango(
  onlyFirst: number,
  onlySecond: number,
  n: number,
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): Interval {
  const z = normalQuantile(confidence);
  const [b, c] = [onlyFirst, onlySecond];
  /** Falls as d grows. */
  const score = (d: number) => {
    const linear = (2 * n - b + c) * d - b - c;
    const q = (Math.sqrt(linear ** 2 + 8 * n * c * d * (1 - d)) - linear) / (4 * n);
    const variance = n * (2 * q + d * (1 - d));
    const distance = b - c - n * d;
    return variance > 0 ? distance / Math.sqrt(variance) : Math.sign(distance) * Infinity;
  };
  const estimate = (b - c) / n;
  /** Where the score passes `to`, between two d. */
  const solve = (to: number, from: number, until: number) => {
    let [low, high] = [from, until];
    for (let halving = 0; halving < 60; halving++) {
      const middle = (low + high) / 2;
      if (score(middle) > to) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return [
    estimate === -1 ? -1 : solve(z, -1, estimate),
    estimate === 1 ? 1 : solve(-z, estimate, 1),
  ];
}

/**
 * Interval of the mean of paired differences, one an example and each the mean over several prompts. It is Student's t interval of the
 * examples and two imagined ones which, between them, win and lose half of what a differing example does (after Agresti and Min 2005,
 * whose interval it is for one prompt but for t instead of z): so it has a width where no example differs.
 *
 * @param differences per example, within [-1, 1]
 */
export function clusteredInterval(
  differences: readonly number[],
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): Interval {
  const n = differences.length;
  let [sum, squares, sizes] = [0, 0, 0];
  for (const each of differences) {
    sum += each;
    squares += each * each;
    sizes += Math.abs(each);
  }
  const size = sizes === 0 ? 1 : squares / sizes;
  const centre = sum / (n + 2);
  const variance = (squares + size * size - (n + 2) * centre * centre) / (n + 1) / (n + 2);
  const half = studentQuantile(confidence, Math.max(1, n - 1)) * Math.sqrt(variance);
  return [Math.max(-1, centre - half), Math.min(1, centre + half)];
}

/**
 * Accuracy over all prompts and answers, for these prompts: {@linkcode clusteredAccuracy} of the examples.
 *
 * @param outcomes [prompts][examples]
 */
export const pooledAccuracy = (outcomes: Outcomes, options: ConfidenceOptions = {}): Accuracy =>
  clusteredAccuracy(
    (outcomes[0] ?? []).map((_, example) =>
      [outcomes.filter((row) => row[example]).length, outcomes.length] as const
    ),
    options,
  );
