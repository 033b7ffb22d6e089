/**
 * Numbers as people and models write them in prose: "$1,234.50", "−7", "1/2", "2 1/2", "25%", "\frac{1}{2}", "11{,}000".
 *
 * @module
 */
import * as Rational from "./rational.ts";

/** A number that stands in a text. */
export interface NumberMention {
  /** Offset of its first character, sign and currency included. */
  readonly start: number;
  /** Offset after its last character, a percent sign included. */
  readonly end: number;
  /** Its exact value; undefined when it has too many digits to be an answer. */
  readonly value: Rational.Rational | undefined;
  readonly percent: boolean;
}

/** A time of the day, or digits with thousands separators (also LaTeX ones and narrow spaces) or without, and a decimal part. */
const PLAIN =
  /\d{1,2}:[0-5]\d(?= ?[ap]\.?m\b)|(?:\d{1,3}(?:(?:,(?:\\! ?)?|\{,\}|\\,|[\u00A0\u2009\u202F])\d{3}(?!\d))+|\d+)(?:\.\d+)?|(?<![\d.])\.\d+/g;

const MINUS = "-\u2212\u2013\uFE63\uFF0D";
const CURRENCY = "$£€¥₹";

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

/**
 * Writes every fraction as "a/b", so that {@link findNumbers} sees one notation; call it once on the whole text.
 */
export function spellFractions(text: string): string {
  return text
    .replace(/\\[dt]?frac ?\{ ?(\d{1,30}) ?\} ?\{ ?(\d{1,30}) ?\}/g, " $1/$2")
    .replace(/\\[dt]?frac ?(\d)(\d)/g, " $1/$2")
    .replace(/[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]/g, (character) => ` ${VULGAR[character]}`)
    .replaceAll("\u2044", "/");
}

/**
 * Finds all numbers of a text, in order; a fraction or mixed number is one mention. Takes time linear in the text.
 *
 * A minus belongs to a number only where it cannot be a range, a hyphen, a subtraction or a bullet: "5-10" is 5 and 10.
 */
export function findNumbers(text: string): readonly NumberMention[] {
  const plain = Array.from(text.matchAll(PLAIN), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    value: readPlain(match[0]),
  }));
  const mentions: NumberMention[] = [];
  for (let index = 0; index < plain.length;) {
    const taken = takeNumber(text, plain, index);
    const before = signBefore(text, plain[index]!.start);
    const { value, end } = taken;
    const percent = /^ ?\\?%|^ ?per ?cent/i.exec(text.slice(end, end + 9));
    mentions.push({
      start: before.start,
      end: end + (percent?.[0].length ?? 0),
      value: before.negative && value !== undefined ? Rational.negate(value) : value,
      percent: percent !== null,
    });
    index = taken.next;
  }
  return mentions;
}

/** The value of plain digits; half past two is two and a half hours. */
function readPlain(text: string): Rational.Rational | undefined {
  const [hours = "", minutes] = text.split(":");
  return minutes === undefined
    ? Rational.fromDecimal(hours.replace(/[^\d.]/g, ""))
    : Rational.make(BigInt(hours) * 60n + BigInt(minutes), 60n);
}

type Plain = Pick<NumberMention, "start" | "end" | "value">;
type Taken = { readonly value: Rational.Rational | undefined; readonly end: number; next: number };

/** Takes the longest of plain number, fraction and mixed number that starts with the plain number at `index`. */
function takeNumber(text: string, plain: readonly Plain[], index: number): Taken {
  const first = plain[index]!;
  const alone = { value: first.value, end: first.end, next: index + 1 };
  const fraction = takeFraction(text, plain, index);
  if (fraction !== undefined) return fraction;
  const second = plain[index + 1];
  if (second === undefined || first.value?.denominator !== 1n) return alone;
  const mixed = /^ {1,2}$/.test(text.slice(first.end, Math.min(second.start, first.end + 3)))
    ? takeFraction(text, plain, index + 1)
    : undefined;
  const proper = mixed?.value !== undefined && mixed.value.numerator < mixed.value.denominator &&
    mixed.value.denominator !== 1n;
  return proper ? { ...mixed, value: Rational.add(first.value, mixed.value!) } : alone;
}

/** "a/b", but not the parts of a date "1/2/2020". */
function takeFraction(text: string, plain: readonly Plain[], index: number): Taken | undefined {
  const [above, below, after] = [plain[index]!, plain[index + 1], plain[index + 2]];
  if (below === undefined || !isSlash(text, above.end, below.start)) return undefined;
  const chained = (after !== undefined && isSlash(text, below.end, after.start)) ||
    text[above.start - 1] === "/";
  if (chained || above.value === undefined || below.value === undefined) return undefined;
  const value = Rational.divide(above.value, below.value);
  return value === undefined ? undefined : { value, end: below.end, next: index + 2 };
}

function isSlash(text: string, from: number, to: number): boolean {
  return to - from <= 3 && /^ ?\/ ?$/.test(text.slice(from, to));
}

/** Where a number with its sign and currency starts, and whether the sign is a minus. */
function signBefore(text: string, digits: number): { start: number; negative: boolean } {
  const unsigned = skipCurrency(text, digits);
  const spaced = text[unsigned - 1] === " ";
  const sign = spaced ? unsigned - 2 : unsigned - 1;
  const character = text[sign];
  if (character === undefined || !(MINUS + "+").includes(character)) {
    return { start: unsigned, negative: false };
  }
  const before = text.slice(Math.max(0, sign - 4), sign);
  const binary = /[\p{L}\p{N})\]}%]$|[\d)\]}] +$/u.test(before) ||
    (spaced && /(?:^|\n|[\p{L}*]) *$/u.test(before));
  if (binary) return { start: unsigned, negative: false };
  return { start: skipCurrency(text, sign), negative: character !== "+" };
}

function skipCurrency(text: string, end: number): number {
  const gap = text[end - 1] === " " && CURRENCY.includes(text[end - 2] ?? " ") ? 1 : 0;
  if (!CURRENCY.includes(text[end - gap - 1] ?? " ")) return end;
  const start = end - gap - 1;
  return text[start - 1] === "\\" ? start - 1 : start;
}
