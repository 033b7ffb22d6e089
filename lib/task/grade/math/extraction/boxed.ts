/**
 * The content of \boxed{} and \fbox{}, with braces matched in one pass over the text.
 *
 * @module
 */

/** What the boxes of a text hold. */
export interface Boxes {
  /** Content of the last complete box; of several joined by "and", "or" or a comma, all with commas. */
  readonly last?: string;
  /** The text's last box has no end. */
  readonly open: boolean;
  /** Offset at which the last complete box ends; 0 without one. */
  readonly end: number;
}

const COMMAND = /\\(?:boxed|fbox)(?![a-zA-Z])\s{0,4}/g;

/** What a box holds that shows the form of an answer and is none: "\boxed{answer}", "\boxed{}". */
const PLACEHOLDER =
  /^(?:\\text(?:bf|it|rm)? ?\{)?\s*(?:(?:(?:your|the|my|final|numerical|correct) ){0,3}(?:answer|result|solution|number)(?: here)?|\.{2,4}|…|\\[lc]?dots|_+|\?+|)\s*\}?$/i;

/** What joins boxes to one answer: "\boxed{-2} and \boxed{1}", and the name before the second: "\) and \( y_2 =". */
const GAP = String.raw`(?:[ $~]|\\q?quad|\\[()[\]])*`;
const JOIN = new RegExp(
  String
    .raw`^${GAP}(?:[,;]|,? ?(?:and|or)\b|\\text ?\{[ ,]*(?:and|or) ?\})${GAP}(?:([a-zA-Z])(?:_\{?\w{1,3}\}?)? ?= ?)?$`,
);
const NAME = /([a-zA-Z])(?:_\{?\w{1,3}\}?)? ?= ?$/;

/** Finds the last complete box. "\{" and "\}" are characters, not braces; "\boxed 5" is a box of one token. */
export function findBoxes(text: string): Boxes {
  const commands = Array.from(text.matchAll(COMMAND), ({ 0: command, index }) => ({
    start: index,
    from: index + command.length,
  })).filter(({ from }) => text[from] === "{" || !isWord(text, from));
  const ends = matchBraces(text, new Set(commands.map(({ from }) => from)));
  const boxes = commands.map(({ start, from }) => {
    const end = text[from] === "{" ? ends.get(from) : endOfToken(text, from);
    const content = text.slice(from, end).replace(/^\{/, "");
    return { start, end, content: content + baseAfter(text, end, content) };
  }).filter(({ end, content }) => end === undefined || !isPlaceholder(content));
  const open = boxes.length > 0 && boxes.at(-1)!.end === undefined;
  const complete = boxes.filter(({ end }) => end !== undefined);
  const last = complete.at(-1);
  if (last === undefined) return { open, end: 0 };
  let first = complete.length - 1;
  while (first > 0 && isJoined(text, complete[first - 1]!, complete[first]!)) first--;
  const contents = new Set(complete.slice(first).map(({ content }) => content));
  return { last: [...contents].join(","), open, end: last.end! };
}

/** "\boxed as asked", "\boxed notation": prose about boxes. */
function isWord(text: string, from: number): boolean {
  return /^(?:[a-z]{2,}|[a-z] [a-z])/i.test(text.slice(from, from + 12));
}

function isPlaceholder(content: string): boolean {
  return content.length < 60 && PLACEHOLDER.test(content);
}

/** The base of a numeral that was left outside its box: "\boxed{466}_7". */
function baseAfter(text: string, end: number | undefined, content: string): string {
  if (end === undefined || !/^[\dA-F]+$/.test(content)) return "";
  return /^\}?(_(?:\d|\{\d{1,2}\}))/.exec(text.slice(end, end + 6))?.[1] ?? "";
}

interface Box {
  readonly start: number;
  readonly end: number | undefined;
}

function isJoined(text: string, left: Box, right: Box): boolean {
  const from = left.end! + (text[left.end!] === "}" ? 1 : 0);
  const match = right.start - from > 60 ? null : JOIN.exec(text.slice(from, right.start));
  if (match === null || match[1] === undefined) return match !== null;
  // "y_1 = .. and y_2 = .." are two values of one unknown; "a = .., b = .." are not
  return NAME.exec(text.slice(Math.max(0, left.start - 12), left.start))?.[1] === match[1];
}

function endOfToken(text: string, from: number): number | undefined {
  const token = /^[^\s{}$.,;]{1,40}/.exec(text.slice(from, from + 40));
  return token === null ? undefined : from + token[0].length;
}

/** Offset of the closing brace of each of the given opening ones. */
function matchBraces(text: string, openers: ReadonlySet<number>): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  if (openers.size === 0) return ends;
  const open: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "{") open.push(index);
    else if (character === "}") {
      const start = open.pop();
      if (start !== undefined && openers.has(start)) ends.set(start, index);
    }
  }
  return ends;
}
