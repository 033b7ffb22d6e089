/**
 * How well a trigger tells wrong answers from right ones: precision, recall, ROC and its area.
 *
 * @module
 */
import { clusteredAccuracy } from "./accuracy.ts";
import {
  type ConfidenceOptions,
  DEFAULT_CONFIDENCE,
  type Interval,
  normalQuantile,
  normalTwoSided,
} from "./distribution.ts";

/** What a trigger said of one example, and what was true. */
export interface TriggerOutcome {
  /** The trigger's name: an arm may have another one under each prompt, and their scores are not on one scale. */
  readonly name?: string;
  /** The question: what is said of several answers to one, or of one under several prompts, is not independent; each its own by default. */
  readonly example?: string;
  /** Higher means more likely wrong. */
  readonly score: number;
  /** Whether the trigger fired. */
  readonly fired: boolean;
  /** The first answer (arm pt) is wrong: what the trigger is to find. */
  readonly wrong: boolean;
}

/** A proportion with Wilson's interval, over questions ({@linkcode clusteredAccuracy}); null where nothing was counted. */
export interface Proportion {
  /** The proportion; null where nothing is counted. */
  readonly value: number | null;
  /** 95 % interval. */
  readonly interval: Interval;
}

/** Quality of a trigger against "the first answer is wrong". */
export interface TriggerQuality {
  /** Instances. */
  readonly n: number;
  /** Those on which it fired. */
  readonly fired: number;
  /** Those whose first answer is wrong. */
  readonly wrong: number;
  /** Fired and wrong. */
  readonly hits: number;
  /** fired / n */
  readonly rate: Proportion;
  /** hits / fired */
  readonly precision: Proportion;
  /** hits / wrong */
  readonly recall: Proportion;
  /** Area under the ROC curve of the score; nulls where the outcomes are of several triggers. */
  readonly auc: AreaUnderCurve;
}

/**
 * Counts and areas of one trigger over a run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const { precision, recall, auc } = Statistics.triggerQuality([
 *   { score: 0.9, fired: true, wrong: true },
 *   { score: 0.8, fired: true, wrong: false },
 *   { score: 0.2, fired: false, wrong: false },
 * ]);
 * assert.deepEqual([precision.value, recall.value, auc.area], [0.5, 1, 1]);
 * ```
 */
export function triggerQuality(
  outcomes: readonly TriggerOutcome[],
  options: ConfidenceOptions = {},
): TriggerQuality {
  const n = outcomes.length;
  const fired = outcomes.filter((outcome) => outcome.fired).length;
  const wrong = outcomes.filter((outcome) => outcome.wrong).length;
  const hits = outcomes.filter((outcome) => outcome.fired && outcome.wrong).length;
  const questions = [...byExample(outcomes).values()];
  const of = (key: "fired" | "wrong", among: (outcome: TriggerOutcome) => boolean): Proportion => {
    const { accuracy: value, interval } = clusteredAccuracy(
      questions.map((each) => {
        const counted = each.filter(among);
        return [counted.filter((outcome) => outcome[key]).length, counted.length] as const;
      }),
      options,
    );
    return { value, interval };
  };
  return {
    n,
    fired,
    wrong,
    hits,
    rate: of("fired", () => true),
    precision: of("wrong", (outcome) => outcome.fired),
    recall: of("fired", (outcome) => outcome.wrong),
    auc: haveOneTrigger(outcomes)
      ? areaUnderCurve(outcomes, options)
      : { area: null, stderr: null, interval: null },
  };
}

/** Whether all scores are one trigger's, and so on one scale. */
export const haveOneTrigger = (outcomes: readonly TriggerOutcome[]): boolean =>
  outcomes.every(({ name }) => name === outcomes[0]!.name);

/** Area under the ROC curve; null where one class is missing. */
export interface AreaUnderCurve {
  /** The area; null where one class is empty. */
  readonly area: number | null;
  /** DeLong's standard error, over questions (Obuchowski 1997); null where a class has fewer than two. */
  readonly stderr: number | null;
  /** area ± z stderr, cut to [0, 1]; null where stderr is. It has no width where the scores separate the classes perfectly. */
  readonly interval: Interval | null;
}

/**
 * Area under the ROC curve of the scores, that is P(score of a wrong one > score of a right one) + P(equal) / 2, with DeLong's
 * variance (DeLong et al. 1988) by midranks (Sun and Xu 2014): O(n log n). Answers to one question are taken together (Obuchowski 1997).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as Statistics from "dynamic-prompt-corruption/statistics";
 *
 * const outcomes = [
 *   { score: 0.9, wrong: true },
 *   { score: 0.5, wrong: false },
 *   { score: 0.5, wrong: true },
 *   { score: 0.1, wrong: false },
 * ];
 * assert.equal(Statistics.areaUnderCurve(outcomes).area, 0.875);
 * ```
 */
export function areaUnderCurve(
  outcomes: readonly Pick<TriggerOutcome, "score" | "wrong" | "example">[],
  { confidence = DEFAULT_CONFIDENCE }: ConfidenceOptions = {},
): AreaUnderCurve {
  const scored = outcomes.map((outcome, at) => ({ ...outcome, question: outcome.example ?? at }));
  const wrong = scored.filter((outcome) => outcome.wrong);
  const right = scored.filter((outcome) => !outcome.wrong);
  const [m, n] = [wrong.length, right.length];
  if (m === 0 || n === 0) return { area: null, stderr: null, interval: null };
  const ranks = (of: typeof scored) => midranks(of.map(({ score }) => score));
  const all = ranks([...wrong, ...right]);
  // For each wrong one the share of right ones it beats, for each right one the share of wrong ones that beat it.
  const beats = ranks(wrong).map((rank, at) => (all[at]! - rank) / n);
  const beaten = ranks(right).map((rank, at) => 1 - (all[m + at]! - rank) / m);
  const area = mean(beats);
  const [ofWrong, ofRight] = [deviations(wrong, beats, area), deviations(right, beaten, area)];
  const [c, d] = [ofWrong.size, ofRight.size];
  if (c < 2 || d < 2) return { area, stderr: null, interval: null };
  const questions = new Set([...ofWrong.keys(), ...ofRight.keys()]);
  let both = 0;
  for (const each of questions) both += (ofWrong.get(each) ?? 0) * (ofRight.get(each) ?? 0);
  const stderr = Math.sqrt(Math.max(
    0,
    (c / (c - 1)) * squares(ofWrong) / m ** 2 + (d / (d - 1)) * squares(ofRight) / n ** 2 +
      2 * (questions.size / (questions.size - 1)) * both / (m * n),
  ));
  const half = normalQuantile(confidence) * stderr;
  return { area, stderr, interval: [Math.max(0, area - half), Math.min(1, area + half)] };
}

/** By question, the sum of its answers' distances from the area. */
function deviations(
  answers: readonly { readonly question: string | number }[],
  shares: readonly number[],
  area: number,
): ReadonlyMap<string | number, number> {
  const sums = new Map<string | number, number>();
  for (const [at, { question }] of answers.entries()) {
    sums.set(question, (sums.get(question) ?? 0) + shares[at]! - area);
  }
  return sums;
}

const squares = (sums: ReadonlyMap<unknown, number>): number =>
  [...sums.values()].reduce((sum, each) => sum + each * each, 0);

/** Outcomes by their question; those without one stand alone. */
function byExample(
  outcomes: readonly TriggerOutcome[],
): ReadonlyMap<unknown, readonly TriggerOutcome[]> {
  const groups = new Map<unknown, TriggerOutcome[]>();
  for (const outcome of outcomes) {
    const key = outcome.example ?? outcome;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [outcome]);
    else group.push(outcome);
  }
  return groups;
}

/** A point of the ROC curve: what firing on scores >= threshold gives. */
export interface RocPoint {
  /** Null at the origin, where nothing fires. */
  readonly threshold: number | null;
  /** Share of the right answers on which it fires. */
  readonly falsePositiveRate: number;
  /** Share of the wrong answers on which it fires. */
  readonly truePositiveRate: number;
}

/** The ROC curve from (0, 0) to (1, 1), one point per distinct score; empty where one class is missing. */
export function rocPoints(
  outcomes: readonly Pick<TriggerOutcome, "score" | "wrong">[],
): readonly RocPoint[] {
  const positives = outcomes.filter((outcome) => outcome.wrong).length;
  const negatives = outcomes.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const descending = [...outcomes].sort((a, b) => b.score - a.score);
  const points: RocPoint[] = [{ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 }];
  let [hits, alarms] = [0, 0];
  for (const [at, { score, wrong }] of descending.entries()) {
    if (wrong) hits += 1;
    else alarms += 1;
    if (descending[at + 1]?.score === score) continue;
    points.push({
      threshold: score,
      falsePositiveRate: alarms / negatives,
      truePositiveRate: hits / positives,
    });
  }
  return points;
}

/**
 * Two-sided p value of "right and wrong answers have the same scores", as firing at random gives: the normal approximation of Mann and
 * Whitney's test (1947), whose variance is that under the hypothesis, so that few answers show little; null where one class is missing.
 * The area's own error counts instead where it is larger, as it may be where questions have several answers.
 */
export function chancePValue({ n, wrong, auc: { area, stderr } }: TriggerQuality): number | null {
  if (area === null) return null;
  const byChance = Math.sqrt((n + 1) / (12 * wrong * (n - wrong)));
  return normalTwoSided((area - 0.5) / Math.max(byChance, stderr ?? 0));
}

/** Ranks from 1, equal values sharing the mean of theirs. */
function midranks(values: readonly number[]): readonly number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let first = 0, last = 0; first < order.length; first = last) {
    while (last < order.length && values[order[last]!] === values[order[first]!]) last += 1;
    for (let at = first; at < last; at++) ranks[order[at]!] = (first + 1 + last) / 2;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
