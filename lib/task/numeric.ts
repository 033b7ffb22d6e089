/**
 * Extraction and grading where the answer is one number: GSM8K and its kin.
 *
 * @module
 */
import { Effect } from "effect";
import type { Example } from "./example.ts";
import { findNumbers, type NumberMention, spellFractions } from "./number_text.ts";
import * as Rational from "./rational.ts";
import { cutAtStop, TURN_ENDS } from "./stop.ts";
import type { Extraction, ExtractOptions, Verdict } from "./task.ts";

/** Stop strings: lm-evaluation-harness' "Question:", the next question of a few-shot prompt, the ends of a chat turn. */
export const NUMERIC_STOP = ["Question:", "\nQ:", ...TURN_ENDS] as const;

/** What may stand between "####" or "answer is" and its number: markup, currency, brackets, "about", "x =". */
const LEAD =
  /^(?:[\s*_~`:$(\[{]|\\[([$]|\\boxed\b|\\text(?:bf)?\b|\\,|\\;|\\ |USD|Rs\.?|[a-zA-Z] ?=|=|≈|a total of|about|approximately|exactly|now|therefore|thus){0,12}$/i;

/** "answer is", "answer to the question is", "answers are"; and "Answer:", "answer =", or a line that starts with "A:". */
const ANSWER_IS =
  /\banswers?\b[^.:=\n]{0,80}?\b(?:is|are|be|equals)\b:?|\banswers?\b ?(?:\([^()\n]{0,40}\))?[*_ ]{0,4}[:=]|^[*_ ]{0,4}A:/gim;

/** `3 + 4 =`: what stands before the last "=" of an answer written as a calculation. */
const CALCULATION = /^[\d\s.,$%+\-*/×÷()xX\u2212]{0,200}=/;

/**
 * Finds the number that a worked solution ends in: the first "#### n", else the last "answer is n" or \boxed{n}, else the
 * last number.
 */
export function extractNumber(text: string, { finish }: ExtractOptions): Extraction {
  const own = cutAtStop(text, NUMERIC_STOP);
  const strict = /#### (-?[0-9.,]+)/.exec(own)?.[1];
  const written = spellFractions(own);
  const numbers = findNumbers(written);
  const found = findMarked(written, numbers) ?? findStated(written, numbers) ?? findLast(numbers);
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
export function statedNumber(text: string): Rational.Rational | undefined {
  const written = spellFractions(text);
  const numbers = findNumbers(written);
  return (findStated(written, numbers) ?? findLast(numbers))?.mention.value;
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

function findStated(text: string, numbers: readonly NumberMention[]): Found | undefined {
  const anchors = [...endsOf(text, ANSWER_IS, "answer is"), ...endsOf(text, /\\boxed\b/g, "boxed")]
    .sort((left, right) => right.at - left.at);
  for (const [index, { at, rule }] of anchors.entries()) {
    const mention = numberAfter(text, numbers, at) ??
      (index === 0 && rule === "answer is" ? numberSaid(text, numbers, at) : undefined);
    if (mention !== undefined) return { mention, rule };
  }
  return undefined;
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

/**
 * The number that one last sentence after "Answer:" states: the first one after its verb ("The cost of 6 pens is 9 dollars.", "Mia
 * needs 8 weeks to save 200 dollars.") or what follows its last "=".
 */
function numberSaid(
  text: string,
  numbers: readonly NumberMention[],
  from: number,
): NumberMention | undefined {
  const start = from + /^\s*/.exec(text.slice(from, from + 20))![0].length;
  const sentence = text.slice(start, start + 300).trimEnd();
  if (/[.!?]\s|\n/.test(sentence) || text.slice(start + 300).trim() !== "") return undefined;
  const equals = sentence.lastIndexOf("=");
  const at = [equals, sentence.search(COPULA), sentence.search(VERB)].find((found) => found >= 0);
  return at === undefined ? undefined : numbers[firstFrom(numbers, start + at)];
}

function findLast(numbers: readonly NumberMention[]): Found | undefined {
  const mention = numbers.at(-1);
  return mention === undefined ? undefined : { mention, rule: "last number" };
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
  const calculation = CALCULATION.exec(text.slice(mention.start, mention.start + 200));
  if (calculation === null) return mention;
  return numberAfter(text, numbers, mention.start + calculation[0].length) ?? mention;
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
