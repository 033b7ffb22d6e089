/**
 * Operators that reduce axes.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import { one } from "./node.ts";

/** Sum over axes, which are dropped unless kept as 1. */
export const reduceSum = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceSum", { axes, keepDims }, x);

/** Mean over axes, which are dropped unless kept as 1. */
export const reduceMean = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMean", { axes, keepDims }, x);

/** Largest over axes, which are dropped unless kept as 1. */
export const reduceMax = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMax", { axes, keepDims }, x);

/** Index of the largest along an axis, the first of equals; i64. */
export const argMax = (x: Value, axis: number): Value => one("ArgMax", { axis }, x);
