/**
 * Which of the numbers in a closing sentence is its answer: "Ingrid drinks 15 gallons in 30 days." answers 15 where the question
 * speaks of 30 days.
 *
 * @module
 */
import type { Asked } from "./question.ts";
import type { NumberMention } from "./mentions.ts";
import { findWords, type SpelledNumber } from "./words.ts";
import * as Rational from "./rational.ts";

/** Characters of a sentence that are looked at. */
const LONGEST = 400;

/** What numbers a step and not a quantity: "Step 3", "Option 1". */
const LABEL = /\b(?:step|option|part|case|plan|method) $/i;

const TOTAL = /\btotal(?:s|ing|ling)? (?:of |is |to )?$/i;

/** Whether a number counts what is asked for: "5 chickens", "the number of chickens is 5" but not "is 5 x 2", "5 more", "$5". */
function counts(text: string, { start, end }: NumberMention, unit: string): boolean {
  if (unit === "$") return /^-?\\?\$/.test(text.slice(start, end));
  const behind = /^ ([a-z]+)/i.exec(text.slice(end, end + 40))?.[1]?.toLowerCase();
  const before = /^ ?[-+*/x×=]/.test(text.slice(end, end + 2))
    ? undefined
    : /([a-z]+) (?:is|are|=) $/i.exec(text.slice(Math.max(0, start - 40), start))?.[1];
  return [behind, before?.toLowerCase()].some((word) => word?.replace(/s$/, "") === unit);
}

/** The only number of some that counts what is asked for. */
export function inUnit(
  text: string,
  numbers: readonly NumberMention[],
  unit: string,
): NumberMention | undefined {
  const found = unit === "" ? [] : numbers.filter((mention) => counts(text, mention, unit));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The answer that a sentence gives beside numbers of the question: what follows its last "=", else what counts what is asked
 * for, else its only number that the question does not have, else its total.
 *
 * @param sentence its text, from `start` on in the text of the mentions
 * @returns undefined where the sentence does not say which one it is
 */
export function concluded(
  text: string,
  [start, end]: readonly [number, number],
  numbers: readonly NumberMention[],
  { given, unit }: Asked,
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
  const counted = inUnit(text, own, unit);
  if (counted !== undefined) return counted;
  const fresh = own.filter(({ value }) =>
    value !== undefined && !given.has(Rational.format(value))
  );
  return fresh.length === 1 ? fresh[0] : fresh.find((mention) => TOTAL.test(before(mention)));
}

/** A point that ends no sentence: "vs. the Model 90", "Mr. Smith", "2 p.m. on Monday". */
const ABBREVIATION =
  /(?<![\p{L}\p{N}])(?:vs|mr|mrs|ms|dr|st|no|nos|approx|e\.g|i\.e|etc|jr|sr|sq|ft|lbs?|oz|hrs?|mins?|secs?|fig|eq|dept|inc|co|[ap]\.m|[A-Z])\.$/iu;

/** Whether the mark that a match of `[.!?]` and blanks begins with ends a sentence. */
function endsSentence(text: string, at: number, next: string): boolean {
  if (text[at] !== ".") return true;
  const word = ABBREVIATION.exec(text.slice(Math.max(0, at - 8), at + 1));
  // "at 2 p.m. She ..." and "10 lb. The ..." do end one
  return word === null ||
    (/^[^A-Z]|^[A-Z]\.$/.test(word[0]) &&
      /^(?:[ap]\.m|lbs?|oz|hrs?|mins?|secs?|sq|ft|etc)\.$/i.test(word[0]) && /[A-Z\n]/.test(next));
}

/** Where the sentence around an offset starts and ends. */
export function sentenceAround(text: string, at: number): readonly [number, number] {
  const from = Math.max(0, at - LONGEST);
  const before = text.slice(from, at);
  const openings = Array.from(before.matchAll(/[.!?]["')*]{0,3}\s/g))
    .filter((mark) =>
      endsSentence(text, from + mark.index, text[from + mark.index + mark[0].length] ?? "\n")
    )
    .map((mark) => mark.index + mark[0].length);
  const opening = Math.max(before.lastIndexOf("\n") + 1, ...openings);
  const rest = text.slice(at, at + LONGEST);
  const after = Array.from(rest.matchAll(/[.!?]["')*]{0,3}(?:\s|$)|\n/g)).find((mark) =>
    mark[0] === "\n" ||
    endsSentence(text, at + mark.index, rest[mark.index + mark[0].length] ?? "\n")
  );
  const end = after === undefined ? Math.min(text.length, at + LONGEST) : at + after.index;
  return [from + opening, end];
}

/**
 * The number in words of a closing sentence without digits: "She buys 3 apples and 4 pears. So she has seven pieces.". Words that are no
 * numbers ("one of them", "the two") are many, so there must be just one, and a conclusion.
 */
export function spelledAtEnd(
  text: string,
  lastDigit: number,
  { given, unit }: Asked,
): SpelledNumber | undefined {
  const end = text.trimEnd().length;
  const [start] = sentenceAround(text, end - 1);
  if (
    start < lastDigit ||
    !/^\W{0,4}(?:so|thus|therefore|hence|in (?:total|all)|then)\b/i.test(text.slice(start, end))
  ) {
    return undefined;
  }
  const words = findWords(text.slice(start, end)).map((word) => ({
    ...word,
    start: start + word.start,
    end: start + word.end,
  }));
  const counted = words.filter((word) => {
    const noun = /^ (?:more )?([a-z]+)/i.exec(text.slice(word.end, word.end + 30))?.[1];
    return unit !== "" && noun?.toLowerCase().replace(/s$/, "") === unit;
  });
  if (counted.length === 1) return counted[0];
  const [only, ...others] = words.filter(({ value }) => !given.has(Rational.format(value)));
  // "one" may be a pronoun, and "half" a share of another number
  const isSmall = only !== undefined && only.value.numerator <= only.value.denominator;
  return others.length === 0 && !isSmall ? only : undefined;
}
