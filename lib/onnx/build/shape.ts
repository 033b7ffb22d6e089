/**
 * Operators that move elements.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import type { Size } from "../size.ts";
import type { Shape } from "../types.ts";
import { one } from "./node.ts";

/** The same elements in another shape. */
export const reshape = (x: Value, shape: Shape): Value => one("Reshape", { shape }, x);

/** Axes in another order. */
export const transpose = (x: Value, perm: readonly number[]): Value =>
  one("Transpose", { perm }, x);

/** Repeats x to a shape it broadcasts to. */
export const expand = (x: Value, shape: Shape): Value => one("Expand", { shape }, x);

/** Values one after the other along an axis. */
export const concat = (values: readonly Value[], axis: number): Value =>
  one("Concat", { axis }, ...values);

/** Elements start..end-1 along an axis. */
export const slice = (x: Value, axis: number, start: Size, end: Size): Value =>
  one("Slice", { axis, start, end }, x);

/** Zeros before and after along an axis. */
export const pad = (x: Value, axis: number, before: Size, after: Size): Value =>
  one("Pad", { axis, before, after }, x);
