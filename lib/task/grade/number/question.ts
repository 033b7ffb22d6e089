/**
 * What a question says of its answer, and whether a text says that there is none.
 *
 * @module
 */
import { unifyNumbers } from "./notation.ts";
import { findNumbers, type NumberStyle } from "./mentions.ts";
import { findWords } from "./words.ts";
import * as Rational from "./rational.ts";

/** What a question says of its answer. */
export interface Asked {
  /** The values that it gives, in digits or words, as {@linkcode Rational.format} spells them. */
  readonly given: ReadonlySet<string>;
  /** What it asks how many there are of, without its "s"; "$" where it asks how much; "" where it says neither. */
  readonly unit: string;
  /** How it writes numbers. */
  readonly style: NumberStyle;
}

/** "How many of the animals are chickens", "how many more apples", "how many apples". */
const HOW_MANY =
  /how many (?:of (?:the|these|his|her|their) [a-z]+ are ([a-z]+)|(more|fewer|less)\b|([a-z]+))/g;

/** "How many million dollars", "in thousands": the answer leaves that power of ten out. */
const SCALE_ASKED =
  /(?:how many|number of|in|answer in) (hundred|dozen|thousand|million|billion|trillion)s?\b(?! (?:and|\d))/;

let last: { readonly question: string; readonly asked: Asked } | undefined;

/** Reads what a question gives and asks for; several answers to one question come after each other. */
export function readQuestion(question: string): Asked {
  if (last?.question !== question) last = { question, asked: readAnew(question) };
  return last.asked;
}

function readAnew(question: string): Asked {
  const text = question.toLowerCase();
  const [, of, more, many = ""] = Array.from(text.matchAll(HOW_MANY)).at(-1) ?? [];
  const unit = (of ?? more ?? many).replace(/s$/, "");
  const scale = SCALE_ASKED.exec(text)?.[1];
  const style = {
    ...(writesPointGroups(question) ? { pointGroups: true } : {}),
    ...(scale === undefined ? {} : { unit: scale }),
  };
  return {
    given: numbersOf(question, style),
    unit: unit === "" && text.includes("how much") ? "$" : unit,
    style,
  };
}

const ENGLISH = /\b(?:the|how|what|is|are|many|much)\b/i;

/** Whether a question writes "20.000" for twenty thousand or "3,5" for three and a half: then its answers do too. */
function writesPointGroups(question: string): boolean {
  if (!/\d[.,]\d/.test(question)) return false;
  if (/\d,\d{3}(?!\d)|(?<![\d.])\d+\.\d{1,2}(?![\d.])/.test(question)) return false;
  const groups = question.match(/(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?!\d)/g) ?? [];
  return ENGLISH.test(question)
    ? groups.some((group) => group.endsWith("00") || group.split(".").length > 2)
    : groups.length > 0 || /(?<![\d,])\d+,\d{1,2}(?![\d,])/.test(question);
}

function numbersOf(question: string, style: NumberStyle): ReadonlySet<string> {
  const digits = findNumbers(unifyNumbers(question), style).map(({ value }) => value);
  const words = findWords(question).map(({ value }) => value);
  return new Set(
    [...digits, ...words].flatMap((value) => value ? [Rational.format(value)] : []),
  );
}

/** "It cannot be determined", "there is not enough information", "I do not know". */
const REFUSAL =
  /\b(?:(?:can(?:not|['’]t| not)|could(?: not|n['’]t)|(?:un|not )able to|impossible to|not possible to|no way to) (?:really |possibly |actually |be )?(?:(?<=be )(?:given|stated|established)|determined?|known?|answer(?:ed)?|calculated?|comput(?:e|ed)|found|find|solved?|tell|say|inferr?(?:ed)?|conclude)\b|(?:will not|won['’]t) answer\b|(?:not enough|insufficient|too little|no) (?:information|data|details)|(?:do not|don['’]t|does not|doesn['’]t) (?:know|have enough|provide enough|give enough)|information is (?:not (?:given|enough|sufficient)|missing)|answer (?:cannot be|can['’]t be|is not|isn['’]t) (?=\W{0,3}\d)|answer is not possible|(?:is|are|remains?) unknown)/gi;

/** "answer cannot be 12": the number is what the answer is not. */
const DENIED = /^answer (?:\w+ ?(?:not|n['’]t)?|is not)(?: be)? \W{0,3}\d/i;

/** Between a refusal and a number: the number is what the text says nevertheless, "it can't be found exactly, but it is about 20". */
const NEVERTHELESS =
  /\b(?:but|so|however|yet|thus|therefore|then|if|assum\w+|approximately|about(?= \W?\d)|roughly|at (?:least|most))\b|[.!?=\n]/i;

/** Whether a text says that the question has no answer: after its last number, or before it in the same breath. */
export function isRefused(text: string, { start, end }: { start: number; end: number }): boolean {
  const from = Math.max(0, text.lastIndexOf("\n", end) + 1, end - 200);
  const refusal = Array.from(text.slice(from).matchAll(REFUSAL)).at(-1);
  if (refusal === undefined) return false;
  const at = from + refusal.index;
  if (at >= start || DENIED.test(text.slice(at, at + 24))) return true;
  return !NEVERTHELESS.test(text.slice(at + refusal[0].length, start));
}
