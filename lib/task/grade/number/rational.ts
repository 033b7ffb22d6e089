/**
 * Exact rational numbers: what answers are compared as, so that 18.0 is 18 and 0.5 is 1/2 but 0.333 is not 1/3.
 *
 * @module
 */

/** A rational number in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Digits a number may have; arithmetic on longer ones is slow, and no dataset has any. */
const MAX_DIGITS = 1000;

/**
 * Makes a rational number in lowest terms.
 *
 * @returns undefined when the denominator is zero
 */
export function make(numerator: bigint, denominator: bigint = 1n): Rational | undefined {
  if (denominator === 0n) return undefined;
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = greatestCommonDivisor(numerator, denominator);
  return {
    numerator: sign * numerator / divisor,
    denominator: sign * denominator / divisor,
  };
}

/**
 * Reads plain decimal notation: an optional "-" or "+", digits, optionally a point and digits.
 *
 * @returns undefined for anything else, and for more than {@link MAX_DIGITS} digits
 */
export function fromDecimal(text: string): Rational | undefined {
  if (text.length > MAX_DIGITS + 2) return undefined;
  const match = /^([-+]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return make(sign === "-" ? -digits : digits, 10n ** BigInt(fraction.length));
}

/** Whether two rationals are the same number. */
export function equals(left: Rational, right: Rational): boolean {
  return left.numerator === right.numerator && left.denominator === right.denominator;
}

/** The sum of two rationals. */
export function add(left: Rational, right: Rational): Rational {
  return lowest(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

/** The product of two rationals. */
export function multiply(left: Rational, right: Rational): Rational {
  return lowest(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** The quotient of two rationals, or undefined when the divisor is zero. */
export function divide(left: Rational, right: Rational): Rational | undefined {
  return make(left.numerator * right.denominator, left.denominator * right.numerator);
}

/** 10^n; n may be negative. */
export function powerOfTen(exponent: number): Rational {
  const power = 10n ** BigInt(Math.min(Math.abs(exponent), MAX_DIGITS));
  return exponent < 0
    ? { numerator: 1n, denominator: power }
    : { numerator: power, denominator: 1n };
}

/** A number to a whole power, or undefined where that has more than {@link MAX_DIGITS} digits or divides by zero. */
export function power(
  { numerator, denominator }: Rational,
  exponent: number,
): Rational | undefined {
  const size = Math.abs(exponent);
  const digits = Math.max(numerator.toString().length, denominator.toString().length) * size;
  if (digits > MAX_DIGITS) return undefined;
  const [above, below] = [numerator ** BigInt(size), denominator ** BigInt(size)];
  return exponent < 0 ? make(below, above) : make(above, below);
}

/** The number with its sign turned. */
export function negate(value: Rational): Rational {
  return { numerator: -value.numerator, denominator: value.denominator };
}

/** The shortest exact notation: an integer, a terminating decimal, else a fraction "1/3". */
export function format({ numerator, denominator }: Rational): string {
  if (denominator === 1n) return numerator.toString();
  const places = decimalPlaces(denominator);
  if (places === undefined) return `${numerator}/${denominator}`;
  const scaled = (numerator * 10n ** BigInt(places) / denominator).toString();
  const sign = scaled.startsWith("-") ? "-" : "";
  const digits = scaled.slice(sign.length).padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Digits after the point that 1/denominator needs, or undefined when it does not terminate. */
function decimalPlaces(denominator: bigint): number | undefined {
  let twos = 0;
  let fives = 0;
  let rest = denominator;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

function lowest(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}
