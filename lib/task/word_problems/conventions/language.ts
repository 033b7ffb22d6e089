/**
 * Every sentence and word of the conventions: what a vocabulary must cover.
 *
 * @module
 */
import { PEOPLE } from "../lexicon.ts";
import type { Language } from "../tokenizer.ts";
import type { Domain } from "./domain.ts";
import { DOMAINS, FILLERS } from "./domains.ts";

/** The language, for a tokenizer. */
export const LANGUAGE: Language = {
  sentences: [...Object.values<Domain>(DOMAINS).flatMap(sentencesOf), ...FILLERS],
  words: [
    ...PEOPLE.map(({ name }) => name),
    ...PEOPLE.map(({ pronoun }) => pronoun.replace(/^./, (a) => a.toUpperCase())),
    ...Object.values<Domain>(DOMAINS).flatMap(({ items, places }) => [...items, ...places]),
  ],
};

function sentencesOf({ opening, more, less, questions, convention }: Domain): readonly string[] {
  const { rules = [], hints = [], denials = [] } = convention ?? {};
  return [
    ...opening.one,
    ...opening.groups,
    ...more.one,
    ...more.groups,
    ...less,
    ...questions,
    ...rules,
    ...[...hints, ...denials].map(({ text }) => text),
  ];
}
