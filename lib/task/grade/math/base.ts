/**
 * Numerals with their base: "2516_8", and "2516" where the question itself says in which base to answer.
 *
 * @module
 */

interface Numeral {
  readonly digits: string;
  /** Undefined where it is left out. */
  readonly base: string | undefined;
}

function readNumeral(text: string): Numeral | undefined {
  const [, digits, inner, plain] = /^(-?[\dA-F]+)(?:_(?:\{(\w{1,2})\}|(\w)))?$/.exec(text) ?? [];
  return digits === undefined ? undefined : { digits, base: inner ?? plain };
}

/** Whether an answer leaves out the base that the question asks for, or names it where the gold answer leaves it out. */
export function isInAskedBase(gold: string, answer: string, question: string): boolean {
  const [wanted, given] = [readNumeral(gold), readNumeral(answer)];
  if (wanted === undefined || given?.digits !== wanted.digits) return false;
  if (wanted.base !== undefined) {
    return given.base === undefined && /\b(?:base|binary|octal|hexadecimal)\b/i.test(question);
  }
  return given.base !== undefined && asksFor(given.base, question);
}

const NAMES: Readonly<Record<string, RegExp>> = {
  "2": /\bbinary\b/i,
  "8": /\boctal\b/i,
  "16": /\bhexadecimal\b/i,
};

function asksFor(base: string, question: string): boolean {
  const named = Array.from(question.matchAll(/\bbase[ -]?\$?\{?(\w+)/gi), ([, name]) => name);
  return named.at(-1) === base || NAMES[base]?.test(question) === true;
}
