/**
 * Extraction and grading where the answer is one number: GSM8K and its kin.
 *
 * @module
 */
import { Effect } from "effect";
import type { Example } from "../../dataset/mod.ts";
import { type Asked, isRefused, readQuestion } from "./question.ts";
import { concluded, inUnit, sentenceAround, spelledAtEnd } from "./conclusion.ts";
import { unifyNumbers } from "./notation.ts";
import { findNumbers, type NumberMention } from "./mentions.ts";
import { findWords } from "./words.ts";
import { ownAnswer } from "../own_answer.ts";
import * as Rational from "./rational.ts";
import { findStatements } from "../statement.ts";
import type { Extraction, ExtractOptions, Verdict } from "../verdict.ts";

/** What may stand between "####" or "answer is" and its number: markup, currency, quotes, brackets, "about", "x =". */
const LEAD =
  /^(?:[\s*_~`:$(\[{"'“”>]|\\[([$]|\\boxed\b|\\text(?:bf)?\b|\\,|\\;|\\ |USD|Rs\.?|[a-zA-Z] ?=|=|≈|a total of|equal to|about|approximately|exactly|roughly|around|actually|simply|just|indeed|clearly|now|therefore|thus){0,12}$/i;

/** What stands before the first "=" of an answer written as a calculation: `3 + 4 =`, `12 packs x $3 per pack =`. */
const CALCULATION = /^[\d\s.,$%+\-*/×÷()^{}xX\u2212]{0,200}=|^[\w .,$%+\-*/×÷()^{}\u2212]{0,100}=/;
const OPERATION = /\d[\w $%()]{0,40} [+*/×÷x\u2212-] ?[\d$(]/;
const SENTENCE = /\b(?:because|since|as|so|and|if|when|where|which|that|is|are|for)\b|[.,] /;

/**
 * Finds the number that a worked solution ends in: the answer field of a JSON object, else the first "#### n", else the last "answer is n"
 * or \boxed{n}, else the last number; of a text without digits the last number spelled out.
 */
export function extractNumber(text: string, { example, finish }: ExtractOptions): Extraction {
  const own = ownAnswer(text, example.question);
  const none = { rule: "none", cutOff: finish === "length", flags: [] };
  if (own === undefined) return none;
  const strict = /#### (-?[0-9.,]+)/.exec(own.text)?.[1];
  const base = strict === undefined ? {} : { strict };
  const field = own.field === undefined ? undefined : statedNumber(own.field, example.question);
  if (field !== undefined) {
    return {
      ...base,
      ...none,
      answer: Rational.format(field),
      rule: "answer field",
      cutOff: false,
    };
  }
  const reading = read(own.text, example.question);
  const { text: written, numbers } = reading;
  const found = findMarked(written, numbers) ?? findStated(reading) ?? findLast(reading) ??
    findWord(reading);
  const value = found?.mention.value;
  if (found === undefined || value === undefined) return { ...base, ...none };
  const { mention, rule } = found;
  const open = own.isWhole && mention.end >= written.trimEnd().length;
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
export function lastNumber(text: string, question: string): Rational.Rational | undefined {
  const reading = read(text, question);
  return (findStated(reading) ?? findLast(reading))?.mention.value;
}

/** The same, or the last number in words of a text without digits. */
export function statedNumber(text: string, question: string): Rational.Rational | undefined {
  return lastNumber(text, question) ?? findWord(read(text, question))?.mention.value;
}

/** A text with its numbers, and what its question says of them. */
interface Reading {
  readonly text: string;
  readonly numbers: readonly NumberMention[];
  readonly asked: Asked;
}

function read(own: string, question: string): Reading {
  const asked = readQuestion(question);
  const text = unifyNumbers(own);
  return { text, numbers: findNumbers(text, asked.style), asked };
}

/** Reads a text that is one number and nothing else but currency or percent: "1,234", "-$5", "1/2", "2.5e+21". */
export function readNumber(text: string): Rational.Rational | undefined {
  const trimmed = unifyNumbers(text).trim();
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
  const boxes = Array.from(text.matchAll(/\\boxed\b/g), ({ index }) => ({
    at: index + 6,
    rule: "boxed",
    denies: false,
  }));
  const statements = findStatements(text).map((each) => ({ ...each, rule: "answer is" }));
  const anchors = [...statements, ...boxes].sort((left, right) => right.at - left.at);
  for (const [index, { at, rule, denies }] of anchors.entries()) {
    if (denies) continue;
    const direct = numberAfter(text, numbers, at);
    const spoken = index === 0 && rule === "answer is" &&
      (direct === undefined || text[at - 1] === ":");
    const mention = spoken ? said(reading, at, direct) : direct;
    if (mention !== undefined && !isListPoint(text, mention, at)) {
      return { mention: asPercent(reading, anchors, mention) ?? mention, rule };
    }
  }
  return undefined;
}

/** Of "The answer is 25%. The answer as a fraction is 1/4." the percentage, which was said first. */
function asPercent(
  { text, numbers }: Reading,
  anchors: readonly { readonly at: number; readonly denies: boolean }[],
  { value, start }: NumberMention,
): NumberMention | undefined {
  if (value === undefined || value.denominator === 1n) return undefined;
  const hundredfold = Rational.multiply(value, Rational.make(100n)!);
  const said = anchors.filter(({ at, denies }) => at < start && !denies)
    .map(({ at }) => numberAfter(text, numbers, at));
  return said.find((each) =>
    each?.percent && each.value && Rational.equals(each.value, hundredfold)
  );
}

/** "1." of a list that begins below "how I arrived at the answer:". */
function isListPoint(text: string, { start, end, value }: NumberMention, at: number): boolean {
  if (!text.slice(at, start).includes("\n") || value?.denominator !== 1n) return false;
  const isPoint = /^\*{0,2}[.)] {0,3}\*{0,2}\S/.test(text.slice(end, end + 10));
  return isPoint && (value.numerator === 1n || text.includes(`\n${value.numerator + 1n}.`, end));
}

/**
 * The number of the one last sentence after "Answer:", where it is not the number alone: "8 pens will cost $12.00." in answer to what 8
 * pens cost, "The cost of 6 pens is 9 dollars."; and of a first sentence that the following explain: "Both cost $90. The red one ...".
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
  if (!isGiven) return direct;
  if (goesOn) return direct ?? explained({ text, numbers, asked }, start);
  return concluded(text, [start, text.length], numbers, asked) ?? direct ??
    numberSaid(sentence, start, numbers);
}

/** The one number of a first sentence, where the last one speaks of several and concludes nothing. */
function explained(
  { text, numbers, asked }: Reading,
  start: number,
): NumberMention | undefined {
  const [, end] = sentenceAround(text, start);
  const own = numbers.filter((mention) => mention.start >= start && mention.end <= end);
  const last = sentenceAround(text, text.trimEnd().length - 1);
  const others = numbers.filter((mention) => mention.start >= last[0] && mention.end <= last[1]);
  const isFirst = own.length === 1 && own[0]!.value !== undefined &&
    !asked.given.has(Rational.format(own[0]!.value)) && last[0] > end && others.length > 1;
  return isFirst && concluded(text, last, numbers, asked) === undefined ? own[0] : undefined;
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
  if (last === undefined || isRefused(text, last)) return undefined;
  const spelled = spelledAtEnd(text, last.end, asked);
  if (spelled !== undefined) {
    return { mention: { ...spelled, percent: false }, rule: "number word" };
  }
  const isGiven = last.value !== undefined && asked.given.has(Rational.format(last.value));
  const [start, end] = sentenceAround(text, last.start);
  const own = numbers.filter((mention) => mention.start >= start && mention.end <= end);
  const mention = inUnit(text, own, asked.unit) ??
    (isGiven ? concluded(text, [start, end], numbers, asked) : undefined);
  return mention === undefined || mention === last
    ? { mention: last, rule: "last number" }
    : { mention, rule: "last sentence" };
}

/** Of a text without digits, the last number in words that the question does not have, else the last one. */
function findWord({ text, numbers, asked }: Reading): Found | undefined {
  if (numbers.length > 0 || isRefused(text, { start: 0, end: 0 })) return undefined;
  // "half of them" is no answer, but "one and a half" is
  const words = findWords(text).filter(({ value }) =>
    value.numerator === 0n || value.numerator >= value.denominator
  );
  const word = words.findLast(({ value }) => !asked.given.has(Rational.format(value))) ??
    words.at(-1);
  const end = text.trimEnd().length;
  return word === undefined
    ? undefined
    : { mention: { ...word, start: end, end, percent: false }, rule: "number word" };
}

/** The number that directly follows an offset, in digits or words; of a calculation, its result. */
function numberAfter(
  text: string,
  numbers: readonly NumberMention[],
  from: number,
): NumberMention | undefined {
  const mention = numbers[firstFrom(numbers, from)];
  const isNear = mention !== undefined && mention.start - from <= 60 &&
    LEAD.test(text.slice(from, mention.start));
  if (!isNear) return wordAfter(text, from);
  // "F = 2T" is a formula.
  if (/^[A-Zxyn](?![a-zA-Z])/.test(text.slice(mention.end, mention.end + 2))) return undefined;
  const calculation = CALCULATION.exec(text.slice(mention.start, mention.start + 200))?.[0];
  const isSpoken = calculation !== undefined && /[a-wyz]/i.test(calculation);
  const isCalculation = calculation !== undefined &&
    (!isSpoken || (OPERATION.test(calculation) && !SENTENCE.test(calculation)));
  if (!isCalculation) return mention;
  return numberAfter(text, numbers, mention.start + calculation.length) ?? mention;
}

/** After a number in words: it is none of them, or a part of a comparison. */
const NO_NUMBER = /^ (?:of|that|who|which|where|more|less|fewer|way|thing|another|other|or)\b/i;

function wordAfter(text: string, from: number): NumberMention | undefined {
  const [word] = findWords(text.slice(from, from + 120));
  if (word === undefined || !LEAD.test(text.slice(from, from + word.start))) return undefined;
  const end = from + word.end;
  if (NO_NUMBER.test(text.slice(end, end + 9))) return undefined;
  return {
    start: from + word.start,
    end,
    value: word.value,
    percent: /^ per ?cent/i.test(text.slice(end, end + 9)),
  };
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
