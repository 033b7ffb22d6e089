/**
 * Extraction and grading of multiple choice: which letter a worked solution settles on.
 *
 * @module
 */
import { Effect } from "effect";
import { sentenceAround } from "./conclusion.ts";
import type { Example } from "../dataset/mod.ts";
import { unifyNumbers } from "./notation.ts";
import { findNumbers } from "./number_text.ts";
import { readNumber, statedNumber } from "./numeric.ts";
import * as Rational from "./rational.ts";
import { ownAnswer } from "./own_answer.ts";
import type { Extraction, ExtractOptions, Verdict } from "./verdict.ts";

/** The letters of up to five options, as in AQuA. */
export const LETTERS = "ABCDE";

/** Words that announce a choice. */
const ANNOUNCED = /\b(?:answers?|ans|correct (?:option|choice)|closest to)\b|\\boxed\b/gi;

/** "... to this question is": the verb may stand some words after the announcement. */
const VERB = /^[^.:=\n]{1,60}?(?:\b(?:is|are|be)\b|[:=])/i;

/** What may stand right before the letter: fillers, brackets, Markdown, LaTeX. */
const LEAD =
  /(?:[\s:=,.\-–*_~([{$]|\\[([]|\\boxed\b|\\text(?:bf)?\b|\\math(?:rm|bf)\b|\b(?:is|are|be|will|would|should|must|therefore|thus|hence|clearly|likely|to|the|correct|option|choice|letter|answer|final)\b){0,14}/iy;

/** A letter that is no word or variable: upper case, or lower case in a bracket or at the end of its line. */
const LETTER =
  /[A-E](?![\p{L}\p{N}'’]|\s?(?:[=+/^×÷]|\*(?=\s?[\p{L}\p{N}(]))| (?:or|and) \(?[A-E]\b|\)? (?:can|cannot|could|does|is (?:not|wrong|incorrect|too)|isn)\b)|[a-e](?=[)\]}]|[.*_$]{0,4}\s{0,4}(?:\n|$))/uy;

/** "B is correct", "(B) is the right answer", "option B is the best choice". */
const CONFIRMED =
  /(?<![\p{L}\p{N}])([A-E])[)\].*]{0,3} (?:is|must be) (?:the )?(?:correct|right|best|answer)/gu;

/** "which is (c) 12": a letter in brackets behind the verb, without an announcement. */
const STATED =
  /\b(?:is|are) (?:closest to |therefore |then |option |choice )?\(([A-E])\)(?! (?:or|and)\b)/gi;

/** A letter that stands alone on the last line: "D", "**(D)**", "=> Option D.". */
const LAST_LINE =
  /(?:^|\n|[.!?] )[^\p{L}\p{N}\n]{0,8}(?:(?:thus|so|hence|therefore),? )?(?:(?:option|choice)\b[\s:\-(*]{0,4})?([A-E])[).\]*_$ ]{0,6}$/iu;

/**
 * Finds the letter that a solution chooses: the last one announced ("answer is (B)", "Answer: B", \boxed{B}), else one alone on
 * the last line, else the last "(B)", else the one option whose text the solution ends in.
 */
export function extractChoice(text: string, { example, finish }: ExtractOptions): Extraction {
  const read = ownAnswer(text, example.question);
  if (read === undefined) return { rule: "none", cutOff: finish === "length", flags: [] };
  const own = read.text;
  const count = example.options?.length ?? LETTERS.length;
  const found = findAnnounced(own) ?? findOnLastLine(own) ?? findBracketed(own) ??
    findOptionText(own, example);
  if (found === undefined || LETTERS.indexOf(found.letter) >= count) {
    return { rule: "none", cutOff: finish === "length", flags: [] };
  }
  const announced = found.rule === "answer is";
  return {
    answer: found.letter,
    ...(announced ? { strict: found.letter } : {}),
    rule: found.rule,
    cutOff: finish === "length" && !announced,
    flags: [],
  };
}

/** Compares letters. */
export function gradeChoice(extraction: Extraction, example: Example): Effect.Effect<Verdict> {
  return Effect.sync(() => {
    const wrong = { correct: false, strict: false, by: "letter" };
    if (extraction.cutOff) return { kind: "cut off", ...wrong };
    if (extraction.answer === undefined) return { kind: "unparsed", ...wrong };
    if (extraction.answer !== example.gold) return { kind: "wrong", ...wrong };
    return {
      kind: "correct",
      correct: true,
      strict: extraction.strict !== undefined,
      by: "letter",
    };
  });
}

interface Found {
  readonly letter: string;
  readonly rule: string;
}

function findAnnounced(text: string): Found | undefined {
  const found: { at: number; letter: string }[] = [];
  for (const { 0: word, index } of text.matchAll(ANNOUNCED)) {
    const end = index + word.length;
    const verb = VERB.exec(text.slice(end, end + 80));
    const restated = verb === null || /choices|options/i.test(verb[0]);
    const starts = restated ? [end] : [end, end + verb[0].length];
    for (const start of starts) {
      const letter = letterAt(text, start);
      if (letter !== undefined) found.push(letter);
    }
  }
  for (const { 1: letter = "", index } of text.matchAll(CONFIRMED)) {
    found.push({ at: index, letter });
  }
  // an announcement may be taken back: "closest to (b) 230. However, it must be more, which is (c) 240."
  for (const { 0: words, 1: letter = "", index } of found.length > 0 ? text.matchAll(STATED) : []) {
    found.push({ at: index + words.length - 2, letter: letter.toUpperCase() });
  }
  const last = found.reduce<{ at: number; letter: string } | undefined>(
    (latest, each) => latest === undefined || each.at >= latest.at ? each : latest,
    undefined,
  );
  return last === undefined ? undefined : { letter: last.letter, rule: "answer is" };
}

function letterAt(text: string, start: number): { at: number; letter: string } | undefined {
  LEAD.lastIndex = start;
  const at = start + (LEAD.exec(text)?.[0].length ?? 0);
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return undefined;
  LETTER.lastIndex = at;
  const letter = LETTER.exec(text)?.[0].toUpperCase();
  return letter === undefined ? undefined : { at, letter };
}

function findOnLastLine(text: string): Found | undefined {
  const line = text.trimEnd().slice(-80);
  const letter = LAST_LINE.exec(line)?.[1];
  return letter === undefined ? undefined : { letter: letter.toUpperCase(), rule: "last line" };
}

function findBracketed(text: string): Found | undefined {
  const letter = Array.from(text.matchAll(/(?<![\p{L}\p{N})])\(([A-E])\)/gu)).at(-1)?.[1];
  return letter === undefined ? undefined : { letter, rule: "(X)" };
}

/** What says that no option fits, or that the writer does not know. */
const DENIED =
  /\b(?:cannot|can't|could not|unable|impossible|don't know|none of|no (?:answer|option|choice)|not (?:\w{1,12} )?(?:given|listed|available|possible|among|in|one|enough|sure|clear|match))\b/i;

/** A question, or the midst of a formula. */
const UNFINISHED = /[=+\-−×÷*/?(]$/;

/** Whether a text ends in the number of a list's next point: "3. Then ...\n4.". */
function endsInList(text: string): boolean {
  const point = /\n\s{0,8}(\d{1,3})[.)]$/.exec(text.slice(-16))?.[1];
  return point !== undefined && `\n${text}`.includes(`\n${Number(point) - 1}.`);
}

/** The one option whose text stands in the last sentence, or whose number that sentence states. */
function findOptionText(text: string, { options = [], question }: Example): Found | undefined {
  const own = text.trimEnd();
  const sentence = own.slice(sentenceAround(own, own.length - 1)[0]);
  if (UNFINISHED.test(own) || endsInList(own)) return undefined;
  const line = plain(sentence);
  const denied = DENIED.test(sentence);
  const byText = options.flatMap((option, index) =>
    holds(line, plain(option)) && (!denied || DENIED.test(option)) ? [index] : []
  );
  const last = denied ? undefined : statedNumber(sentence, question);
  const byNumber = last === undefined ? [] : options.flatMap((option, index) => {
    const value = readNumber(option) ?? findNumbers(unifyNumbers(option))[0]?.value;
    return value !== undefined && Rational.equals(value, last) ? [index] : [];
  });
  const [only, ...others] = byText.length === 1 ? byText : byNumber;
  if (only === undefined || others.length > 0) return undefined;
  return { letter: LETTERS[only]!, rule: "option text" };
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[\s$,*_\\{}]+/g, " ").trim();
}

/** Whether a line has an option's text as a whole, not as part of a longer number, fraction or word. */
function holds(line: string, option: string): boolean {
  if (option === "") return false;
  for (let at = line.indexOf(option); at >= 0; at = line.indexOf(option, at + 1)) {
    const [before, after] = [line.slice(0, at), line.slice(at + option.length)];
    if (
      !/[\p{L}\p{N}.]$|\d ?\/ ?$/u.test(before) && !/^(?:[\p{L}\p{N}]|\.\d| ?\/ ?\d)/u.test(after)
    ) {
      return true;
    }
  }
  return false;
}
