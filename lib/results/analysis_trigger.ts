/**
 * How a trigger's scores fall on right and on wrong first answers.
 *
 * @module
 */
import {
  haveOneTrigger,
  rocPoints,
  type TriggerOutcome,
  type TriggerQuality,
  triggerQuality,
} from "../statistics/mod.ts";

/** Answers in bins of equal width. */
export interface Histogram {
  /** Borders of the bins, one more than bins. */
  readonly edges: readonly number[];
  /** Right first answers in each bin. */
  readonly right: readonly number[];
  /** Wrong first answers in each bin. */
  readonly wrong: readonly number[];
  /** Scores above the last border, which the last bin counts too. */
  readonly beyond: number;
}

/** What firing on scores >= threshold gives. */
export interface CurvePoint {
  /** Null where nothing fires. */
  readonly threshold: number | null;
  /** Share of the right answers on which it fires. */
  readonly falsePositiveRate: number;
  /** Also called true positive rate. */
  readonly recall: number;
  /** Null where nothing fires. */
  readonly precision: number | null;
}

/** Between which scores the threshold of a prompt lies. */
export interface ThresholdBounds {
  /** The prompt's name. */
  readonly prompt: string;
  /** Largest score that did not fire; null if all fired. */
  readonly above: number | null;
  /** Smallest score that fired; null if none did. */
  readonly below: number | null;
}

/** One trigger over a run. */
export interface TriggerAnalysis {
  /** The trigger's name. */
  readonly trigger: string;
  /** Rate, precision, recall and area under the curve. */
  readonly quality: TriggerQuality;
  /** Where the threshold of each prompt lies. */
  readonly thresholds: readonly ThresholdBounds[];
  /** Scores of right and of wrong first answers. */
  readonly histogram: Histogram;
  /** ROC and precision against recall, thinned to at most {@linkcode CURVE_POINTS} points. */
  readonly curve: readonly CurvePoint[];
}

/** Points of a curve: more than a figure can show. */
const CURVE_POINTS = 200;

const BINS = 30;

/** Share of the scores that the histogram spreads out: a few extreme ones would squeeze all others into one bin. */
const SPREAD = 0.98;

/** Takes in what the trigger of one arm said. */
export class TriggerCollector {
  readonly #trigger: string;
  readonly #outcomes: TriggerOutcome[] = [];
  readonly #bounds = new Map<string, ThresholdBounds>();

  constructor(trigger: string) {
    this.#trigger = trigger;
  }

  add(prompt: string, outcome: TriggerOutcome): void {
    const { score, fired } = outcome;
    this.#outcomes.push(outcome);
    const { above, below } = this.#bounds.get(prompt) ?? { above: null, below: null };
    this.#bounds.set(prompt, {
      prompt,
      above: fired ? above : Math.max(above ?? -Infinity, score),
      below: fired ? Math.min(below ?? Infinity, score) : below,
    });
  }

  /** Whether the scores differ, unlike those of "always", and are on one scale. */
  get discriminates(): boolean {
    return haveOneTrigger(this.#outcomes) &&
      this.#outcomes.some(({ score }) => score !== this.#outcomes[0]!.score);
  }

  finish(): TriggerAnalysis {
    return {
      trigger: this.#trigger,
      quality: triggerQuality(this.#outcomes),
      thresholds: [...this.#bounds.values()],
      histogram: histogram(this.#outcomes),
      curve: thin(curve(this.#outcomes)),
    };
  }
}

function histogram(outcomes: readonly TriggerOutcome[]): Histogram {
  const sorted = outcomes.map(({ score }) => score).sort((a, b) => a - b);
  const low = sorted[0]!;
  const high = spreadEnd(sorted);
  // divided last, as the width of a bin would be 0 for the smallest numbers
  const part = (score: number) => (score - low) / (high - low);
  const right = new Array<number>(BINS).fill(0);
  const wrong = new Array<number>(BINS).fill(0);
  for (const outcome of outcomes) {
    const bin = Math.min(BINS - 1, Math.floor(BINS * part(outcome.score)));
    (outcome.wrong ? wrong : right)[bin]! += 1;
  }
  return {
    edges: Array.from({ length: BINS + 1 }, (_, i) => low + (i / BINS) * (high - low)),
    right,
    wrong,
    beyond: sorted.filter((score) => score > high).length,
  };
}

/** Where the histogram ends: at the 98 % quantile if that differs from the lowest score and cuts a long tail, else at the highest. */
function spreadEnd(sorted: readonly number[]): number {
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const quantile = sorted[Math.floor(SPREAD * (sorted.length - 1))]!;
  return quantile > low && high - low > 1.5 * (quantile - low) ? quantile : high;
}

function curve(outcomes: readonly TriggerOutcome[]): readonly CurvePoint[] {
  const positives = outcomes.filter(({ wrong }) => wrong).length;
  const negatives = outcomes.length - positives;
  return rocPoints(outcomes).map(({ threshold, falsePositiveRate, truePositiveRate }) => {
    const hits = truePositiveRate * positives;
    const fired = hits + falsePositiveRate * negatives;
    return {
      threshold,
      falsePositiveRate,
      recall: truePositiveRate,
      precision: fired === 0 ? null : hits / fired,
    };
  });
}

/** Keeps the ends and points at equal distances along the curve between them. */
function thin<A>(points: readonly A[]): readonly A[] {
  if (points.length <= CURVE_POINTS) return points;
  const step = (points.length - 1) / (CURVE_POINTS - 1);
  return Array.from({ length: CURVE_POINTS }, (_, i) => points[Math.round(i * step)]!);
}
