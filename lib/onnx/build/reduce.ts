/**
 * Operators that reduce axes.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import { one } from "./node.ts";

/**
 * Sum over axes, which are dropped unless kept as 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const attention = Graph.input("attention", "f32", [8, 5, 7]);
 * assert.equal(formatType(Op.reduceSum(attention, [0])), "f32[5,7]");
 * ```
 */
export const reduceSum = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceSum", { axes, keepDims }, x);

/**
 * Mean over axes, which are dropped unless kept as 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [5, 64]);
 * assert.equal(formatType(Op.reduceMean(x, [-1], true)), "f32[5,1]");
 * ```
 */
export const reduceMean = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMean", { axes, keepDims }, x);

/**
 * Largest over axes, which are dropped unless kept as 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [5, 64]);
 * assert.equal(formatType(Op.reduceMax(x, [0, 1])), "f32[]");
 * ```
 */
export const reduceMax = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMax", { axes, keepDims }, x);

/**
 * Index of the largest along an axis, the first of equals; i64.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const logits = Graph.input("logits", "f32", [5, 100]);
 * assert.equal(formatType(Op.argMax(logits, -1)), "i64[5]");
 * ```
 */
export const argMax = (x: Value, axis: number): Value => one("ArgMax", { axis }, x);
