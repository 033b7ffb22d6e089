/**
 * What the learned arms are worth on questions that nothing of them was chosen on: nested cross-validation on a development split, and
 * transfer from one set of questions to another.
 *
 * @module
 */
import { choose, crossValidatedChoices, fitChooser, foldsOf } from "../../learn/mod.ts";
import type { Outcomes } from "../../statistics/mod.ts";
import { bestThreshold } from "../threshold.ts";
import { learnedProblems } from "./fit.ts";
import type { ChoiceObservation } from "./observe.ts";

const FOLDS = 5;

/** The arms that are learned here. */
export type LearnedArm = "route" | "words" | "select";

const LEARNED: readonly LearnedArm[] = ["route", "words", "select"];

/** Options of {@linkcode nestedOutcomes}. */
export interface NestedOptions {
  /** Training rows that each arm is given, for a learning curve; four fifths of all by default. */
  readonly rows?: number;
}

/**
 * Whether each arm is right, [prompts][examples], with everything of it (layer, options, penalty; trigger and threshold) chosen on the other
 * folds. `oracle` is right where any answer is.
 *
 * @param prompts observations of each prompt, of the same examples in the same order
 */
export function nestedOutcomes(
  prompts: readonly (readonly ChoiceObservation[])[],
  options: NestedOptions = {},
): Readonly<Record<string, Outcomes>> {
  const each = prompts.map((observations) => {
    const problems = learnedProblems(observations);
    const fixed = (of: (each: ChoiceObservation) => boolean) => observations.map(of);
    return {
      base: fixed(({ right }) => right.base),
      pt: fixed(({ right }) => right.pt),
      static: fixed(({ right }) => right.static),
      untriggered: fixed(({ right }) => right.corrected),
      dpc: triggered(observations, options),
      ...Object.fromEntries(LEARNED.map((arm) => {
        const { data } = problems[arm];
        return [
          arm,
          crossValidatedChoices(data, options).map((option, i) => data.right[option]![i]!),
        ];
      })),
      oracle: fixed(({ right }) => Object.values(right).some(Boolean)),
    } as Readonly<Record<string, readonly boolean[]>>;
  });
  return Object.fromEntries(
    Object.keys(each[0] ?? {}).map((arm) => [arm, each.map((outcomes) => outcomes[arm]!)]),
  );
}

/** Places in the features of all answers that triggers score the answer of pt by, with their sign. */
const TRIGGERS: readonly (readonly [place: number, sign: 1 | -1])[] = [
  [4, -1], // lowest log-probability
  [5, -1], // mean log-probability
  [15, 1], // late flow
  [16, 1], // its maximum
  [17, 1], // share of the accumulation
];

/** DPC with the trigger and the threshold that correct best on the other folds. */
function triggered(
  observations: readonly ChoiceObservation[],
  { rows }: NestedOptions,
): readonly boolean[] {
  const foldOf = foldsOf(observations.length, FOLDS);
  const order = foldsOf(observations.length, observations.length, 1);
  const right = observations.map(({ right }) => right.pt);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = [...observations.keys()].filter((i) => foldOf[i] !== fold)
      .sort((a, b) => order[a]! - order[b]!).slice(0, rows);
    const tried = TRIGGERS.map(([place, sign]) => {
      const score = (i: number) => sign * observations[i]!.all[place]!;
      const chosen = bestThreshold(others.map((i) => ({
        score: score(i),
        first: observations[i]!.right.pt,
        second: observations[i]!.right.corrected,
      })));
      return { score, ...chosen };
    });
    const { score, threshold } = tried.reduce((a, b) => b.correct > a.correct ? b : a);
    observations.forEach((each, i) => {
      if (foldOf[i] === fold && score(i) > threshold) right[i] = each.right.corrected;
    });
  }
  return right;
}

/** Whether a learned arm that was fitted on some observations is right on others. */
export function transferredOutcomes(
  arm: LearnedArm,
  from: readonly ChoiceObservation[],
  to: readonly ChoiceObservation[],
): readonly boolean[] {
  // words that only the others have are not known
  const problems = learnedProblems([...from, ...to]);
  const { candidates, right } = problems[arm].data;
  const part = (start: number, end: number) => ({
    candidates: candidates.map(({ features, options }) => ({
      features: features.slice(start, end),
      options,
    })),
    right: right.map((option) => option.slice(start, end)),
  });
  const { candidate, chooser } = fitChooser(part(0, from.length));
  const { features, options } = candidates[candidate]!;
  return to.map((_, i) => {
    const at = from.length + i;
    return right[options[choose(chooser, features[at]!)]!]![at]!;
  });
}
