/**
 * Numbers spelled out: "two hundred and sixty-eight", "negative five", "one and a half", "three point two".
 *
 * @module
 */
import * as Rational from "./rational.ts";

/** A number spelled out in a text. */
export interface SpelledNumber {
  /** Offset of its first letter. */
  readonly start: number;
  /** Offset after its last letter. */
  readonly end: number;
  readonly value: Rational.Rational;
}

const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** Powers of ten that follow a number, in words or digits. */
export const SCALES: ReadonlyMap<string, bigint> = new Map([
  ["dozen", 12n],
  ["hundred", 100n],
  ["thousand", 1000n],
  ["million", 10n ** 6n],
  ["billion", 10n ** 9n],
  ["trillion", 10n ** 12n],
]);

/** Denominators: "two thirds", "three quarters". */
const PARTS: ReadonlyMap<string, bigint> = new Map([
  ["half", 2n],
  ["halves", 2n],
  ["third", 3n],
  ["quarter", 4n],
  ["fourth", 4n],
  ["fifth", 5n],
  ["sixth", 6n],
  ["seventh", 7n],
  ["eighth", 8n],
  ["ninth", 9n],
  ["tenth", 10n],
]);

const any = (words: Iterable<string>) => [...words].join("|");
const NUMBERS = any([...ONES, ...TENS]);

/** Where a number in words begins; "a hundred" and "hundred ninety" stand for one hundred. */
const START = new RegExp(
  String.raw`\b(?:(?:negative|minus) )?(?:an? (?=(?:${any(SCALES.keys())}|half|third|quarter)\b)` +
    String.raw`|(?=(?:hundred|thousand) (?:and )?(?:${NUMBERS})\b)|(?=(?:${NUMBERS}|half)\b))`,
  "gi",
);

/** The next word of a number: "-eight", " and sixty", ", two". */
const NEXT = /(,? and |-and-|, |[\s-]{0,2})([a-z]+)/iy;

interface Word {
  readonly word: string;
  readonly end: number;
  /** What joins it to the word before. */
  readonly joint: "blank" | "comma" | "and";
}

/** Finds all numbers in words, in order. */
export function findWords(text: string): readonly SpelledNumber[] {
  const found: SpelledNumber[] = [];
  START.lastIndex = 0;
  for (let match = START.exec(text); match !== null; match = START.exec(text)) {
    const spelled = readWords(text, match.index, match[0].toLowerCase());
    if (spelled !== undefined) found.push(spelled);
    START.lastIndex = Math.max(spelled?.end ?? 0, match.index + Math.max(1, match[0].length));
  }
  return found;
}

function wordAt(text: string, at: number): Word | undefined {
  NEXT.lastIndex = at;
  const [all, joint = "", word = ""] = NEXT.exec(text) ?? [];
  if (all === undefined) return undefined;
  return {
    word: word.toLowerCase(),
    end: NEXT.lastIndex,
    joint: /and/i.test(joint) ? "and" : joint.startsWith(",") ? "comma" : "blank",
  };
}

/** Reads one number from where it begins; `lead` is what stands before its first word: "minus ", "a ". */
function readWords(text: string, start: number, lead: string): SpelledNumber | undefined {
  const from = start + lead.length;
  const implied = /an? $/.test(lead) || /^(?:hundred|thousand)/i.test(text.slice(from, from + 8));
  const whole = readWhole(text, from, implied);
  const read = readFraction(text, whole, from, /an? $/.test(lead)) ?? readPoint(text, whole);
  if (read === undefined) return undefined;
  const { value, end } = readScale(text, read);
  return { start, end, value: /^(?:negative|minus)/.test(lead) ? Rational.negate(value) : value };
}

interface Read {
  readonly value: Rational.Rational;
  readonly end: number;
}

/** A whole number: "two hundred and sixty-eight", "a million"; undefined where there is none. */
function readWhole(text: string, from: number, implied: boolean): Read | undefined {
  let [total, group, end] = [0n, implied ? 1n : 0n, from];
  /** What the next number must be smaller than to be added, and what the next power of ten. */
  let [room, scale] = [1000n, 10n ** 15n];
  let last: "start" | "number" | "power" = "start";
  for (let word = wordAt(text, from); word !== undefined; word = wordAt(text, word.end)) {
    const value = valueOf(word.word);
    const power = SCALES.get(word.word);
    const joins = word.joint === "blank" || (last === "power" && power === undefined);
    if (!joins || (value === undefined && power === undefined)) break;
    if (value !== undefined) {
      if (value >= room || (implied && last === "start")) break;
      group += value;
      room = value >= 20n ? 10n : 1n;
    } else if (power === 100n) {
      if (group === 0n || group >= 100n) break;
      group *= power;
      room = 100n;
    } else {
      if (group === 0n || power! >= scale || (power === 12n && group > 99n)) break;
      total += group * power!;
      [group, scale, room] = [0n, power!, 1000n];
    }
    last = value === undefined ? "power" : "number";
    end = word.end;
  }
  return end === from ? undefined : { value: Rational.make(total + group)!, end };
}

/** "two and a half million", "half a million". */
function readScale(text: string, read: Read): Read {
  if (read.value.denominator === 1n) return read;
  const article = /^ an? (?=[a-z])/i.exec(text.slice(read.end, read.end + 6))?.[0].trimEnd() ?? "";
  const next = wordAt(text, read.end + article.length);
  const power = next?.joint === "blank" ? SCALES.get(next.word) : undefined;
  return power === undefined
    ? read
    : { value: Rational.multiply(read.value, Rational.make(power)!), end: next!.end };
}

function valueOf(word: string): bigint | undefined {
  const ones = ONES.indexOf(word);
  if (ones >= 0) return BigInt(ones);
  const tens = TENS.indexOf(word);
  return tens < 0 ? undefined : BigInt(20 + 10 * tens);
}

/** "two thirds", "one and a half", "a quarter", "half". */
function readFraction(
  text: string,
  whole: Read | undefined,
  from: number,
  implied: boolean,
): Read | undefined {
  const next = wordAt(text, whole?.end ?? from);
  if (next === undefined) return undefined;
  const part = PARTS.get(next.word.replace(/(?<=[a-z]{4})s$/, ""));
  if (part !== undefined && next.joint === "blank") {
    const above = whole?.value.numerator ?? 1n;
    if (whole === undefined && !implied && next.word !== "half") return undefined;
    if (whole !== undefined && above >= 100n) return undefined;
    return { value: Rational.make(above, part)!, end: next.end };
  }
  const mixed =
    /^ and (?:a (half|quarter|third)|one (half|quarter|third)|(two|three) (thirds|quarters))\b/i
      .exec(text.slice(whole?.end ?? from, (whole?.end ?? from) + 24));
  if (whole === undefined || mixed === null) return undefined;
  const [all, alone, one, count = "one", several = ""] = mixed;
  const above = valueOf(count.toLowerCase())!;
  const below = PARTS.get((alone ?? one ?? several.slice(0, -1)).toLowerCase())!;
  return {
    value: Rational.add(whole.value, Rational.make(above, below)!),
    end: whole.end + all.length,
  };
}

/** "three point two five", "two point eighty-seven", "thirty-four dollars and seventy-two cents". */
function readPoint(text: string, whole: Read | undefined): Read | undefined {
  if (whole === undefined) return undefined;
  const match = /^ (?:point|dollars? and) /i.exec(text.slice(whole.end, whole.end + 14));
  if (match === null) return whole;
  const from = whole.end + match[0].length;
  if (!/point/i.test(match[0])) return readCents(text, whole, from) ?? whole;
  let [digits, end] = ["", from];
  for (let word = wordAt(text, from); word !== undefined; word = wordAt(text, word.end)) {
    const value = word.joint === "blank" ? valueOf(word.word) : undefined;
    if (value === undefined) break;
    // "eighty-seven" are two digits, not three
    digits = digits.endsWith("0") && value < 10n && digits.length > 1
      ? digits.slice(0, -1) + value
      : digits + value;
    end = word.end;
  }
  if (digits === "") return whole;
  return { value: Rational.add(whole.value, Rational.fromDecimal(`0.${digits}`)!), end };
}

/** The cents after "thirty-four dollars and ". */
function readCents(text: string, whole: Read, from: number): Read | undefined {
  const cents = readWhole(text, from, false);
  const unit = cents === undefined
    ? null
    : /^ cents?\b/i.exec(text.slice(cents.end, cents.end + 7));
  if (cents === undefined || unit === null) return undefined;
  const share = Rational.divide(cents.value, Rational.make(100n)!)!;
  return { value: Rational.add(whole.value, share), end: cents.end + unit[0].length };
}
