/**
 * Operators that move elements.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import { one } from "./node.ts";

/**
 * The same elements in another shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 6]);
 * assert.equal(formatType(Op.reshape(x, [2, 2, 3])), "f32[2,2,3]");
 * ```
 */
export const reshape = (x: Value, shape: readonly number[]): Value => one("Reshape", { shape }, x);

/**
 * Axes in another order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 5, 4]);
 * assert.equal(formatType(Op.transpose(x, [0, 2, 1])), "f32[2,4,5]");
 * ```
 */
export const transpose = (x: Value, perm: readonly number[]): Value =>
  one("Transpose", { perm }, x);

/**
 * Repeats x to a shape it broadcasts to.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [1, 3]);
 * assert.equal(formatType(Op.expand(x, [4, 3])), "f32[4,3]");
 * ```
 */
export const expand = (x: Value, shape: readonly number[]): Value => one("Expand", { shape }, x);

/**
 * Values one after the other along an axis.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const prompt = Graph.input("prompt", "f32", [10, 64]);
 * const text = Graph.input("text", "f32", [5, 64]);
 * assert.equal(formatType(Op.concat([prompt, text], 0)), "f32[15,64]");
 * ```
 */
export const concat = (values: readonly Value[], axis: number): Value =>
  one("Concat", { axis }, ...values);

/**
 * Elements start..end-1 along an axis.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [15, 64]);
 * assert.equal(formatType(Op.slice(x, 0, 10, 15)), "f32[5,64]");
 * ```
 */
export const slice = (x: Value, axis: number, start: number, end: number): Value =>
  one("Slice", { axis, start, end }, x);

/**
 * Zeros before and after along an axis.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [5, 64]);
 * assert.equal(formatType(Op.pad(x, 0, 10, 1)), "f32[16,64]");
 * ```
 */
export const pad = (x: Value, axis: number, before: number, after: number): Value =>
  one("Pad", { axis, before, after }, x);
