/**
 * The value that an equation says: 5 of "x=5", "\sin A=\frac{BC}{AB}=\frac{3}{5}", "2+3=5" and "a+b=2+3=5".
 *
 * @module
 */
import type { Symbolic } from "./outcome.ts";
import { parseStructure, type Structure } from "./structure.ts";

/**
 * Letters, commands and brackets, without digits and operations: "BC", "\mathbf{v}", "f(2)", "(p,q)", "|AB|", "\frac{MN}{BC}", "AB:BC"; or
 * words with a number: "Representativesfor8thgrade".
 */
const NAME =
  /^\{?[a-zA-Z]{4,}\d{0,3}[a-zA-Z]*\}?$|^\{?\d{1,3}(?:st|nd|rd|th)[a-zA-Z]{3,}\}?$|^[A-Z]\(\{[a-zA-Z]+\}\)$|^[a-zA-Z]\([A-Z]'?(?:(?:\\(?:cap|cup|mid) ?|\|)[A-Z]'?)+\)$|^(?=.*[a-zA-Z])(?:\\(?!sqrt|pi|infty|in|to|pm|mp|cdot|times|begin|end)[a-zA-Z]+ ?|[a-zA-Z]|_(?:\{[^{}]*\}|\w)|\(-?\w+(?:,-?\w+)*\)|[{}|:'])+$/;

/** What stands after a congruence. */
const MODULUS = /\(?\\p?mod\{?\w+\}?\)?$/;

/** Reads an answer; where the other answer is no equation, of an equation the value that it says. */
export function withoutName(text: string, other: string, symbolic: Symbolic): Structure {
  const structure = parseStructure(exactPart(text));
  if (structure.kind !== "relation" || parseStructure(other).kind === "relation") return structure;
  // "=5" is a calculation whose first side stands before the answer
  const named = structure.sides[0] === "" ? structure.sides.slice(1) : structure.sides;
  const last = named.at(-1)!.replace(MODULUS, "");
  if (named.length === 1 && last !== "") return parseStructure(last);
  const isEquation = structure.signs.every((sign) => sign === "=" || sign === "\\equiv");
  const isCalculation = !/[a-zA-Z]/.test(text.replace(/\\[a-zA-Z]+/g, ""));
  return isEquation && (isCalculation || isValue(structure.sides.slice(0, -1), last, symbolic))
    ? parseStructure(last)
    : structure;
}

/** Whether the first side names the last one, or all before it are names or equal to it; in a chain the first may be anything. */
function isValue(sides: readonly string[], last: string, symbolic: Symbolic): boolean {
  const isSame = (side: string) => NAME.test(side) || symbolic.sameValue(side, last) === "equal";
  return NAME.test(sides[0]!) || (sides.length === 1 ? sides : sides.slice(1)).every(isSame);
}

/** Of "1/3\approx0.33" what stands before the sign, of "x\approx0.33" what stands after it. */
function exactPart(text: string): string {
  const [exact = "", approximate] = text.split(/\\approx(?![a-zA-Z])/);
  return approximate === undefined || !NAME.test(exact) ? exact : approximate;
}
