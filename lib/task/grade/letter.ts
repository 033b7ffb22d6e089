/**
 * Where a solution names the letter of its choice, and where it only speaks of one.
 *
 * @module
 */
import { DENIAL } from "./statement.ts";

/** The letters of up to ten options: AQuA has five, MMLU-Pro ten. */
export const LETTERS = "ABCDEFGHIJ";

/** A letter with where it stands. */
export interface FoundLetter {
  readonly at: number;
  readonly letter: string;
}

/** Words that announce a choice: "answer", "the closest option", "closest to", \boxed. */
const ANNOUNCED =
  /\b(?:answers?|ans|(?:correct|right|best|closest|nearest|final|only(?: possible| correct| valid)?|suitable|appropriate|accurate|likely|matching) (?:options?|choices?|alternative|response|statement)|closest to)\b|\\boxed\b|<answer>|答案(?:是|为|為)?|答えは|respuesta|réponse|Antwort/gi;

/** "... to this question is": the verb may stand some words after the announcement. */
const VERB = /^[^.:=\n]{1,60}?(?:\b(?:is|are|be|was)\b|[:=：])/i;

/** What may stand right before the letter: fillers, brackets, Markdown, LaTeX. */
const LEAD =
  /(?:[\s:：=,.\-–*_~"'“”`([{$【]|\\[([]|\\boxed\b|\\text(?:bf)?\b|\\math(?:rm|bf)\b|\b(?:is|are|be|will|would|should|must|therefore|thus|hence|clearly|likely|most|probably|definitely|certainly|surely|for sure|obviously|indeed|simply|to|the|I think|I believe|correct|best|option|choice|letter|answer|final)\b){0,14}/iy;

/** Verbs of choosing: "we choose option B", "this matches option B", "corresponds to (C)". */
const CHOOSING =
  /(?<!\b(?:not|never|cannot|don['’]t|can['’]t|or) )\b(?:choos(?:e|es|ing)|chose|pick(?:s|ed)?|select(?:s|ed)?|(?:go|going|goes|went) (?:with|for)|opt(?:s|ed)? for|settle on|correspond(?:s|ing) to|match(?:es|ing)?|agrees? with|equals?)(?: (?:the|answer|letter|option|choice|with)){0,3} /gi;

/** "I think it's B", "It must be B", "So B": the letter ends its sentence. */
const SUPPOSED =
  /\b(?:(?:I (?:think|believe|guess|suppose)|I['’]d say|I would say|my guess is)(?: that)?(?: it['’]s| it is)?|it['’]s|it (?:is|(?:must|should|can only|could only) be|has to be)|that['’]s|that (?:is|makes it)|which is|leaves(?: us with)?|so|thus|hence|therefore),?(?: option| choice| answer)? /gi;

/** "not B but D". */
const INSTEAD =
  /\bnot (?:option |choice )?\(?[A-J]\)?,? but(?: rather| instead)? (?:option |choice )?/g;

interface Patterns {
  readonly letter: RegExp;
  readonly confirmed: RegExp;
  readonly stated: RegExp;
  readonly lastLine: RegExp;
  readonly first: RegExp;
  readonly bracketed: RegExp;
  readonly opening: RegExp;
}

const cache = new Map<number, Patterns>();

/** The patterns for so many options. */
function patternsOf(count: number): Patterns {
  const known = cache.get(count);
  if (known !== undefined) return known;
  const upper = `[${LETTERS.slice(0, count)}]`;
  const lower = upper.toLowerCase();
  const refused = String
    .raw`\)?\*{0,2} (?:can|cannot|could|does|is (?:not|wrong|incorrect|too|false|out)|was not|isn|doesn|won|wouldn|would not|will not)\b`;
  // "A train", "I think": the article and the pronoun
  const word = String
    .raw`(?:A|I)\s+(?!(?:is|are|because|since|as|and|with|in|for|which|by|if|when|but|it)\b)[a-z]`;
  const patterns = {
    /** A letter that is no word or variable: upper case, or lower case in a bracket or at the end of its line. */
    letter: new RegExp(
      String
        .raw`(?!${word})${upper}(?![\p{L}\p{N}'’]|\s?(?:[=+/^×÷]|\*(?=\s?[\p{L}\p{N}(]))| (?:or|and) \(?${upper}\b|${refused})|${lower}(?=[)\]}】]|[.*_$"]{0,4}\s{0,4}(?:\n|$))`,
      "uy",
    ),
    /** "B is correct", "(B) is the right answer", "option B is the best choice". */
    confirmed: new RegExp(
      String
        .raw`(?<![\p{L}\p{N}])(${upper})[)\].*:]{0,3} (?:is|must be|would be|seems|looks)(?: clearly| definitely| indeed)? (?:the )?(?:only )?(?:correct|right|best|answer|closest|most)(?! (?:if|only if))`,
      "gu",
    ),
    /** "which is (c) 12": a letter in brackets after the verb, without an announcement. */
    stated: new RegExp(
      String
        .raw`\b(?:is|are) (?:closest to |therefore |then |option |choice )?\((${upper})\)(?! (?:or|and)\b)`,
      "gi",
    ),
    /** A letter that stands alone on the last line: "D", "**(D)**", "=> Option D.". */
    lastLine: new RegExp(
      String
        .raw`(?:^|\n|[.!?] )[^\p{L}\p{N}\n]{0,8}(?:(?:thus|so|hence|therefore),? )?(?:(?:option|choice)\b[\s:\-(*]{0,4})?(${upper})[).\]*_$"'} ]{0,6}$`,
      "iu",
    ),
    /** A text that begins with its letter: "A. Because B is not valid", "**B) 10** since ...". */
    first: new RegExp(
      String.raw`^[^\p{L}\p{N}]{0,6}(?:option |choice )?(${upper})(?:[).:,\]】]|\*\*)(?:\W|$)`,
      "u",
    ),
    bracketed: new RegExp(String.raw`(?<![\p{L}\p{N}])\((${upper})\)(?!${refused})`, "gu"),
    /** A line that begins with a letter as the lists of options do. */
    opening: new RegExp(String.raw`^[^\p{L}\p{N}\n]{0,6}${upper}[).:]`, "gmu"),
  };
  cache.set(count, patterns);
  return patterns;
}

/**
 * The letters that a text announces, in the order in which they stand; the last one counts.
 *
 * @param count how many options there are
 */
export function announcedLetters(text: string, count: number): FoundLetter[] {
  const { letter, confirmed, stated } = patternsOf(count);
  const found: FoundLetter[] = [];
  const take = (start: number) => {
    const letterThere = letterAt(text, start, letter);
    if (letterThere !== undefined) found.push(letterThere);
    return letterThere;
  };
  for (const { 0: word, index } of text.matchAll(ANNOUNCED)) {
    const end = index + word.length;
    const verb = VERB.exec(text.slice(end, end + 80));
    if (verb !== null && DENIAL.test(verb[0])) continue;
    const restated = verb === null || /choices|options/i.test(verb[0]);
    for (const start of restated ? [end] : [end, end + verb[0].length]) take(start);
  }
  for (const { 0: word, index } of text.matchAll(CHOOSING)) take(index + word.length);
  for (const { 0: word, index } of text.matchAll(INSTEAD)) take(index + word.length);
  for (const { 1: chosen = "", index } of text.matchAll(confirmed)) {
    found.push({ at: index, letter: chosen });
  }
  for (const { 0: word, index } of text.matchAll(SUPPOSED)) {
    const there = letterAt(text, index + word.length, letter);
    if (there !== undefined && endsSentence(text, there.at)) found.push(there);
  }
  // an announcement may be taken back: "closest to (b) 230. However, it must be more, which is (c) 240."
  for (const { 0: words, 1: chosen = "", index } of found.length > 0 ? text.matchAll(stated) : []) {
    found.push({ at: index + words.length - 2, letter: chosen.toUpperCase() });
  }
  return found;
}

/** Whether a letter is an announcement's: right after an offset, but for fillers. */
export function letterAt(
  text: string,
  start: number,
  pattern: RegExp | number,
): FoundLetter | undefined {
  const letters = typeof pattern === "number" ? patternsOf(pattern).letter : pattern;
  LEAD.lastIndex = start;
  const at = start + (LEAD.exec(text)?.[0].length ?? 0);
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return undefined;
  letters.lastIndex = at;
  const letter = letters.exec(text)?.[0].toUpperCase();
  return letter === undefined ? undefined : { at, letter };
}

function endsSentence(text: string, at: number): boolean {
  return /^.[)\]*_"'”$} ]{0,4}(?:$|\n|[.!;](?:\s|$)|, (?:as|because|since)\b| it is\b)/u.test(
    text.slice(at, at + 16),
  );
}

/** The letter that stands alone on the last line. */
export function letterOnLastLine(text: string, count: number): string | undefined {
  return patternsOf(count).lastLine.exec(text.trimEnd().slice(-80))?.[1]?.toUpperCase();
}

/** The letter that a text begins with, unless it goes through the options one by one. */
export function firstLetter(text: string, count: number): string | undefined {
  const { first, opening } = patternsOf(count);
  const letter = first.exec(text.trimStart().slice(0, 40))?.[1];
  return letter !== undefined && [...text.matchAll(opening)].length < 2 ? letter : undefined;
}

/** The letter of the option that the last line repeats: "... is:\n\n**E. It obtains all of its water from its food.**". */
export function letterOfLastLine(text: string, options: readonly string[]): string | undefined {
  const { opening } = patternsOf(options.length);
  const line = text.trimEnd().slice(text.trimEnd().lastIndexOf("\n") + 1);
  const [letter, said = ""] =
    /^[^\p{L}\p{N}]{0,6}(\p{Lu})[).:]\*{0,2} (.{1,400})/u.exec(line)?.slice(1) ?? [];
  const option = letter === undefined ? undefined : options[LETTERS.indexOf(letter)];
  const isRepeated = option !== undefined && option !== "" &&
    said.startsWith(option.trim().slice(0, 40));
  return isRepeated && [...text.matchAll(opening)].length === 1 ? letter : undefined;
}

/** What says that the letter after it is none: "not (B)", "rule out (B)", "rather than (B)". */
const DENIED_BEFORE =
  /(?:\b(?:not|cannot|never|than|eliminat\w+|exclud\w+|rul\w+ out)|n['’]t)(?: be)?(?: option| choice| the)? ?$/i;

/** The last "(B)" that is not denied. */
export function bracketedLetter(text: string, count: number): string | undefined {
  return Array.from(text.matchAll(patternsOf(count).bracketed)).findLast(({ index }) =>
    !DENIED_BEFORE.test(text.slice(Math.max(0, index - 30), index))
  )?.[1];
}

/** A letter as files write it: "B", "(B)", "b", "B.", "B) 10"; undefined for anything else. */
export function readLetter(text: string): string | undefined {
  const letter = /^\s*\(?([A-Ja-j])(?:[).:]|\s*$)/.exec(text)?.[1];
  return letter?.toUpperCase();
}
