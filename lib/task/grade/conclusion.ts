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

/** What a question says of its answer. */
export interface Asked {
  /** The values that it gives, in digits or words, as {@linkcode Rational.format} spells them. */
  readonly given: ReadonlySet<string>;
  /** What it asks how many there are of, without its "s"; "$" where it asks how much; "" where it says neither. */
  readonly unit: string;
}

/** "How many of the animals are chickens", "how many more apples", "how many apples". */
const HOW_MANY =
  /how many (?:of (?:the|these|his|her|their) [a-z]+ are ([a-z]+)|(more|fewer|less)\b|([a-z]+))/g;

/** Reads what a question gives and asks for. */
export function readQuestion(question: string): Asked {
  const text = question.toLowerCase();
  const [, of, more, many = ""] = Array.from(text.matchAll(HOW_MANY)).at(-1) ?? [];
  const unit = (of ?? more ?? many).replace(/s$/, "");
  return {
    given: numbersOf(question),
    unit: unit === "" && text.includes("how much") ? "$" : unit,
  };
}

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

function numbersOf(question: string): ReadonlySet<string> {
  const digits = findNumbers(spellFractions(question)).map(({ value }) => value);
  return new Set(
    [...digits, ...wordsOf(question)].flatMap((value) => value ? [Rational.format(value)] : []),
  );
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
