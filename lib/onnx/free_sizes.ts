/**
 * Sizes left open. Shapes of a graph are static; to make one that runs for any batch or length, it is built for sizes that occur
 * nowhere else, and those are written as symbols.
 *
 * @module
 */
import type { Shape } from "./types.ts";

/** Sizes from here on may stand for others: no dimension of a real model is as large, and numbers of elements stay exact. */
const LEAST = 2 ** 24;

/**
 * A size that stands for any, different for each index; from one to the next there is room for sums such as "and one more".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encode, freeSize, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const batch = freeSize(0);
 * const x = Graph.input("x", "f32", [batch, 64]);
 * const bytes = encode({ outputs: { y: Op.exp(x) } }); // runs for any batch
 * assert.ok(new TextDecoder().decode(bytes).includes("any0"));
 * ```
 */
export const freeSize = (index: number): number => LEAST + index * 2 ** 16;

/** Whether a size stands for any; the largest whole number is the end of an axis. */
export const isFree = (size: number): boolean => size >= LEAST && size < Number.MAX_SAFE_INTEGER;

/** The symbol of a size that stands for any: equal sizes have one, others another. */
export const symbolOf = (size: number): string => `any${size - LEAST}`;

/** Whether a shape is one of those that a type with free sizes allows. */
export function fits(shape: Shape, wanted: Shape): boolean {
  return shape.length === wanted.length &&
    shape.every((size, axis) => isFree(wanted[axis]!) || wanted[axis] === size);
}
