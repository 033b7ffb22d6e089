/**
 * Extraction and grading where the answer is one number: GSM8K and its kin.
 *
 * @module
 */
import { Effect } from "effect";
import {
  type Asked,
  concluded,
  inUnit,
  lastWord,
  readQuestion,
  sentenceAround,
} from "./conclusion.ts";
import type { Example } from "../dataset/mod.ts";
import { findNumbers, type NumberMention, spellFractions } from "./number_text.ts";
import * as Rational from "./rational.ts";
import { cutAtMark, TURN_ENDS } from "./stop.ts";
import type { Extraction, ExtractOptions, Verdict } from "./verdict.ts";

/** What an answer ends before: the next question of a few-shot prompt, the end of a chat turn. */
const ENDS = ["\nQuestion:", "\n\nQ:", ...TURN_ENDS] as const;

/** What may stand between "####" or "answer is" and its number: markup, currency, brackets, "about", "x =". */
const LEAD =
  /^(?:[\s*_~`:$(\[{]|\\[([$]|\\boxed\b|\\text(?:bf)?\b|\\,|\\;|\\ |USD|Rs\.?|[a-zA-Z] ?=|=|≈|a total of|about|approximately|exactly|now|therefore|thus){0,12}$/i;

/** "answer is", "answer to the question is", "answers are"; and "Answer:", "answer =", or a line that starts with "A:". */
const ANSWER_IS =
  /\banswers?\b[^.:=\n]{0,80}?\b(?:is|are|be|equals)\b:?|\banswers?\b ?(?:\([^()\n]{0,40}\))?[*_ ]{0,4}[:=]|^[*_ ]{0,4}A:/gim;

/** What stands before the first "=" of an answer written as a calculation: `3 + 4 =`, `12 packs x $3 per pack =`. */
const CALCULATION = /^[\d\s.,$%+\-*/×÷()xX\u2212]{0,200}=|^[\w .,$%+\-*/×÷()\u2212]{0,100}=/;
const OPERATION = /\d[\w $%()]{0,40} [+*/×÷x\u2212-] ?[\d$(]/;
const SENTENCE = /\b(?:because|since|as|so|and|if|when|where|which|that|is|are|for)\b|[.,] /;

/**
 * Finds the number that a worked solution ends in: the first "#### n", else the last "answer is n" or \boxed{n}, else the
 * last number; of a text without digits the last number spelled out.
 */
export function extractNumber(text: string, { example, finish }: ExtractOptions): Extraction {
  const own = cutAtMark(text, ENDS, example.question);
  const strict = /#### (-?[0-9.,]+)/.exec(own)?.[1];
  const reading = read(own, example.question);
  const { text: written, numbers } = reading;
  const found = findMarked(written, numbers) ?? findStated(reading) ?? findLast(reading) ??
    findWord(reading);
  const base = strict === undefined ? {} : { strict };
  const value = found?.mention.value;
  if (found === undefined || value === undefined) {
    return { ...base, rule: "none", cutOff: finish === "length", flags: [] };
  }
  const { mention, rule } = found;
  const open = own.length === text.length && mention.end >= written.trimEnd().length;
  return {
    ...base,
    answer: Rational.format(value),
    rule,
    cutOff: finish === "length" && (open || rule === "last number"),
    flags: mention.percent ? ["percent"] : [],
  };
}

/** Compares numbers exactly: 18.0 is 18, and 1/2 is 0.5. */
export function gradeNumber(extraction: Extraction, example: Example): Effect.Effect<Verdict> {
  return Effect.sync(() => {
    const gold = readNumber(example.gold);
    const wrong = { correct: false, strict: false, by: "number" };
    if (extraction.cutOff) return { kind: "cut off", ...wrong };
    const answer = extraction.answer === undefined ? undefined : readNumber(extraction.answer);
    if (answer === undefined || gold === undefined) return { kind: "unparsed", ...wrong };
    if (!Rational.equals(answer, gold)) return { kind: "wrong", ...wrong };
    const strict = plainText(extraction.strict ?? "") === plainText(example.gold);
    return { kind: "correct", correct: true, strict, by: "number" };
  });
}

/** The number that a text states as its answer, or its last one. */
export function statedNumber(text: string, question: string): Rational.Rational | undefined {
  const reading = read(text, question);
  return (findStated(reading) ?? findLast(reading))?.mention.value;
}

/** A text with its numbers, and what its question says of them. */
interface Reading {
  readonly text: string;
  readonly numbers: readonly NumberMention[];
  readonly asked: Asked;
}

function read(own: string, question: string): Reading {
  const text = spellFractions(own);
  return { text, numbers: findNumbers(text), asked: readQuestion(question) };
}

/** Reads a text that is one number and nothing else but currency or percent: "1,234", "-$5", "1/2". */
export function readNumber(text: string): Rational.Rational | undefined {
  const trimmed = spellFractions(text).trim();
  const [mention, ...more] = findNumbers(trimmed);
  const whole = mention?.start === 0 && mention.end === trimmed.length && more.length === 0;
  return whole ? mention.value : undefined;
}

interface Found {
  readonly mention: NumberMention;
  readonly rule: string;
}

function findMarked(text: string, numbers: readonly NumberMention[]): Found | undefined {
  for (const marker of text.matchAll(/####/g)) {
    const mention = numberAfter(text, numbers, marker.index + 4);
    // "#### 2. Add the costs" is a Markdown heading.
    const heading = mention !== undefined &&
      /^[.):] +\p{L}/u.test(text.slice(mention.end, mention.end + 9));
    if (mention !== undefined && !heading) return { mention, rule: "####" };
  }
  return undefined;
}

function findStated(reading: Reading): Found | undefined {
  const { text, numbers } = reading;
  const anchors = [...endsOf(text, ANSWER_IS, "answer is"), ...endsOf(text, /\\boxed\b/g, "boxed")]
    .sort((left, right) => right.at - left.at);
  for (const [index, { at, rule }] of anchors.entries()) {
    const direct = numberAfter(text, numbers, at);
    const spoken = index === 0 && rule === "answer is" &&
      (direct === undefined || text[at - 1] === ":");
    const mention = spoken ? said(reading, at, direct) : direct;
    if (mention !== undefined) return { mention, rule };
  }
  return undefined;
}

/**
 * The number of the one last sentence after "Answer:", where it is not the number alone: "8 pens will cost $12.00." in answer to what 8
 * pens cost, "The cost of 6 pens is 9 dollars.".
 */
function said(
  { text, numbers, asked }: Reading,
  at: number,
  direct: NumberMention | undefined,
): NumberMention | undefined {
  const isGiven = direct?.value === undefined || asked.given.has(Rational.format(direct.value));
  const start = at + /^\s*/.exec(text.slice(at, at + 20))![0].length;
  const sentence = text.slice(start, start + 300).trimEnd();
  const goesOn = /[.!?]\s|\n/.test(sentence) || text.slice(start + 300).trim() !== "";
  if (!isGiven || goesOn) return direct;
  return concluded(text, [start, text.length], numbers, asked) ?? direct ??
    numberSaid(sentence, start, numbers);
}

function endsOf(text: string, pattern: RegExp, rule: string) {
  return Array.from(text.matchAll(pattern), (match) => ({
    at: match.index + match[0].length,
    rule,
  }));
}

const COPULA = /\b(?:is|are|was|were|be|equals)\b/i;
const VERB =
  /\b(?:will|would|can|could|has|have|had|needs?|makes?|made|takes?|took|costs|earns?|earned|spends?|spent|pays?|paid|saves?|saved|gets?|got|sees?|saw|sells?|sold|buys?|bought|uses?|used|eats?|ate|gives?|gave|receives?|received)\b/i;

/** The first number after a sentence's verb: "Mia needs 8 weeks to save 200 dollars.". */
function numberSaid(
  sentence: string,
  start: number,
  numbers: readonly NumberMention[],
): NumberMention | undefined {
  const at = [sentence.search(COPULA), sentence.search(VERB)].find((found) => found >= 0);
  return at === undefined ? undefined : numbers[firstFrom(numbers, start + at)];
}

/** The last number, unless its sentence has one that counts what is asked for; where it is one of the question's, what is concluded. */
function findLast({ text, numbers, asked }: Reading): Found | undefined {
  const last = numbers.at(-1);
  if (last === undefined) return undefined;
  const isGiven = last.value !== undefined && asked.given.has(Rational.format(last.value));
  const [start, end] = sentenceAround(text, last.start);
  const own = numbers.filter((mention) => mention.start >= start && mention.end <= end);
  const mention = inUnit(text, own, asked.unit) ??
    (isGiven ? concluded(text, [start, end], numbers, asked) : undefined);
  return mention === undefined || mention === last
    ? { mention: last, rule: "last number" }
    : { mention, rule: "last sentence" };
}

function findWord({ text, asked }: Reading): Found | undefined {
  const value = lastWord(text, asked.given);
  const end = text.trimEnd().length;
  return value === undefined
    ? undefined
    : { mention: { start: end, end, value, percent: false }, rule: "number word" };
}

/** The number that directly follows an offset; of a calculation, its result. */
function numberAfter(
  text: string,
  numbers: readonly NumberMention[],
  from: number,
): NumberMention | undefined {
  const index = firstFrom(numbers, from);
  const mention = numbers[index];
  if (mention === undefined || mention.start - from > 60) return undefined;
  if (!LEAD.test(text.slice(from, mention.start))) return undefined;
  // "F = 2T" is a formula.
  if (/^[A-Zxyn](?![a-zA-Z])/.test(text.slice(mention.end, mention.end + 2))) return undefined;
  const calculation = CALCULATION.exec(text.slice(mention.start, mention.start + 200))?.[0];
  const isSpoken = calculation !== undefined && /[a-wyz]/i.test(calculation);
  const isCalculation = calculation !== undefined &&
    (!isSpoken || (OPERATION.test(calculation) && !SENTENCE.test(calculation)));
  if (!isCalculation) return mention;
  return numberAfter(text, numbers, mention.start + calculation.length) ?? mention;
}

/** Index of the first mention that starts at or after an offset. */
function firstFrom(numbers: readonly NumberMention[], from: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What lm-evaluation-harness compares as text: without ",", "$" and a final ".". */
function plainText(text: string): string {
  return text.replace(/[,$]/g, "").replace(/\.$/, "");
}
