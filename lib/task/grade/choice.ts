/**
 * Extraction and grading of multiple choice: which letter a worked solution settles on.
 *
 * @module
 */
import { Effect } from "effect";
import type { Example } from "../dataset/mod.ts";
import {
  announcedLetters,
  bracketedLetter,
  firstLetter,
  type FoundLetter,
  letterAt,
  letterOfLastLine,
  letterOnLastLine,
  LETTERS,
  readLetter,
} from "./letter.ts";
import { optionConcluded, optionStated } from "./option_text.ts";
import { ownAnswer } from "./own_answer.ts";
import { findStatements } from "./statement.ts";
import type { Extraction, ExtractOptions, Verdict } from "./verdict.ts";

/** Letters that a text may name where its example lists no options. */
const USUAL = 5;

/**
 * Finds the letter that a solution chooses: that of a JSON object's answer field, else the last one announced ("answer is (B)",
 * "Answer: 10", \boxed{B}), else one alone on the last line or at the start, else the last "(B)", else the one option whose text the
 * solution ends in.
 */
export function extractChoice(text: string, { example, finish }: ExtractOptions): Extraction {
  const own = ownAnswer(text, example.question);
  const count = Math.min(example.options?.length ?? USUAL, LETTERS.length);
  const found = own && (findField(own.field, example, count) ?? findIn(own.text, example, count));
  if (found === undefined) return { rule: "none", cutOff: finish === "length", flags: [] };
  const announced = found.rule === "answer is" || found.rule === "answer field";
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
    if (extraction.answer !== (readLetter(example.gold) ?? example.gold)) {
      return { kind: "wrong", ...wrong };
    }
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

const as = (rule: string, letter: string | undefined): Found | undefined =>
  letter === undefined ? undefined : { letter, rule };

/** In the order in which they count. */
function findIn(text: string, example: Example, count: number): Found | undefined {
  return findAnnounced(text, example, count) ??
    as("last line", letterOnLastLine(text, count)) ??
    as("last line", letterOfLastLine(text, example.options ?? [])) ??
    as("first line", firstLetter(text, count)) ??
    as("(X)", bracketedLetter(text, count)) ??
    as("option text", letterOf(optionConcluded(text, example), count));
}

function findField(field: string | undefined, example: Example, count: number): Found | undefined {
  if (field === undefined) return undefined;
  const letter = readLetter(field);
  const isOption = letter !== undefined && LETTERS.indexOf(letter) < count;
  return as(
    "answer field",
    isOption ? letter : findIn(`The answer is ${field}`, example, count)?.letter,
  );
}

function letterOf(index: number | undefined, count: number): string | undefined {
  return index === undefined || index >= count ? undefined : LETTERS[index];
}

/** The last announcement that names a letter, or the text or number of one option. */
function findAnnounced(text: string, example: Example, count: number): Found | undefined {
  const found = [...announcedLetters(text, count), ...statedOptions(text, example, count)];
  const last = found.reduce<FoundLetter | undefined>(
    (latest, each) => latest === undefined || each.at >= latest.at ? each : latest,
    undefined,
  );
  return as("answer is", last?.letter);
}

/** The options that statements without a letter give: "The answer is 10", "\boxed{10}". */
function statedOptions(text: string, example: Example, count: number): readonly FoundLetter[] {
  if ((example.options?.length ?? 0) === 0) return [];
  const boxes = Array.from(text.matchAll(/\\boxed\b/g), ({ index }) => index + 6);
  const statements = findStatements(text).filter(({ denies }) => !denies).map(({ at }) => at);
  return [...statements, ...boxes].flatMap((at) => {
    if (letterAt(text, at, count) !== undefined) return [];
    const letter = letterOf(optionStated(text, at, example), count);
    return letter === undefined ? [] : [{ at, letter }];
  });
}
