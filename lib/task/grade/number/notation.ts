/**
 * One notation for the numbers of a text: ASCII digits, fractions as "a/b", exponents as "^{n}".
 *
 * @module
 */

const VULGAR: Readonly<Record<string, string>> = {
  "½": "1/2",
  "⅓": "1/3",
  "⅔": "2/3",
  "¼": "1/4",
  "¾": "3/4",
  "⅕": "1/5",
  "⅖": "2/5",
  "⅗": "3/5",
  "⅘": "4/5",
  "⅙": "1/6",
  "⅚": "5/6",
  "⅛": "1/8",
  "⅜": "3/8",
  "⅝": "5/8",
  "⅞": "7/8",
};

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Marks that belong to digits of other scripts: Arabic's percent, point and comma, and full-width ones. */
const MARKS: Readonly<Record<string, string>> = {
  "\u066A": "%",
  "\u066B": ".",
  "\u066C": ",",
  "\uFF0E": ".",
  "\uFF0C": ",",
  "\uFF05": "%",
  "\uFF0F": "/",
  "\uFF1A": ":",
  "\uFF0B": "+",
  "\uFF1D": "=",
};

/**
 * Writes every fraction as "a/b", every digit as an ASCII one and every exponent as "^{n}", so that what finds numbers sees one notation;
 * call it once on the whole text.
 */
export function unifyNumbers(text: string): string {
  const latex = !text.includes("frac") ? text : text
    .replace(/\\[dtc]?frac ?\{ ?(\d{1,30}) ?\} ?\{ ?(\d{1,30}) ?\}/g, " $1/$2")
    .replace(/\\[dtc]?frac ?(\d)(\d)/g, " $1/$2");
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7F]*$/.test(latex)) return latex;
  return asciiDigits(latex)
    .replace(/[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]/g, (character) => ` ${VULGAR[character]}`)
    .replace(
      /(?<=\d)⁻?[⁰¹²³⁴-⁹]{1,4}/g,
      (digits) =>
        `^{${
          digits.replace("⁻", "-").replace(/[⁰¹²³⁴-⁹]/g, (one) => `${SUPERSCRIPTS.indexOf(one)}`)
        }}`,
    )
    .replaceAll("\u2044", "/");
}

/** Digits of every script in ASCII, with the marks between them: "２，５００" and "٢٬٥٠٠" are "2,500". */
export function asciiDigits(text: string): string {
  if (!/(?![0-9])\p{Nd}/u.test(text)) return text;
  return text
    .replace(
      /(?<=\p{Nd})[\u066B\u066C\uFF0C\uFF0E\uFF0F\uFF1A](?=\p{Nd})|(?<=\p{Nd})[\u066A\uFF05]/gu,
      (mark) => MARKS[mark]!,
    )
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitOf(digit.codePointAt(0)!)));
}

/** The value of a decimal digit: Unicode keeps the ten digits of a script, and of neighbouring scripts, in one row. */
function digitOf(code: number): number {
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}
