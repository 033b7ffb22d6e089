/**
 * One spelling for answers that differ only in how they are typeset: Hendrycks' steps (Hendrycks et al. 2021, arXiv
 * 2103.03874), Unicode and keyboard notation.
 *
 * @module
 */

import { asciiDigits } from "../number/mod.ts";
import { ANGLES, type Step, UNITS, WORDS } from "./words.ts";

/** "10" of the subscript "₁₀". */
const fromSubscripts = (text: string) =>
  text.replace(/[\u2080-\u2089]/g, (digit) => String(digit.charCodeAt(0) - 0x2080));

/** Unicode and keyboard notation to LaTeX. */
const NOTATION: readonly Step[] = [
  [/[\u2212\u2013\uFE63\uFF0D]/g, "-"],
  [/[\u00D7\u2715]/g, "\\times "],
  [/[\u00B7\u22C5]/g, "\\cdot "],
  [/\u00F7/g, "/"],
  [/\u03C0/g, "\\pi "],
  [/\u221E/g, "\\infty "],
  [/\u222A/g, "\\cup "],
  [/\u2229/g, "\\cap "],
  [/\u2208/g, "\\in "],
  [/\u2264/g, "\\leq "],
  [/\u2265/g, "\\geq "],
  [/\u2260/g, "\\neq "],
  [/\u00B1/g, "\\pm "],
  [/\u00B2/g, "^2"],
  [/\u00B3/g, "^3"],
  [/\u00B0/g, "^\\circ"],
  [/\u221A ?\(/g, "sqrt("],
  [/\u221A ?(\w)/g, "\\sqrt{$1}"],
  [/\u00BD/g, "\\frac{1}{2}"],
  [/[\u2080-\u2089]+/g, "_{$&}"],
  [/[\u2205\u00D8]|\\(?:varnothing|emptyset)(?![a-zA-Z])|\\\{ *\\\}/g, "\\emptyset "],
  [
    /\u211D|\\mathbb ?\{? ?R ?\}?|\\Bbb ?\{? ?R ?\}?|\\R(?![a-zA-Z])|\\text ?\{ ?all real numbers ?\}/g,
    "\\REALS ",
  ],
  [/\*\*/g, "^"],
  [/<=/g, "\\leq "],
  [/>=/g, "\\geq "],
  [/!=/g, "\\neq "],
];

/** What says how to draw, not what is meant. */
const LAYOUT: readonly Step[] = [
  [/\\begin ?\{? ?([bpvV]?matrix|array|cases|aligned) ?\}?/g, "\\begin{$1}"],
  [/\\end ?\{? ?([bpvV]?matrix|array|cases|aligned) ?\}?/g, "\\end{$1}"],
  [/\\(?:left|right|middle|[bB]igg?[lrm]?)(?![a-zA-Z])\.?/g, ""],
  [
    /\\(?:displaystyle|textstyle|limits|boldsymbol|quad|qquad|hfill|hspace\{[^{}]*\}|phantom\{[^{}]*\})(?![a-zA-Z])/g,
    " ",
  ],
  [/\\[dtc]frac(?![a-zA-Z])/g, "\\frac"],
  [/\\[dt]binom(?![a-zA-Z])/g, "\\binom"],
  [/\\le(?![a-zA-Z])/g, "\\leq"],
  [/\\ge(?![a-zA-Z])/g, "\\geq"],
  [/\\ne(?![a-zA-Z])/g, "\\neq"],
  [/\\leqslant(?![a-zA-Z])/g, "\\leq"],
  [/\\geqslant(?![a-zA-Z])/g, "\\geq"],
  [/\\lt(?![a-zA-Z])/g, "<"],
  [/\\gt(?![a-zA-Z])/g, ">"],
  [/\\lbrace(?![a-zA-Z])/g, "\\{"],
  [/\\rbrace(?![a-zA-Z])/g, "\\}"],
  [/\\l?dots[a-z]?(?![a-zA-Z])/g, "..."],
  [/(\d), ?\\! ?(?=\d)/g, "$1"],
  [/(\d)(?: ?\{ ?, ?\} ?|\\,)(?=\d{3}(?!\d))/g, "$1"],
  [/(?<!\\)\\[!,;: ]|~/g, " "],
  [/;/g, ","],
  // Commands that have lost the blank or brace after them.
  [/\\(sin|cos|tan|cot|sec|csc|ln|log)(?=[a-zA-Z])(?!h)/g, "\\$1 "],
  [/\\mbox(?=[a-z])/g, " "],
];

/** Keyboard notation of functions and constants, and LaTeX's one-token arguments. */
const SYMBOLS: readonly Step[] = [
  [/(?<![a-zA-Z\\])(?:infinity|infty|inf|oo)(?![a-zA-Z])/gi, "\\infty"],
  [/(?<![a-zA-Z\\])(pi|theta|alpha|beta|lambda)(?![a-zA-Z(])/g, "\\$1 "],
  [
    /(?<![a-zA-Z\\])((?:arc)?(?:sin|cos|tan)|cot|sec|csc|ln|log|exp|min|max)(?= ?[({\\\dx])/g,
    "\\$1 ",
  ],
  [/(?<![a-zA-Z\\])U(?= ?[([])|(?<=[)\]]) ?U(?![a-zA-Z])/g, "\\cup "],
  [/\\pm ?\*/g, "\\pm "],
  [/\\cdot(?![a-zA-Z])/g, "*"],
  [/ *\* */g, "*"],
];

/** What else the question says of how an answer is written. */
export interface NormaliseOptions {
  /** Commas separate the items of a list and no thousands; false by default. */
  readonly isList?: boolean;
}

/**
 * Writes an answer in its normal spelling; two answers of one normal spelling are the same.
 *
 * @param answer LaTeX or plain text, at most some thousand characters
 */
export function normalise(answer: string, { isList = false }: NormaliseOptions = {}): string {
  let text = mendRows(trimMarks(asciiDigits(answer)));
  for (const [pattern, spelling] of [...NOTATION, ...LAYOUT, ...ANGLES, ...UNITS]) {
    text = text.replace(pattern, spelling);
  }
  text = trimMarks(fromSubscripts(text));
  if (!isList) text = dropThousands(text);
  for (const [pattern, spelling] of WORDS) text = text.replace(pattern, spelling);
  text = spellReals(spellMixedNumber(text.trim()));
  for (const [pattern, spelling] of POWERS) text = text.replace(pattern, spelling);
  for (const [pattern, spelling] of SYMBOLS) text = text.replace(pattern, spelling);
  text = callsToCommands(text).replace(/\s+(?![a-zA-Z])|(?<!\\[a-zA-Z]{1,20})\s+/g, "");
  text = braceArguments(text);
  return trimMarks(spellNumber(unwrap(text)));
}

/** What would run together without blanks and braces: "2^6 3^5", "2^{6}3^{5}"; "2^10" in plain text is no "2^1 0". */
const POWERS: readonly Step[] = [
  [/(\^\{-?\w+\}|\^\w) *(?=\d+ ?\^)/g, "$1*"],
  [/(\^\{-?\w+\}) *(?=\d)|(\^\d) +(?=\d)/g, "$1$2*"],
  [/\^(\d{2,})(?![\d^])/g, "^{$1}"],
  // "3/4\pi", "2/3x": a fraction times what follows
  [/(?<![\w.^/}])(\d+) ?\/ ?(\d+) ?(?=\\pi|\\sqrt|[a-zA-Z])/g, "\\frac{$1}{$2}"],
  // "(1112)_3", "{AB}_{16}", "1112_{three}"
  [/(?:\(([\dA-F]+)\)|\{([\dA-F]{2,})\}) ?_/g, "$1$2_"],
  ...["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map((
    word,
    index,
  ): Step => [
    new RegExp(String.raw`_\{{0,2}${word}\}{0,2}`, "g"),
    index === 8 ? "_{10}" : `_${index + 2}`,
  ]),
];

/** The real line is an interval, but in spaces of more dimensions. */
function spellReals(text: string): string {
  return text.replace(/\\REALS *(?![\^_])/g, "(-\\infty,\\infty)").replace(
    /\\REALS */g,
    "\\mathbb{R}",
  );
}

/** Drops formula marks, blanks and sentence marks around an answer. */
function trimMarks(text: string): string {
  let trimmed = text.trim();
  for (let before = ""; before !== trimmed;) {
    before = trimmed;
    trimmed = trimmed
      .replace(/^(?:\$+|\\\(|\\\[|\*\*)/, "")
      .replace(/(?:(?<!\\)\$+|\\\)|\\\]|\*\*|(?<!\.\.)[.,;:]|\\\\)$/, "")
      .replace(/^["“`']{1,2}([^"“”`']*)["”']{1,2}$/, "$1")
      .trim();
  }
  return trimmed;
}

/** Matrices whose row ends have lost one of their two backslashes. */
function mendRows(text: string): string {
  return text.replace(
    /(\\begin ?\{[bp]?matrix ?\})((?:[^\\]|\\(?!\\|end))*)/g,
    (_, start: string, rows: string) => start + rows.replace(/\\(?=[\s\d-])/g, "\\\\"),
  );
}

/** "1,234" is a number where nothing else stands beside it, as in \frac{1,234}{5}; "1, 234" is a list. */
function dropThousands(text: string): string {
  const whole = text.replace(
    /([{=] ?-?)(\d{1,3}(?:,\d{3})+)(?=\}|$)/g,
    (_, before: string, digits: string) => before + digits.replaceAll(",", ""),
  );
  return /^[-+]?\d{1,3}(?:,\d{3})+(?![\d,])/.test(whole) && !/\d,\d{1,2}(?!\d)|, /.test(whole)
    ? whole.replace(/,(?=\d{3})/g, "")
    : whole;
}

/** "15 39/40" and "1\frac{4}{5}" are sums; the blank that tells 1 1/2 from 11/2 is about to go. "3:1" and "3 to 1" are ratios, "3:10" a time. */
function spellMixedNumber(text: string): string {
  return text
    .replace(/^(-?)(\d+) +(\d+) ?\/ ?(\d+)$/, "$1$2\\frac{$3}{$4}")
    .replace(
      /(^|= ?)(?!\d{1,2}:[0-5]\d$)(\d+) ?(?::|\{? ?\bto\b ?\}?) ?(\d+)$/,
      "$1\\frac{$2}{$3}",
    );
}

/** "sqrt(x)" to \sqrt{x}, whatever is nested in it. */
function callsToCommands(text: string): string {
  let result = text;
  for (let from = 0;;) {
    const call = /(?<![a-zA-Z])\\?sqrt ?\(/.exec(result.slice(from));
    if (call === null) return result;
    const start = from + call.index;
    const open = start + call[0].length - 1;
    const close = closingBracket(result, open);
    if (close < 0) return result;
    result = `${result.slice(0, start)}\\sqrt{${result.slice(open + 1, close)}}${
      result.slice(close + 1)
    }`;
    from = start + 5;
  }
}

function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    if (text[index] === "(") depth++;
    else if (text[index] === ")" && --depth === 0) return index;
  }
  return -1;
}

/** \frac12 to \frac{1}{2}, \sqrt3 to \sqrt{3}, sqrt3 likewise, x_{1} to x_1, ^{2} to ^2. */
function braceArguments(text: string): string {
  return text
    .replace(/(?<!\\)sqrt(?=[\d{a-z])/g, "\\sqrt")
    .replace(
      /\\sqrt(?:\[([^\][]*)\])?(\d|[a-zA-Z])/g,
      (_, root, token) => `\\sqrt${root === undefined ? "" : `[${root}]`}{${token}}`,
    )
    .replace(/\\frac(\d|[a-zA-Z])(\d|[a-zA-Z])/g, "\\frac{$1}{$2}")
    .replace(/\\frac(\d|[a-zA-Z])(?=\{)/g, "\\frac{$1}")
    .replace(/(\\frac\{(?:[^{}]|\{[^{}]*\})*\})(\d|[a-zA-Z])/g, "$1{$2}")
    .replace(/([_^])\{(\w)\}/g, "$1$2")
    .replace(/^(-?)\(?(-?\d+)\/(\d+)\)?$/, "$1\\frac{$2}{$3}");
}

/** Drops braces or brackets around the whole that carry no meaning: {x}, and (X) around one letter. */
function unwrap(text: string): string {
  const letter = /^\(([A-Z])\)$/.exec(text)?.[1] ?? /^\{\(?([A-Z])\)?\}$/.exec(text)?.[1];
  if (letter !== undefined) return letter;
  const inner = /^\{([^{}]*)\}$/.exec(text)?.[1];
  return inner ?? text;
}

const NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split(
  " ",
);

/** One spelling of a plain number: with a digit before the point, without zeros that say nothing. */
function spellNumber(text: string): string {
  const word = NUMBER_WORDS.indexOf(text.toLowerCase());
  if (word >= 0) return String(word);
  const plain = text.replace(/(^|[^\d.\\])\.(?=\d)/g, "$10.");
  if (!/^[-+]?\d+(?:\.\d+)?$/.test(plain)) return plain;
  const digits = plain.replace(/^\+/, "");
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
