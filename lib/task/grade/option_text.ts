/**
 * Which option a sentence means that names no letter: the one whose text it has, or whose number it states.
 *
 * @module
 */
import type { Example } from "../dataset/mod.ts";
import {
  findNumbers,
  isRefused,
  lastNumber,
  Rational,
  readNumber,
  sentenceAround,
  statedNumber,
  unifyNumbers,
} from "./number/mod.ts";

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

/** The index of the one option whose text stands in the last sentence, or whose number that sentence states. */
export function optionConcluded(text: string, example: Example): number | undefined {
  const own = text.trimEnd();
  if (UNFINISHED.test(own) || endsInList(own)) return undefined;
  return optionIn(own.slice(sentenceAround(own, own.length - 1)[0]), example);
}

/**
 * The index of the one option that a statement gives: its text, or its number, stands after "the answer is".
 *
 * @param at offset after the statement
 */
export function optionStated(text: string, at: number, example: Example): number | undefined {
  const { options = [], question } = example;
  const rest = text.slice(at, at + 300);
  const end = /[.!?](?:\s|$)|\n\s*\n|(?<=\S)\n|<\/answer>/i.exec(rest);
  if (end?.[0].startsWith("?")) return undefined;
  const said = rest.slice(0, end?.index);
  const line = plain(said).replace(/^[^\p{L}\p{N}(√-]+/u, "");
  const bare = (option: string) => plain(option).replace(/[.\s]+$/, "");
  const exact = only(options, (option) => bare(option) === line.replace(/[.\s]+$/, ""));
  if (exact !== undefined || DENIED.test(said)) return exact;
  const begun = only(options, (option) => bare(option) !== "" && startsWith(line, bare(option)));
  if (begun !== undefined) return begun;
  const value = statedNumber(`The answer is: ${said}`, question);
  return value === undefined ? undefined : only(options, (option) => hasValue(option, value));
}

function startsWith(line: string, option: string): boolean {
  return line.startsWith(option) &&
    !/^(?:[\p{L}\p{N}]|[.,:]\d| ?[/^*+×-] ?\d)/u.test(line.slice(option.length));
}

function optionIn(sentence: string, { options = [], question }: Example): number | undefined {
  const line = plain(sentence);
  const denied = DENIED.test(sentence) || isRefused(sentence, { start: 0, end: 0 });
  const byText = options.flatMap((option, index) =>
    holds(line, plain(option)) && (!denied || DENIED.test(option)) ? [index] : []
  );
  if (byText.length === 1) return byText[0];
  const last = denied ? undefined : lastNumber(sentence, question);
  return last === undefined ? undefined : only(options, (option) => hasValue(option, last));
}

function only(options: readonly string[], test: (option: string) => boolean): number | undefined {
  const [first, ...others] = options.flatMap((option, index) => test(option) ? [index] : []);
  return others.length > 0 ? undefined : first;
}

function hasValue(option: string, value: Rational.Rational): boolean {
  const own = readNumber(option) ?? findNumbers(unifyNumbers(option))[0]?.value;
  return own !== undefined && Rational.equals(own, value);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\\(?:text|boxed|mathrm|textbf)\b/g, "")
    .replace(/[\s$,*_\\{}"]+/g, " ").trim();
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
