/**
 * Learning to choose one of several answers: for each option but the first a model of "this one is right rather than the first", fitted
 * where one of the two alone is right. Which features are read, such as those of which layer, and how much they are regularised is chosen by
 * cross-validation.
 *
 * @module
 */
import { foldsOf } from "./folds.ts";
import { fitReduced, type LinearModel, logOdds, reduceRows } from "./logistic.ts";
import type { Rows } from "./reduce.ts";

/** One model for each option but the first, in their order. */
export type Chooser = readonly LinearModel[];

/** Place, among the options of its candidate, of the one with the highest odds against the first, whose own are even. */
export function choose(chooser: Chooser, features: ArrayLike<number>): number {
  const odds = [0, ...chooser.map((model) => logOdds(model, features))];
  return odds.reduce((best, value, option) => value > odds[best]! ? option : best, 0);
}

/** What may be read, and what chosen among by it. */
export interface ChoiceCandidate {
  /** Features of each example, [n][d], such as those of one layer. */
  readonly features: Rows;
  /** Options that are chosen among, by their index in `right`; the first is taken in doubt. */
  readonly options: readonly number[];
}

/** What a chooser is fitted on. */
export interface ChoiceData {
  /** One of these is chosen by cross-validation, of equals the first. */
  readonly candidates: readonly ChoiceCandidate[];
  /** Whether each option is right, [options][n]. */
  readonly right: readonly (readonly boolean[])[];
}

/** Options of {@linkcode fitChooser}. */
export interface ChooserOptions {
  /** Principal components that features are reduced to. */
  readonly components: number;
  /** Penalties that are tried, of equals the first. */
  readonly ridges: readonly number[];
  /** Folds of the cross-validation. */
  readonly folds: number;
  /** Seed of its shuffle. */
  readonly seed: number;
}

/** Defaults of the options: tried out on the embedded dev split, where 16 to 64 components differed by less than half a point. */
export const CHOOSER_DEFAULTS: ChooserOptions = {
  components: 32,
  ridges: [3, 30, 300],
  folds: 5,
  seed: 0,
};

/** A chooser, and what it was chosen by. */
export interface FittedChooser {
  /** Which of the candidates it reads. */
  readonly candidate: number;
  /** Penalty of its models. */
  readonly ridge: number;
  /** Cross-validated accuracy of that choice; a little too high, as it is the best of several. */
  readonly accuracy: number;
  /** Fitted on all rows. */
  readonly chooser: Chooser;
}

/**
 * Fits a chooser, with the candidate and the penalty that choose best in a cross-validation.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { choose, fitChooser } from "dynamic-prompt-corruption/learn";
 *
 * // the first option is right where the second candidate's feature is 0
 * const signs = Array.from({ length: 40 }, (_, i) => i % 2);
 * const { candidate, chooser } = fitChooser({
 *   candidates: [
 *     { features: signs.map(() => [1]), options: [0, 1] },
 *     { features: signs.map((sign) => [sign]), options: [0, 1] },
 *   ],
 *   right: [signs.map((sign) => sign === 0), signs.map((sign) => sign === 1)],
 * });
 * assert.equal(candidate, 1);
 * assert.deepEqual([choose(chooser, [0]), choose(chooser, [1])], [0, 1]);
 * ```
 */
export function fitChooser(
  data: ChoiceData,
  options: Partial<ChooserOptions> = {},
): FittedChooser {
  const { components, ridges, folds, seed } = { ...CHOOSER_DEFAULTS, ...options };
  const { right } = data;
  const foldOf = foldsOf(right[0]!.length, folds, seed);
  const tried = data.candidates.flatMap((from, candidate) => {
    const chosen = ridges.map(() => new Array<number>(foldOf.length).fill(0));
    for (let fold = 0; fold < folds; fold++) {
      const others = indices(foldOf, (other) => other !== fold);
      const choosers = choosersOf(from, right, others, { components, ridges });
      for (const i of indices(foldOf, (own) => own === fold)) {
        choosers.forEach((chooser, r) =>
          chosen[r]![i] = from.options[choose(chooser, from.features[i]!)]!
        );
      }
    }
    return ridges.map((ridge, r) => ({
      candidate,
      ridge,
      accuracy: accuracyOf(right, chosen[r]!),
    }));
  });
  const best = tried.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
  const all = indices(foldOf, () => true);
  const ridge = { components, ridges: [best.ridge] };
  const [chooser] = choosersOf(data.candidates[best.candidate]!, right, all, ridge);
  return { ...best, chooser: chooser! };
}

/**
 * The option that each example gets when everything, candidate and penalty included, is chosen on the other folds: a nested
 * cross-validation.
 *
 * @param options `rows`: training rows of each fold that are used, for a learning curve; all by default
 * @returns [n], indices of options
 */
export function crossValidatedChoices(
  data: ChoiceData,
  options: Partial<ChooserOptions> & { readonly rows?: number } = {},
): readonly number[] {
  const { folds = CHOOSER_DEFAULTS.folds, seed = CHOOSER_DEFAULTS.seed, rows } = options;
  const count = data.right[0]!.length;
  const foldOf = foldsOf(count, folds, seed);
  // any of the others, as the data may alternate between kinds
  const order = foldsOf(count, count, seed + 1);
  const chosen = new Array<number>(count).fill(0);
  for (let fold = 0; fold < folds; fold++) {
    const others = indices(foldOf, (other) => other !== fold)
      .toSorted((a, b) => order[a]! - order[b]!).slice(0, rows);
    const { candidate, chooser } = fitChooser(subset(data, others), options);
    const { features, options: among } = data.candidates[candidate]!;
    for (const i of indices(foldOf, (own) => own === fold)) {
      chosen[i] = among[choose(chooser, features[i]!)]!;
    }
  }
  return chosen;
}

/** Share of the examples whose chosen option is right. */
export const accuracyOf = (right: ChoiceData["right"], chosen: readonly number[]): number =>
  chosen.filter((option, i) => right[option]![i]).length / Math.max(1, chosen.length);

/** The same data of some examples. */
export const subset = ({ candidates, right }: ChoiceData, rows: readonly number[]): ChoiceData => ({
  candidates: candidates.map(({ features, options }) => ({
    features: rows.map((i) => features[i]!),
    options,
  })),
  right: right.map((option) => rows.map((i) => option[i]!)),
});

/** A chooser for each penalty, fitted on some of the rows. */
function choosersOf(
  { features, options }: ChoiceCandidate,
  right: ChoiceData["right"],
  rows: readonly number[],
  { components, ridges }: Pick<ChooserOptions, "components" | "ridges">,
): readonly Chooser[] {
  const [first = [], ...others] = options.map((option) => right[option]!);
  const perOption = others.map((option) => {
    const telling = rows.filter((i) => option[i] !== first[i]);
    if (telling.length === 0) return ridges.map(() => NEVER);
    const reduced = reduceRows(telling.map((i) => features[i]!), components);
    return ridges.map((ridge) => fitReduced(reduced, telling.map((i) => option[i]!), ridge));
  });
  return ridges.map((_, r) => perOption.map((models) => models[r]!));
}

/** Of an option that is right where the first one is, and nowhere else. */
const NEVER: LinearModel = { intercept: -1, weights: [] };

const indices = <A>(of: readonly A[], which: (value: A) => boolean): readonly number[] =>
  of.flatMap((value, i) => which(value) ? [i] : []);
