/**
 * Where the answer of a MATH solution stands.
 *
 * @module
 */
import { ownAnswer } from "../../own_answer.ts";
import type { Extraction, ExtractOptions, Finish } from "../../verdict.ts";
import { sentenceAround } from "../../number/mod.ts";
import { findStatements } from "../../statement.ts";
import { findBoxes } from "./boxed.ts";
import { endsInFormula, findLastFormula, openingFormula } from "./formula.ts";

/** Characters of an answer that the grader still looks at; MATH's longest gold has 159. */
const MAX_ANSWER = 1000;

/** "The final answer is" alone: one that comes after all boxes was meant to be the last word. */
const FINAL = /\bfinal answer is\b/gi;

/** A last sentence without a formula that draws the conclusion: "Therefore, 8th grade should have 10 representatives.". */
const CONCLUSION =
  /^(?:therefore|thus|so|hence|then|finally|consequently|in conclusion|as a result|it follows that)\b[^$\\]*[.!]$/i;

/** What GSM8K's solutions end in: "#### 26", but no heading "#### Step 2: ...", "#### 2. Add". */
const MARKED = /(?:^|\n)#### +(?!\d{1,2}[.)] |[a-z]{3,})([^\n]{1,400})$/i;

/** Whether a sentence has one number at most, "8th" not counted, or ends in a result: else it does not say which one it means. */
function isPlain(sentence: string): boolean {
  const numbers = sentence.match(/\d[\d,]*(?:\.\d+)?(?!\d*(?:st|nd|rd|th)\b)/g) ?? [];
  return numbers.length < 2 || sentence.includes("=");
}

/** A last line that ends in bold type: "So the area is **4 square inches**.". */
const BOLD = /\*\*([^*\n]{1,200})\*\*[.!]?$/;

/**
 * Finds the answer: the answer field of a JSON object, else the last complete \boxed{} or \fbox{} unless "final answer is" comes after
 * it, else what a last line "#### x" has, else what follows the last "answer is", else what a last sentence without a formula has in bold
 * or concludes, else the last formula, else the last line.
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
  const marked = MARKED.exec(text.trimEnd())?.[1];
  if (marked !== undefined) return found(openingFormula(marked) ?? marked, "####", false);
  if (boxes.open) return { ...none, cutOff: true };
  if (stated !== undefined) return found(stated.answer, "answer is", !ended && stated.open);
  if (endsInFormula(text)) return { ...none, cutOff: true };
  const bold = findBold(text);
  if (bold !== undefined) return found(valueOf(bold), "bold", !ended);
  const last = lastLine(text);
  const closing = last.slice(sentenceAround(last, last.length - 1)[0]);
  if (CONCLUSION.test(closing) && isPlain(closing)) {
    return found(valueOf(closing), "conclusion", !ended);
  }
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
  const statement = findStatements(text).findLast(({ denies }) => !denies);
  if (statement === undefined) return undefined;
  const from = statement.at;
  const rest = text.slice(from, from + 2 * MAX_ANSWER)
    .replace(/^[}\s]{1,20}/, "").replace(/^(?:therefore|thus|then|hence|simply|clearly),? /i, "");
  const formula = openingFormula(rest);
  if (formula !== undefined) return { answer: formula, open: false };
  const end = /\n|[.;](?=\s|$)|\.\*\*| I hope|<\/answer>/.exec(rest);
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
  const isProse = words > 2 || /^[A-Z][a-z']* [a-z]+ \D*\d/.test(value);
  return !isProse ? value : value.match(/-?\d[\d,]*(?:\.\d+)?/g)?.at(-1) ?? value;
}
