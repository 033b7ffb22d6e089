/**
 * Choosing a trigger's threshold by what it does to accuracy.
 *
 * @module
 */
import { foldsOf } from "../learn/mod.ts";
import { meanOf } from "../statistics/mod.ts";

/** A development example as a threshold sees it. */
export interface Scored {
  /** The trigger's. */
  readonly score: number;
  /** Whether the first answer is right. */
  readonly first: boolean;
  /** Whether the second answer is. */
  readonly second: boolean;
}

/** A threshold and what it gives. */
export interface Chosen {
  /** The second answer counts where the score is above. */
  readonly threshold: number;
  /** Examples that are then right. */
  readonly correct: number;
}

/**
 * The threshold with the most right answers: between two neighbouring scores, in the middle. Of equals the highest, which corrects
 * least.
 *
 * @param examples any number; for none the threshold is 0
 */
export function bestThreshold(examples: readonly Scored[]): Chosen {
  const sorted = [...examples].sort((a, b) => b.score - a.score);
  const count = (key: "first" | "second") => examples.filter((example) => example[key]).length;
  if (sorted.length === 0) return { threshold: 0, correct: 0 };
  // from "nothing fires" downwards, one distinct score at a time
  let best: Chosen = { threshold: above(sorted[0]!.score), correct: count("first") };
  let correct = best.correct;
  sorted.forEach(({ score, first, second }, i) => {
    correct += Number(second) - Number(first);
    const next = sorted[i + 1]?.score;
    if (next === score || correct <= best.correct) return;
    best = { threshold: next === undefined ? below(score) : (score + next) / 2, correct };
  });
  return best;
}

/** Far above or below all scores seen: where all or nothing is best, that is to hold for scores not yet seen. */
const above = (most: number): number => most + 1 + Math.abs(most);
const below = (least: number): number => least - 1 - Math.abs(least);

/**
 * Whether each example is right when its fold's threshold is chosen on the other folds.
 *
 * @param folds number of folds; examples go to them in turn once they are shuffled, as data may alternate between kinds
 * @param seed of the shuffle
 * @returns one outcome for each example, in their order
 */
export function crossValidated(
  examples: readonly Scored[],
  folds: number,
  seed = 0,
): readonly boolean[] {
  const foldOf = foldsOf(examples.length, folds, seed);
  const thresholds = Array.from(
    { length: folds },
    (_, fold) => bestThreshold(examples.filter((_, i) => foldOf[i] !== fold)).threshold,
  );
  return examples.map(({ score, first, second }, i) =>
    score > thresholds[foldOf[i]!]! ? second : first
  );
}

/** A threshold and what it was chosen by. */
export interface Tuned {
  /** Whether each example is right, cross-validated. */
  readonly right: readonly boolean[];
  /** Chosen on all examples. */
  readonly threshold: number;
  /** Share of `right`. */
  readonly accuracy: number;
  /** Share of the examples above the threshold. */
  readonly rate: number;
}

/** The best threshold, what it gives cross-validated, and how often it fires. */
export function tuneThreshold(scored: readonly Scored[], folds: number): Tuned {
  const { threshold } = bestThreshold(scored);
  const right = crossValidated(scored, folds);
  const share = (count: number) => count / Math.max(1, scored.length);
  return {
    right,
    threshold,
    accuracy: share(right.filter(Boolean).length),
    rate: share(scored.filter(({ score }) => score > threshold).length),
  };
}

/** Of those that are worse than the best by no more than a standard error of the paired difference, the one that fires least. */
export function oneStandardErrorRule<A extends Omit<Tuned, "threshold">>(
  candidates: readonly A[],
): A {
  const best = candidates.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
  const isClose = ({ right }: A): boolean => {
    const differences = right.map((outcome, i) => Number(best.right[i]) - Number(outcome));
    const { mean, stderr } = meanOf(differences);
    return (mean ?? 0) <= (stderr ?? 0);
  };
  return candidates.filter(isClose).reduce((a, b) => b.rate < a.rate ? b : a);
}

/** Share of the examples that a cascade does not trust its cheap trigger on. */
const DOUBT = 0.3;

/** Scores between which the share {@linkcode DOUBT} of the examples nearest to the threshold, by rank, lie. */
export function doubtAround(
  scored: readonly Pick<Scored, "score">[],
  threshold: number,
): readonly [number, number] {
  const scores = scored.map(({ score }) => score).sort((a, b) => a - b);
  const width = Math.round(DOUBT * scores.length);
  const rank = scores.filter((score) => score <= threshold).length;
  const start = Math.max(0, Math.min(scores.length - width, rank - Math.floor(width / 2)));
  // none below the first and none above the last
  const low = start === 0 ? below(scores[0] ?? 0) : scores[start - 1]!;
  return [low, scores[start + width - 1] ?? scores.at(-1) ?? 0];
}
