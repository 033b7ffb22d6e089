/**
 * Extraction and grading where the answer is a word or phrase.
 *
 * @module
 */
import { Effect } from "effect";
import type { Example } from "../dataset/mod.ts";
import { ownAnswer } from "./own_answer.ts";
import type { Extraction, ExtractOptions, Verdict } from "./verdict.ts";

const ANSWER_IS = /\banswer\b["'*_ ]{0,4}(?:\bis\b[*_ ]{0,4}:?|[:：])([^\n]*)|<answer>([^<\n]*)/gi;

/** Finds the answer field of a JSON object, else what follows the last "answer is" on its line, else the last line. */
export function extractText(text: string, { example, finish }: ExtractOptions): Extraction {
  const read = ownAnswer(text, example.question);
  if (read === undefined) return { rule: "none", cutOff: finish === "length", flags: [] };
  if (read.field !== undefined) {
    return { answer: plain(read.field), rule: "answer field", cutOff: false, flags: [] };
  }
  const own = read.text.trimEnd();
  const stated = Array.from(own.matchAll(ANSWER_IS)).at(-1);
  const answer = plain(stated?.[1] ?? stated?.[2] ?? own.slice(own.lastIndexOf("\n") + 1));
  const atEnd = stated === undefined || stated.index + stated[0].length >= own.length;
  const cutOff = finish === "length" && atEnd;
  if (answer === "") return { rule: "none", cutOff, flags: [] };
  return { answer, rule: stated === undefined ? "last line" : "answer is", cutOff, flags: [] };
}

/** Compares letters and digits, without case, marks and blanks at the ends. */
export function gradeText(extraction: Extraction, example: Example): Effect.Effect<Verdict> {
  return Effect.sync(() => {
    const wrong = { correct: false, strict: false, by: "text" };
    const { answer } = extraction;
    if (extraction.cutOff) return { kind: "cut off", ...wrong };
    if (answer === undefined) return { kind: "unparsed", ...wrong };
    const correct = plain(answer).toLowerCase() === plain(example.gold).toLowerCase();
    if (!correct) return { kind: "wrong", ...wrong };
    return { kind: "correct", correct, strict: answer === example.gold, by: "text" };
  });
}

function plain(text: string): string {
  return text.slice(0, 2000).replace(/\s+/g, " ").replace(/^[\s*_"'`($]+/, "")
    .replace(/(?<![\s*_"'`).,;!$])[\s*_"'`).,;!$]+$/, "");
}
