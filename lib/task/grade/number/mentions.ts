/**
 * Numbers as people and models write them in prose: "$1,234.50", "−7", "1/2", "2 1/2", "25%", "9 500", "1.5 million", "7 \times 10^4".
 *
 * @module
 */
import { SCALES } from "./words.ts";
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

/** How a text writes numbers. */
export interface NumberStyle {
  /** The mark between groups of three digits is a point, and the decimal mark a comma: "1.500,25". */
  readonly pointGroups?: boolean;
  /** A power of ten that the question names as its unit ("how many million?") and that is no part of the number then. */
  readonly unit?: string;
}

/** What separates groups of three digits, LaTeX spellings, narrow spaces and the Swiss apostrophe included. */
const GROUP = String.raw`(?:,(?:\\! ?)?|\{,\}|\\,|[\u00A0\u2007\u2009\u202F]|['’])`;

/** A time of the day, or digits with thousands separators or without, with a decimal part and a power of ten "e6". */
const PLAIN = new RegExp(
  String
    .raw`\d{1,2}:[0-5]\d(?![:\d])|(?:\d{1,3}(?:${GROUP}\d{3}(?!\d))+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3}(?!\w|\.\d))?|(?<![\d.])\.\d+`,
  "g",
);
const POINT_GROUPS =
  /\d{1,2}:[0-5]\d(?![:\d])|(?:\d{1,3}(?:\.\d{3}(?!\d))+|\d+)(?:,\d+(?![.\d]))?|\d+\.\d+/g;

const MINUS = "-\u2212\u2013\uFE63\uFF0D";
const CURRENCY = "$£€¥₹";

/**
 * Finds all numbers of a text, in order; a fraction or mixed number is one mention. Takes time linear in the text.
 *
 * A minus belongs to a number only where it cannot be a range, a hyphen, a subtraction or a bullet: "5-10" is 5 and 10.
 */
export function findNumbers(text: string, style: NumberStyle = {}): readonly NumberMention[] {
  const plain = joinGroups(text, findPlain(text, style));
  const mentions: NumberMention[] = [];
  for (let index = 0; index < plain.length;) {
    const taken = takeNumber(text, plain, index);
    const before = signBefore(text, plain[index]!.start);
    const { value, end, next } = takeCents(text, takeScale(text, taken, before.start, style));
    const percent = /^ ?\\?%|^ ?per ?cent/i.exec(text.slice(end, end + 9));
    mentions.push({
      start: before.start,
      end: end + (percent?.[0].length ?? 0),
      value: before.negative && value !== undefined ? Rational.negate(value) : value,
      percent: percent !== null,
    });
    index = next;
  }
  return mentions;
}

type Plain = Pick<NumberMention, "start" | "end" | "value">;
type Taken = { readonly value: Rational.Rational | undefined; readonly end: number; next: number };

/** What says that "3:15" is no time of the day but two numbers. */
const RATIO = /\b(?:ratio|proportion|odds|scale|score)\b[^.\n]*$/i;

/** The plain numbers of a text; the exponent of a unit or variable ("m^2", "x^{3}") is none. */
function findPlain(text: string, { pointGroups = false }: NumberStyle): readonly Plain[] {
  const plain: Plain[] = [];
  for (const { 0: digits, index } of text.matchAll(pointGroups ? POINT_GROUPS : PLAIN)) {
    if (text[index - 1] === "^" || (text[index - 1] === "{" && text[index - 2] === "^")) continue;
    const end = index + digits.length;
    const colon = digits.indexOf(":");
    if (colon < 0) {
      const point = pointGroups && /\.\d{3}|,/.test(digits)
        ? digits.replaceAll(".", "").replace(",", ".")
        : digits;
      plain.push({ start: index, end, value: readPlain(point) });
    } else if (RATIO.test(text.slice(Math.max(0, index - 60), index))) {
      const at = index + colon;
      plain.push({ start: index, end: at, value: readPlain(digits.slice(0, colon)) });
      plain.push({ start: at + 1, end, value: readPlain(digits.slice(colon + 1)) });
    } else plain.push({ start: index, end, value: readTime(digits, colon) });
  }
  return plain;
}

function readPlain(digits: string): Rational.Rational | undefined {
  const [mantissa = "", exponent] = digits.split(/e/i);
  const value = Rational.fromDecimal(mantissa.replace(/[^\d.]/g, ""));
  return exponent === undefined || value === undefined
    ? value
    : Rational.multiply(value, Rational.powerOfTen(Number(exponent)));
}

/** Half past two is two and a half hours. */
function readTime(digits: string, colon: number): Rational.Rational | undefined {
  const minutes = BigInt(digits.slice(0, colon)) * 60n + BigInt(digits.slice(colon + 1));
  return Rational.make(minutes, 60n);
}

/** What a number counts or numbers, so that the next one does not go on with it: "Day 1 200 pages". */
const LABEL =
  /\b(?:step|day|week|month|year|model|room|option|part|case|plan|method|page|grade|level|no\.|number) ?$/i;

/** After three digits: what they measure, as in "5 100 dollar bills" and "2 500-calorie meals". */
const COMPOUND =
  /^-?[a-z]|^ (?:dollar|cent|pound|euro|mile|page|piece|calorie|watt|foot|inch|gram|liter|litre|meter|metre|gallon|ml|point) \p{L}/iu;

/** Joins groups of three digits that stand after a blank: "9 500". */
function joinGroups(text: string, plain: readonly Plain[]): readonly Plain[] {
  const joined: Plain[] = [];
  for (const each of plain) {
    const last = joined.at(-1);
    const digits = last === undefined ? "" : text.slice(last.start, last.end);
    const isGroup = last !== undefined && each.start === last.end + 1 && text[last.end] === " " &&
      /^[1-9]\d{0,2}(?: \d{3})*$/.test(digits) &&
      /^\d{3}(?:\.\d+)?$/.test(text.slice(each.start, each.end)) &&
      !/[\d.,/^*x×+=-] ?$/.test(text.slice(Math.max(0, last.start - 2), last.start)) &&
      !LABEL.test(text.slice(Math.max(0, last.start - 12), last.start)) &&
      !COMPOUND.test(text.slice(each.end, each.end + 14)) &&
      !/^ ?[/^]/.test(text.slice(each.end, each.end + 4));
    if (!isGroup) joined.push(each);
    else {
      const value = readPlain(text.slice(last.start, each.end).replaceAll(" ", ""));
      joined[joined.length - 1] = { start: last.start, end: each.end, value };
    }
  }
  return joined;
}

/** Takes the longest of plain number, power, fraction and mixed number that starts with the plain number at `index`. */
function takeNumber(text: string, plain: readonly Plain[], index: number): Taken {
  const first = plain[index]!;
  const alone = { value: first.value, end: first.end, next: index + 1 };
  const power = takePower(text, alone);
  if (power !== undefined) return power;
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

const POWER = /^ ?(?:\^|\*\*) ?(?:\{ ?(-?\d{1,3}) ?\}|\(?(-?\d{1,3})(?!\d)\)?)/;
const TIMES_POWER =
  /^ ?(?:\\times|\\cdot|[×x*·]) ?10 ?(?:\^|\*\*) ?(?:\{ ?(-?\d{1,3}) ?\}|\(?(-?\d{1,3})\)?)/;

/** Whether "**" after a number ends what is printed in bold: an odd one of its line, or one with a gap on one side alone. */
function endsBold(text: string, at: number): boolean {
  const line = text.slice(Math.max(text.lastIndexOf("\n", at) + 1, at - 200), at);
  return line.split("**").length % 2 === 0 || (text[at - 1] === " ") !== (text[at + 2] === " ");
}

/** "10^6", "10**6" and "7 \times 10^4", as far as an answer may have digits. */
function takePower(text: string, { value, end, next }: Taken): Taken | undefined {
  const sign = text[end] === " " ? text[end + 1] : text[end];
  if (value === undefined || sign === undefined || !"^\\×x*·".includes(sign)) return undefined;
  const rest = text.slice(end, end + 24);
  const times = TIMES_POWER.exec(rest);
  if (times !== null) {
    const scale = Rational.powerOfTen(Number(times[1] ?? times[2]));
    // the 10 is a plain number of its own, and so is an exponent after "**"
    const taken = times[0].includes("**") ? 2 : 1;
    return {
      value: Rational.multiply(value, scale),
      end: end + times[0].length,
      next: next + taken,
    };
  }
  const power = POWER.exec(rest);
  const stars = text.indexOf("**", end);
  if (power === null || (stars >= 0 && stars <= end + 1 && endsBold(text, stars))) return undefined;
  return {
    value: Rational.power(value, Number(power[1] ?? power[2])),
    end: end + power[0].length,
    next: power[0].includes("**") ? next + 1 : next,
  };
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

const SCALE = /^[ -](dozen|hundred|thousand|million|billion|trillion)s?\b/i;

/** "$1.5M", "$20k": with a currency only, as "5k" is a race. */
const SHORT: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  mn: "million",
  mil: "million",
  b: "billion",
  bn: "billion",
};

/** A power of ten in words after a number: "1.5 million", "3 hundred thousand". */
function takeScale(text: string, taken: Taken, start: number, { unit }: NumberStyle): Taken {
  let { value, end } = taken;
  const short = /[$£€¥₹]/.test(text.slice(start, start + 4))
    ? /^ ?(k|mn|mil|m|bn|b)(?![a-zA-Z])/i.exec(text.slice(end, end + 6))
    : null;
  if (short === null && !/[dhtmb]/i.test(text[end + 1] ?? "")) return taken;
  for (let first = true;; first = false) {
    const word = first && short !== null ? short : SCALE.exec(text.slice(end, end + 12));
    if (word === null || value === undefined) return { ...taken, value, end };
    const name = word[1]!.toLowerCase();
    const scale = SHORT[name] ?? name;
    if (scale === unit) return { ...taken, value, end };
    value = Rational.multiply(value, Rational.make(SCALES.get(scale)!)!);
    end += word[0].length;
  }
}

/** "5 dollars and 50 cents". */
function takeCents(text: string, taken: Taken): Taken {
  if (text[taken.end + 1] !== "d" || taken.value === undefined) return taken;
  const match = /^ dollars? and (\d{1,2}) cents?\b/.exec(text.slice(taken.end, taken.end + 28));
  if (match === null) return taken;
  const cents = Rational.make(BigInt(match[1]!), 100n)!;
  return {
    value: Rational.add(taken.value, cents),
    end: taken.end + match[0].length,
    next: taken.next + 1,
  };
}

/** "negative 20", and "minus 20" where nothing is there to subtract from. */
const SIGN_WORD =
  /\bnegative $|(?:^|[.:=(,\n]\s?|\b(?:is|are|was|were|be|equals|to|of|at|than|or|answer) )minus $/i;

/** Where a number with its sign and currency starts, and whether the sign is a minus. */
function signBefore(text: string, digits: number): { start: number; negative: boolean } {
  const unsigned = skipCurrency(text, digits);
  const spaced = text[unsigned - 1] === " ";
  const sign = spaced ? unsigned - 2 : unsigned - 1;
  const character = text[sign];
  if (character === "e" || character === "s") {
    const word = SIGN_WORD.exec(text.slice(Math.max(0, unsigned - 20), unsigned));
    const length = word === null ? 0 : /(?:negative|minus) $/i.exec(word[0])![0].length;
    return { start: unsigned - length, negative: word !== null };
  }
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
