/**
 * Where the answer of a MATH solution stands.
 *
 * @module
 */
import { ownAnswer } from "../own_answer.ts";
import type { Extraction, ExtractOptions, Finish } from "../verdict.ts";
import { findBoxes } from "./boxed.ts";

/** Characters of an answer that the grader still looks at; MATH's longest gold has 159. */
export const MAX_ANSWER = 1000;

/** "The final answer is", "Final Answer:", "the answer is". */
const STATED = /\b(?:final answer|answer)\b[*_ ]{0,4}(?:\bis\b[*_ ]{0,4}:?|:)/gi;

/** "The final answer is" alone: one that comes after all boxes was meant to be the last word. */
const FINAL = /\bfinal answer is\b/gi;

/** A last line without a formula that draws the conclusion: "Therefore, 8th grade should have 10 representatives.". */
const CONCLUSION = /^(?:therefore|thus|so|hence|then|in conclusion)\b[^$\\]*[.!]$/i;

/** Whether a sentence has one number at most, "8th" not counted, or ends in a result: else it does not say which one it means. */
function isPlain(sentence: string): boolean {
  const numbers = sentence.match(/\d[\d,]*(?:\.\d+)?(?!\d*(?:st|nd|rd|th)\b)/g) ?? [];
  return numbers.length < 2 || sentence.includes("=");
}

/** A last line that ends in bold type: "So the area is **4 square inches**.". */
const BOLD = /\*\*([^*\n]{1,200})\*\*[.!]?$/;

/**
 * Finds the answer: the last complete \boxed{} or \fbox{} unless "final answer is" comes after it, else what follows the last "answer
 * is", else what a last line without a formula has in bold or concludes, else the last formula, else the last line.
 *
 * A box that never closes, with no complete one before it, is an answer cut off whatever the reason that the text ended; so is a text
 * that ends inside a formula, if it has neither box nor "answer is".
 */
export function extractMath(text: string, { example, finish }: ExtractOptions): Extraction {
  const own = ownAnswer(text, example.question);
  if (own === undefined) return { rule: "none", cutOff: finish === "length", flags: [] };
  return own.field === undefined
    ? extractOwn(own.text, finish)
    : found(openingFormula(own.field) ?? own.field, "answer field", false);
}

function extractOwn(text: string, finish: Finish): Extraction {
  const boxes = findBoxes(text);
  const ended = finish !== "length";
  const stated = findStated(text);
  const final = Array.from(text.matchAll(FINAL)).at(-1)?.index ?? -1;
  if (boxes.last !== undefined && (stated === undefined || stated.open || final < boxes.end)) {
    return found(boxes.last, "boxed", false);
  }
  const none = { rule: "none", flags: [] };
  if (boxes.open) return { ...none, cutOff: true };
  if (stated !== undefined) return found(stated.answer, "answer is", !ended && stated.open);
  if (endsInFormula(text)) return { ...none, cutOff: true };
  const bold = findBold(text);
  if (bold !== undefined) return found(valueOf(bold), "bold", !ended);
  const last = lastLine(text);
  if (CONCLUSION.test(last) && isPlain(last)) return found(valueOf(last), "conclusion", !ended);
  const formula = findLastFormula(text);
  if (formula !== undefined) return found(formula, "last formula", !ended);
  return last === "" ? { ...none, cutOff: !ended } : found(valueOf(last), "last line", !ended);
}

function findBold(text: string): string | undefined {
  const line = lastLine(text);
  return /[$]|\\[([]/.test(line) ? undefined : BOLD.exec(line.slice(-MAX_ANSWER))?.[1];
}

function lastLine(text: string): string {
  const trimmed = text.trimEnd();
  const line = trimmed.slice(trimmed.lastIndexOf("\n") + 1).trim();
  return line.slice(-4 * MAX_ANSWER);
}

function found(answer: string, rule: string, cutOff: boolean): Extraction {
  const flags = /\\?%/.test(answer.slice(0, MAX_ANSWER)) ? ["percent"] : [];
  if (answer.length > MAX_ANSWER) return { rule: "none", cutOff, flags: ["too long"] };
  return { answer: answer.trim(), rule, cutOff, flags };
}

/** What follows the last "answer is", up to the end of its formula, sentence or line. */
function findStated(text: string): { answer: string; open: boolean } | undefined {
  const anchor = Array.from(text.matchAll(STATED)).at(-1);
  if (anchor === undefined) return undefined;
  const from = anchor.index + anchor[0].length;
  const rest = text.slice(from, from + 2 * MAX_ANSWER).replace(/^[}\s]{1,20}/, "");
  const formula = openingFormula(rest);
  if (formula !== undefined) return { answer: formula, open: false };
  const end = /\n|[.;](?=\s|$)|\.\*\*| I hope/.exec(rest);
  const answer = valueOf((end === null ? rest : rest.slice(0, end.index)).trim());
  return answer === "" ? undefined : { answer, open: end === null };
}

/** What a sentence says: of "the area of $ABC$ is 12 square feet" what follows its verb, of "34/100 = 17/50" the last side; of other
 * prose, its last number. */
function valueOf(sentence: string): string {
  const verb = Array.from(sentence.matchAll(/\b(?:is|are|equals)\b:? /g)).at(-1);
  const value = verb === undefined ? sentence : sentence.slice(verb.index + verb[0].length);
  const formula = openingFormula(value);
  if (formula !== undefined) return formula;
  const equals = value.lastIndexOf("=");
  if (equals > 0 && /[a-zA-Z]{2}/.test(value.slice(0, equals))) return value.slice(equals + 1);
  const words = value.match(/(?<![\\a-zA-Z])[a-zA-Z]{2,}/g)?.length ?? 0;
  return words < 3 ? value : value.match(/-?\d[\d,]*(?:\.\d+)?/g)?.at(-1) ?? value;
}

/** The formula that a text begins with: $..$, $$..$$, \(..\) or \[..\]. */
function openingFormula(text: string): string | undefined {
  const body = text.replace(/^[*_:\s]{1,8}/, "");
  for (const [open, close] of FORMULAS) {
    if (!body.startsWith(open)) continue;
    let end = body.indexOf(close, open.length);
    while (end > 0 && body[end - 1] === "\\") end = body.indexOf(close, end + 1);
    return end < 0 ? undefined : body.slice(open.length, end);
  }
  return undefined;
}

const FORMULAS = [["$$", "$$"], ["$", "$"], ["\\(", "\\)"], ["\\[", "\\]"]] as const;

/** The formula that ends last, whatever its marks. */
function findLastFormula(text: string): string | undefined {
  const ends = FORMULAS.slice(2).map(([open, close]) => {
    const end = text.lastIndexOf(close);
    const start = end < 0 ? -1 : text.lastIndexOf(open, end - 1);
    return { end, content: start < 0 ? "" : text.slice(start + open.length, end) };
  });
  ends.push(lastInline(text));
  const dollars = text.lastIndexOf("$$");
  const display = dollars < 0 ? -1 : text.lastIndexOf("$$", dollars - 2);
  if (display >= 0) ends.push({ end: dollars + 1, content: text.slice(display + 2, dollars) });
  const last = ends.filter(({ content }) => content.trim() !== "")
    .reduce<{ end: number; content: string } | undefined>(
      (latest, each) => latest === undefined || each.end >= latest.end ? each : latest,
      undefined,
    );
  return last?.content.replace(/^\$|\$$/g, "").trim();
}

/** Whether a text ends inside a formula: its last mark opens one, and no sentence ends behind it. */
function endsInFormula(text: string): boolean {
  const marks = Array.from(text.matchAll(/(?<![\\$])\$(?!\$)/g), ({ index }) => index);
  const open = Math.max(
    marks.length % 2 === 1 ? marks.at(-1)! : -1,
    openAt(text, 2),
    openAt(text, 3),
  );
  const rest = open < 0 ? "" : text.slice(open, open + MAX_ANSWER).trimEnd();
  return rest !== "" && !/[.!?:]$|\n\n|^\$\d[\d,.]*(?:\s|$)/.test(rest);
}

function openAt(text: string, kind: 2 | 3): number {
  const [open, close] = FORMULAS[kind];
  const at = text.lastIndexOf(open);
  return at > text.lastIndexOf(close) ? at : -1;
}

/** Words, as they stand between two formulas: ". Thus," or "and", or three of them in a row. */
const PROSE =
  /^[\s.,;:]*(?:[a-z]{2,}|[A-Z][a-z]+)[\s.,;:]*$|^[.,;:]\s|(?:[a-zA-Z]{2,}[.,]?\s+){2}[a-zA-Z]{2,}/;

/** The last pair of "$", unless what it encloses is prose: then one of them is a currency, or has no partner. */
function lastInline(text: string): { end: number; content: string } {
  const marks = Array.from(text.matchAll(/(?<!\\)\$/g), ({ index }) => index);
  const last = marks.length - 1 - marks.length % 2;
  for (const at of [last, marks.length - 2 + marks.length % 2]) {
    const [start, end] = [marks[at - 1], marks[at]];
    if (start === undefined || end === undefined) continue;
    const content = text.slice(start + 1, end);
    const plain = content.slice(0, 4 * MAX_ANSWER).replace(/\\text\{[^{}]*\}|\\[a-zA-Z]+/g, "");
    if (content.trim() === "" || !PROSE.test(plain)) return { end, content };
  }
  return { end: -1, content: "" };
}
