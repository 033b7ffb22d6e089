/**
 * A published equation written out as a worked solution: what SVAMP and MultiArith have in place of a rationale.
 *
 * @module
 */
import { Rational } from "./number/mod.ts";

type Operation = (
  left: Rational.Rational,
  right: Rational.Rational,
) => Rational.Rational | undefined;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "+": Rational.add,
  "-": (left, right) => Rational.add(left, Rational.negate(right)),
  "*": Rational.multiply,
  "/": Rational.divide,
};

/** An innermost calculation in brackets: "(3.0+2.0)". */
const INNERMOST = /\(\s*(-?[\d.]+)\s*([-+*/])\s*(-?[\d.]+)\s*\)/;

/** Steps that an equation may have; the datasets' have three at most. */
const MOST_STEPS = 16;

/**
 * Works a fully bracketed equation from the inside out, one calculation a line: "X=((32.0+42.0)-35.0)" becomes
 * "32 + 42 = 74\n74 - 35 = 39".
 *
 * @param equation of numbers, + - * / and brackets; "X=" may stand before it
 * @param gold the answer that the steps must end in
 * @returns undefined for any other form, for steps that are no finite decimals, and where they do not end in `gold`
 */
export function workedSteps(equation: string, gold: string): string | undefined {
  const lines: string[] = [];
  let rest = equation.replace(/^\s*X\s*=/, "").trim();
  for (let match; lines.length < MOST_STEPS && (match = INNERMOST.exec(rest)) !== null;) {
    const [calculation, left, operator, right] = match as unknown as [
      string,
      string,
      string,
      string,
    ];
    const [a, b] = [Rational.fromDecimal(left), Rational.fromDecimal(right)];
    const value = a && b && OPERATIONS[operator]!(a, b);
    if (value === undefined) return undefined;
    const result = Rational.format(value);
    lines.push(`${Rational.format(a!)} ${operator} ${Rational.format(b!)} = ${result}`);
    rest = rest.replace(calculation, result);
  }
  const [end, wanted] = [Rational.fromDecimal(rest), Rational.fromDecimal(gold)];
  return lines.length > 0 && end && wanted && Rational.equals(end, wanted)
    ? lines.join("\n")
    : undefined;
}
