/**
 * What kind of thing a normalised answer is: matrix, set, tuple or interval, union, relation, words, or one value.
 *
 * @module
 */

/** A normalised answer, taken apart. */
export type Structure =
  | { readonly kind: "matrix"; readonly rows: readonly (readonly string[])[] }
  /** Braces, or a bare list with commas; order does not count. */
  | { readonly kind: "set"; readonly items: readonly string[] }
  /** Tuple, vector or interval; order and brackets count. */
  | {
    readonly kind: "tuple";
    readonly open: string;
    readonly close: string;
    readonly items: readonly string[];
  }
  | { readonly kind: "union"; readonly parts: readonly Structure[] }
  /** Sides and the signs between them: "0<x<=1" has three sides. */
  | {
    readonly kind: "relation";
    readonly sides: readonly string[];
    readonly signs: readonly string[];
  }
  /** Compared letter by letter: names, numerals in another base, times. */
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "value"; readonly latex: string };

/** Takes a normalised answer apart. */
export function parseStructure(text: string): Structure {
  const body = text.replace(/^[a-zA-Z]\\in(?![a-zA-Z])/, "").trim();
  return parseMatrix(body) ?? parseUnion(body) ?? parseSet(body) ?? parseTuple(body) ??
    parseRelation(body) ?? parseList(body) ?? parseWords(body) ?? { kind: "value", latex: body };
}

/** A LaTeX command, an escaped character, or any other character. */
const TOKEN = /\\(?:[a-zA-Z]+|.)|[^]/y;

/** How far each token goes into or out of brackets, braces and environments. */
const STEPS: Readonly<Record<string, number>> = {
  "(": 1,
  "[": 1,
  "{": 1,
  "\\{": 1,
  "\\begin": 1,
  ")": -1,
  "]": -1,
  "}": -1,
  "\\}": -1,
  "\\end": -1,
};

/** Cuts a text at the tokens that are signs and stand outside all brackets, braces and environments. */
function splitTop(
  text: string,
  signs: readonly string[],
): { readonly parts: readonly string[]; readonly signs: readonly string[] } {
  const parts: string[] = [];
  const found: string[] = [];
  let [depth, start] = [0, 0];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0];
    if (depth === 0 && signs.includes(token)) {
      parts.push(text.slice(start, match.index));
      found.push(token);
      start = match.index + token.length;
    }
    depth = Math.max(0, depth + (STEPS[token] ?? 0));
  }
  return { parts: [...parts, text.slice(start)].map((part) => part.trim()), signs: found };
}

/** A number before a matrix and the matrix, in brackets or not. */
const MATRIX =
  /^(-?(?:\d+(?:\.\d+)?|\\frac\{[^{}]*\}\{[^{}]*\})?)\*?[([]?\\begin\{([bp]?matrix|array)\}(?:\{[clr|]*\})?(.*)\\end\{\2\}[)\]]?$/;

function parseMatrix(text: string): Structure | undefined {
  const [, factor = "", , body] = MATRIX.exec(text) ?? [];
  if (body === undefined || body.includes("\\begin")) return undefined;
  const scale = (entry: string) =>
    factor === "" ? entry : `${factor.replace(/^-$/, "-1")}*(${entry})`;
  const rows = body.replace(/\\\\$/, "").split("\\\\").map((row) => row.split("&").map(scale));
  return { kind: "matrix", rows };
}

function parseUnion(text: string): Structure | undefined {
  const { parts } = splitTop(text, ["\\cup"]);
  if (parts.length > 1) return { kind: "union", parts: parts.map(parseStructure) };
  return parsePunctured(text);
}

/** An interval or the real line without one point is the union of what is left and right of it. */
function parsePunctured(text: string): Structure | undefined {
  const { parts } = splitTop(text, ["\\setminus", "\\backslash"]);
  const [whole = "", points = ""] = parts;
  const point = /^\\\{([^,]*)\\\}$/.exec(points)?.[1];
  if (parts.length !== 2 || point === undefined) return undefined;
  const real = /^(?:\\mathbb\{?R\}?|\\R)$/.test(whole);
  const interval = parseTuple(real ? "(-\\infty,\\infty)" : whole);
  if (interval?.kind !== "tuple" || interval.items.length !== 2) return undefined;
  const [low = "", high = ""] = interval.items;
  return {
    kind: "union",
    parts: [
      { ...interval, close: ")", items: [low, point] },
      { ...interval, open: "(", items: [point, high] },
    ],
  };
}

function parseSet(text: string): Structure | undefined {
  if (!text.startsWith("\\{") || !text.endsWith("\\}")) return undefined;
  const items = splitTop(text.slice(2, -2), [","]).parts.filter((item) => item !== "");
  return { kind: "set", items: items.flatMap(expandSigns) };
}

function parseTuple(text: string): Structure | undefined {
  const angled = /^\\langle(.*)\\rangle$/.exec(text)?.[1];
  const plain = angled === undefined ? text : `(${angled})`;
  const [open = "", close = ""] = [plain[0], plain.at(-1)];
  if (!"([".includes(open) || !")]".includes(close) || plain.length < 2) return undefined;
  const inner = plain.slice(1, -1);
  const { parts } = splitTop(inner, [","]);
  // In "(1,2),(3,4)" the first bracket does not belong to the last one.
  if (parts.length < 2 || !isBalanced(inner)) return undefined;
  return { kind: "tuple", open, close, items: parts };
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/\\[{}]/g, "")) {
    depth += STEPS[character] ?? 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const RELATIONS = ["=", "<", ">", "\\leq", "\\geq", "\\neq", "\\equiv"];

function parseRelation(text: string): Structure | undefined {
  const { parts, signs } = splitTop(text, RELATIONS);
  if (signs.length === 0 || splitTop(text, [","]).parts.length > 1) return undefined;
  return { kind: "relation", sides: parts, signs };
}

function parseList(text: string): Structure | undefined {
  const items = splitTop(text, [","]).parts.filter((item) => item !== "").flatMap(expandSigns);
  return items.length > 1 ? { kind: "set", items } : undefined;
}

/** "1\pm x" stands for two values; all signs of one item switch together. */
function expandSigns(item: string): string[] {
  if (!/\\[pm]{2}(?![a-zA-Z])/.test(item)) return [item];
  const choose = (plus: string, minus: string) =>
    item.replace(/\\pm(?![a-zA-Z])/g, plus).replace(/\\mp(?![a-zA-Z])/g, minus);
  return [choose("+", "-"), choose("-", "+")];
}

function parseWords(text: string): Structure | undefined {
  const letters = text.replace(/[{}]/g, "");
  const isWord = /^[a-zA-Z][a-zA-Z'\-]{3,}$/.test(letters) || /^[A-Z]{2,}$/.test(letters) ||
    /^[A-Z][a-z]{2}$|^(?:yes|no|odd|even|true|max|min)$/i.test(letters);
  const isNumeral = /^-?(?:\d[\dA-Z]*|[A-F\d]{2,})_\{?\w+\}?$/.test(letters);
  const isTime = /^\d{1,2}:\d\d(?:[ap]\.?m\.?)?$/i.test(letters);
  return isWord || isNumeral || isTime ? { kind: "words", text: letters.toLowerCase() } : undefined;
}
