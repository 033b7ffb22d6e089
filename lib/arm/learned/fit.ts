/**
 * Fitting the learned arms on what was observed on a development split.
 *
 * @module
 */
import { type ChoiceData, fitChooser, type FittedChooser } from "../../learn/mod.ts";
import type { Calibration, Learned, LearnedChoice } from "../../prompt/mod.ts";
import { vocabularyOf, wordCounts } from "./features.ts";
import type { ChoiceObservation, ChoiceOption } from "./observe.ts";

/** A problem of choice: what may be read and chosen, and the names of the options. */
export interface LearnedProblem {
  /** What a chooser is fitted on. */
  readonly data: ChoiceData;
  /** Names of the options, by their index in `data.right`. */
  readonly options: readonly ChoiceOption[];
}

const OPTIONS: readonly ChoiceOption[] = ["base", "pt", "static", "corrected"];
/** Base or pt; and one of these or the statically corrupted prompt. */
const BEFORE = [[0, 1], [0, 1, 2]];

/** The choices that are learned, each as a problem: which layer a router reads, and whether it may corrupt, is chosen in it. */
export function learnedProblems(
  observations: readonly ChoiceObservation[],
  vocabulary: readonly string[] = vocabularyOf(observations.map(({ question }) => question)),
): Readonly<Record<"route" | "words" | "select", LearnedProblem>> {
  const right = OPTIONS.map((option) => observations.map((each) => each.right[option]));
  const problem = (candidates: ChoiceData["candidates"]) => ({
    data: { candidates, right },
    options: OPTIONS,
  });
  const layers = observations[0]?.states.length ?? 0;
  const words = observations.map(({ question }) => wordCounts(vocabulary, question));
  return {
    route: problem(
      BEFORE.flatMap((options) =>
        Array.from({ length: layers }, (_, layer) => ({
          features: observations.map(({ states }) => states[layer]!),
          options,
        }))
      ),
    ),
    words: problem(BEFORE.map((options) => ({ features: words, options }))),
    select: problem([
      { features: observations.map(({ answers }) => answers), options: [0, 1] },
      { features: observations.map(({ all }) => all), options: [0, 1, 3] },
    ]),
  };
}

/**
 * Fits the models of the arms `route`, `route:words` and `select`.
 *
 * @param observations one at least
 */
export function learn(observations: readonly ChoiceObservation[]): Learned {
  const vocabulary = vocabularyOf(observations.map(({ question }) => question));
  const { route, words, select } = learnedProblems(observations, vocabulary);
  const layers = observations[0]!.states.length;
  const fitted = fitChooser(route.data);
  return {
    route: { ...choiceOf(route, fitted), layer: fitted.candidate % layers },
    words: { ...choiceOf(words, fitChooser(words.data)), vocabulary },
    select: choiceOf(select, fitChooser(select.data)),
    baseAccuracy: observations.filter(({ right }) => right.base).length / observations.length,
  };
}

/**
 * A calibration with what was learned; the arm `best` becomes a learned one, or `base`, where that is better in the cross-validation. The
 * control by words never does: it would know the sentences of one generator.
 */
export function withLearned(calibration: Calibration, learned: Learned): Calibration {
  const { route, select, baseAccuracy } = learned;
  const candidates: readonly NonNullable<Calibration["best"]>[] = [
    ...(calibration.best === undefined ? [] : [calibration.best]),
    { arm: "base", accuracy: baseAccuracy },
    { arm: "route", accuracy: route.accuracy },
    { arm: "select", accuracy: select.accuracy },
  ];
  const best = candidates.reduce((a, b) => (b.accuracy ?? 0) > (a.accuracy ?? 0) ? b : a);
  return { ...calibration, learned, best };
}

function choiceOf(
  { data, options }: LearnedProblem,
  { candidate, ridge, accuracy, chooser }: FittedChooser,
): LearnedChoice {
  return {
    options: data.candidates[candidate]!.options.map((option) => options[option]!),
    models: chooser.map(({ intercept, weights }) => ({
      intercept: rounded(intercept),
      weights: weights.map(rounded),
    })),
    ridge,
    accuracy,
  };
}

/** As many digits as float32 holds. */
const rounded = (value: number): number => Number(value.toPrecision(6));
