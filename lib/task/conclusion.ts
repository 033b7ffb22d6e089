/**
 * Which of the numbers in a closing sentence is its answer: "Ingrid drinks 15 gallons in 30 days." answers 15 where the question
 * speaks of 30 days.
 *
 * @module
 */
import { findNumbers, type NumberMention, spellFractions } from "./number_text.ts";
import * as Rational from "./rational.ts";

/** Characters of a sentence that are looked at. */
const LONGEST = 400;

/** Numbers that a question may spell out. */
const WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ");
const WORD = new RegExp(`\\b(?:${WORDS.join("|")})\\b`, "g");

/** What numbers a step and not a quantity: "Step 3", "Option 1". */
const LABEL = /\b(?:step|option|part|case|plan|method) $/i;

const TOTAL = /\btotal(?:s|ing|ling)? (?:of |is |to )?$/i;

/** The last number that a text spells out and that the question does not have, else the last one. */
export function lastWord(
  text: string,
  given: ReadonlySet<string>,
): Rational.Rational | undefined {
  const values = wordsOf(text);
  return values.findLast((value) => !given.has(Rational.format(value))) ?? values.at(-1);
}

function wordsOf(text: string): readonly Rational.Rational[] {
  return Array.from(
    text.toLowerCase().matchAll(WORD),
    ([word]) => Rational.make(BigInt(WORDS.indexOf(word)))!,
  );
}

/** The values that a question gives, in digits or words, as {@linkcode Rational.format} spells them. */
export function numbersOf(question: string): ReadonlySet<string> {
  const digits = findNumbers(spellFractions(question)).map(({ value }) => value);
  return new Set(
    [...digits, ...wordsOf(question)].flatMap((value) => value ? [Rational.format(value)] : []),
  );
}

/**
 * The answer that a sentence gives beside numbers of the question: what follows its last "=", else its only number that the
 * question does not have, else its total.
 *
 * @param sentence its text, from `start` on in the text of the mentions
 * @returns undefined where the sentence does not say which one it is
 */
export function concluded(
  text: string,
  [start, end]: readonly [number, number],
  numbers: readonly NumberMention[],
  given: ReadonlySet<string>,
): NumberMention | undefined {
  if (end - start > LONGEST) return undefined;
  const before = (mention: NumberMention) =>
    text.slice(Math.max(start, mention.start - 12), mention.start);
  const own = numbers.filter((mention) =>
    mention.start >= start && mention.end <= end && !LABEL.test(before(mention))
  );
  const equals = text.lastIndexOf("=", end - 1);
  const result = equals < start ? undefined : own.find((mention) => mention.start > equals);
  if (result !== undefined) return result;
  const fresh = own.filter(({ value }) =>
    value !== undefined && !given.has(Rational.format(value))
  );
  return fresh.length === 1 ? fresh[0] : fresh.find((mention) => TOTAL.test(before(mention)));
}

/** Where the sentence around an offset starts and ends. */
export function sentenceAround(text: string, at: number): readonly [number, number] {
  const before = text.slice(Math.max(0, at - LONGEST), at);
  const opening = Math.max(
    before.lastIndexOf("\n") + 1,
    ...Array.from(before.matchAll(/[.!?]["')*]{0,3}\s/g), (mark) => mark.index + mark[0].length),
  );
  const after = /[.!?]["')*]{0,3}(?:\s|$)|\n/.exec(text.slice(at, at + LONGEST));
  const end = after === null ? Math.min(text.length, at + LONGEST) : at + after.index;
  return [at - before.length + opening, end];
}
