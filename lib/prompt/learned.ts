/**
 * Models that were learned on a development split, as they are kept in dpc.json.
 *
 * @module
 */
import type { LinearModel } from "../learn/mod.ts";
import { Schema } from "../schema/mod.ts";

/** A model that chooses one of several options. */
export interface LearnedChoice {
  /** Names of the options, the first one taken in doubt. */
  readonly options: readonly string[];
  /** For each option but the first, the log-odds that it is right rather than the first. */
  readonly models: readonly LinearModel[];
  /** Penalty of the models, chosen by cross-validation. */
  readonly ridge: number;
  /** Accuracy of what it chooses, cross-validated; a little too high where a layer or a penalty was chosen by it. */
  readonly accuracy: number;
}

/** What was learned with a prompt. */
export interface Learned {
  /** The router, which reads the hidden state of the question's last token. */
  readonly route: LearnedChoice & {
    /** Layer that it reads, from 0. */
    readonly layer: number;
  };
  /** Its control, which reads which words the question has. */
  readonly words: LearnedChoice & {
    /** The words that are counted, one for each weight. */
    readonly vocabulary: readonly string[];
  };
  /** Accuracy without a prompt on the same rows, which a learned arm must beat to be worth anything. */
  readonly baseAccuracy: number;
  /** The selector, which reads confidence, agreement and length of the answers and, where it may choose the corrupted one, the flow. */
  readonly select: LearnedChoice;
}

const Finite = Schema.Number.pipe(Schema.finite());
const Strings = Schema.Array(Schema.String);

const choice = {
  options: Strings,
  models: Schema.Array(Schema.Struct({ intercept: Finite, weights: Schema.Array(Finite) })),
  ridge: Finite,
  accuracy: Finite,
};

/** The form of {@linkcode Learned}. */
export const LearnedJson: Schema.Schema<Learned> = Schema.Struct({
  route: Schema.Struct({ ...choice, layer: Schema.Int.pipe(Schema.nonNegative()) }),
  words: Schema.Struct({ ...choice, vocabulary: Strings }),
  select: Schema.Struct(choice),
  baseAccuracy: Finite,
});
