/**
 * What a story can be about. A domain has sentences that change a count, a question, and mostly a convention: a last step
 * that people take for granted, so that nothing needs to say it. Sentences can state it, suggest it or deny it.
 *
 * Gaps of a sentence: `{S}` the hero (a name, or a pronoun where it is plain), `{H}` the hero's name, `{O}` someone else,
 * `{i}` and `{p}` an item and a place of the domain, `{k}` and `{m}` numbers.
 *
 * @module
 */
import type { Step } from "../operations.ts";

/** A sentence and how often what it suggests is so in the text that a model is pre-trained on. */
export interface Weighted {
  /** The sentence. */
  readonly text: string;
  /** Probability that the convention holds beside this sentence. */
  readonly holds: number;
}

/** A last step that is taken for granted. */
export interface Convention {
  /** From the count before it. */
  readonly step: (x: number) => Step;
  /** Sentences that state it. */
  readonly rules: readonly string[];
  /** Sentences that suggest it, where no rule is stated. */
  readonly hints: readonly Weighted[];
  /** Sentences that deny it, more or less firmly: it still holds that often where a rule is stated, and never without one. */
  readonly denials: readonly Weighted[];
}

/** The sentences of a domain. */
export interface Domain {
  /** How the first count is told: of `{k}`, and of `{k}` times `{m}`. */
  readonly opening: Phrases;
  /** How more is told. */
  readonly more: Phrases;
  /** How less is told, of `{k}`. */
  readonly less: readonly string[];
  /** What is asked. */
  readonly questions: readonly string[];
  /** What fills `{i}`. */
  readonly items: readonly string[];
  /** What fills `{p}`. */
  readonly places: readonly string[];
  /** None in plain stories. */
  readonly convention?: Convention;
}

/** Sentences with one number, and with two that are multiplied. */
export interface Phrases {
  /** Of `{k}`. */
  readonly one: readonly string[];
  /** Of `{k}` times `{m}`. */
  readonly groups: readonly string[];
}

/** A domain with a convention. */
export interface ConventionalDomain extends Domain {
  readonly convention: Convention;
}
