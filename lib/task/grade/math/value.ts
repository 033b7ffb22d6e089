/**
 * Numbers written in LaTeX, read exactly.
 *
 * @module
 */
import { Rational } from "../number/mod.ts";

const DECIMAL = String.raw`\d{1,400}(?:\.\d{0,400})?|\.\d{1,400}`;
const SCIENTIFIC = new RegExp(String.raw`^(${DECIMAL})(?:\*|\\times)10\^\{?(-?\d{1,3})\}?$`);
const FRACTION = new RegExp(
  String.raw`^(\d{0,400})\\frac\{(-?(?:${DECIMAL}))\}\{(-?(?:${DECIMAL}))\}$`,
);
const SLASH = new RegExp(String.raw`^(${DECIMAL})\/(${DECIMAL})$`);

/**
 * Reads a normalised number: an integer, decimal, fraction, mixed number "1\frac{4}{5}" or power of ten "1.5*10^3", with a sign.
 *
 * @returns undefined when it is anything else
 */
export function readExact(latex: string): Rational.Rational | undefined {
  const sign = /^[-+]/.exec(latex)?.[0] ?? "";
  const value = readUnsigned(latex.slice(sign.length).replace(/^\((.*)\)$/, "$1"));
  return value === undefined || sign !== "-" ? value : Rational.negate(value);
}

function readUnsigned(latex: string): Rational.Rational | undefined {
  const plain = Rational.fromDecimal(latex);
  if (plain !== undefined) return plain;
  const [, whole = "", above = "", below = ""] = FRACTION.exec(latex) ?? [];
  if (above !== "") return mixed(whole, quotient(above, below));
  const [, left = "", right = ""] = SLASH.exec(latex) ?? [];
  if (left !== "") return quotient(left, right);
  const [, mantissa = "", exponent = ""] = SCIENTIFIC.exec(latex) ?? [];
  if (mantissa === "") return undefined;
  const power = 10n ** BigInt(exponent.replace("-", ""));
  const scale = exponent.startsWith("-") ? Rational.make(1n, power) : Rational.make(power);
  return Rational.multiply(Rational.fromDecimal(mantissa)!, scale!);
}

function quotient(above: string, below: string): Rational.Rational | undefined {
  const [top, bottom] = [Rational.fromDecimal(above), Rational.fromDecimal(below)];
  return top === undefined || bottom === undefined ? undefined : Rational.divide(top, bottom);
}

function mixed(whole: string, part: Rational.Rational | undefined): Rational.Rational | undefined {
  if (part === undefined || whole === "") return part;
  return Rational.add(Rational.fromDecimal(whole)!, part);
}
