/**
 * Operators on each element, broadcast.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import type { DType } from "../types.ts";
import { one, plain } from "./node.ts";

/** a + b, broadcast. */
export const add = (a: Value, b: Value): Value => plain("Add", a, b);

/** a - b, broadcast. */
export const sub = (a: Value, b: Value): Value => plain("Sub", a, b);

/** a b, element by element, broadcast. */
export const mul = (a: Value, b: Value): Value => plain("Mul", a, b);

/** a / b, broadcast. */
export const div = (a: Value, b: Value): Value => plain("Div", a, b);

/** The smaller of two, broadcast. */
export const min = (a: Value, b: Value): Value => plain("Min", a, b);

/** The larger of two, broadcast. */
export const max = (a: Value, b: Value): Value => plain("Max", a, b);

/** -x. */
export const neg = (x: Value): Value => plain("Neg", x);

/** |x|. */
export const abs = (x: Value): Value => plain("Abs", x);

/** -1, 0 or 1. */
export const sign = (x: Value): Value => plain("Sign", x);

/** e^x. */
export const exp = (x: Value): Value => plain("Exp", x);

/** Natural logarithm. */
export const log = (x: Value): Value => plain("Log", x);

/** Square root. */
export const sqrt = (x: Value): Value => plain("Sqrt", x);

/** 1 / (1 + e^-x). */
export const sigmoid = (x: Value): Value => plain("Sigmoid", x);

/** Whether a = b, broadcast; bool. */
export const equal = (a: Value, b: Value): Value => plain("Equal", a, b);

/** Whether a < b, broadcast; bool. */
export const less = (a: Value, b: Value): Value => plain("Less", a, b);

/**
 * `yes` where the condition holds, else `no`; broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const leaky = Op.where(Op.less(x, Graph.constant(0)), Op.mul(x, Graph.constant(0.1)), x);
 * assert.equal(formatType(leaky), "f32[3]");
 * ```
 */
export const where = (condition: Value, yes: Value, no: Value): Value =>
  plain("Where", condition, yes, no);

/** The same elements in another dtype. */
export const cast = (x: Value, to: DType): Value => one("Cast", { to }, x);
