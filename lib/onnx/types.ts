/**
 * What a tensor is: an element type and a shape.
 *
 * @module
 */
import { Data } from "effect";
import { isOpen, type Size, times } from "./size.ts";

/** Element types the graphs use, by short name. */
export type DType = "f32" | "f16" | "i64" | "bool" | "u8" | "i8";

/** Number of each dtype in onnx.TensorProto.DataType, and bytes of one element. */
export const dtypes = {
  f32: { onnx: 1, bytes: 4 },
  u8: { onnx: 2, bytes: 1 },
  i8: { onnx: 3, bytes: 1 },
  i64: { onnx: 7, bytes: 8 },
  f16: { onnx: 10, bytes: 2 },
  bool: { onnx: 9, bytes: 1 },
} as const satisfies Record<DType, { readonly onnx: number; readonly bytes: number }>;

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly Size[];

/** Sizes of a tensor whose elements are known. */
export type FixedShape = readonly number[];

/** Element type and shape of a tensor. */
export interface TensorType {
  /** Type of the elements. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: Shape;
}

/** A graph that breaks a rule of an operator; the message names the operator and the types at fault. */
export class GraphError extends Data.TaggedError("GraphError")<{
  readonly op: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot build ${this.op} as ${this.reason}`;
  }
}

/** Number of elements of a shape. */
export function sizeOf(shape: FixedShape): number;
/** Number of elements of a shape with open sizes, as their product. */
export function sizeOf(shape: Shape): Size;
export function sizeOf(shape: Shape): Size {
  return shape.reduce(times, 1);
}

/** Whether each number is a size: an integer, zero or more. */
export function isShape(shape: Shape): boolean {
  return shape.every((size) => isOpen(size) || Number.isSafeInteger(size) && size >= 0);
}

/** Whether a run may feed a shape where the type of an input has the other. */
export function fits(shape: FixedShape, wanted: Shape): boolean {
  return shape.length === wanted.length &&
    shape.every((size, axis) => isOpen(wanted[axis]!) || wanted[axis] === size);
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Whether two shapes differ along one axis at most. */
export function sameButAxis(a: Shape, b: Shape, axis: number): boolean {
  return a.length === b.length && a.every((dimension, i) => i === axis || dimension === b[i]);
}

/** A type as text, `f32[2,3]`. */
export function formatType(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(",")}]`;
}

/**
 * The shape two operands broadcast to, by numpy's rule.
 *
 * @returns the common shape, or `undefined` when the shapes do not broadcast
 */
export function broadcast(a: FixedShape, b: FixedShape): FixedShape | undefined;
/** The same for shapes with open sizes, each of which broadcasts to itself alone. */
export function broadcast(a: Shape, b: Shape): Shape | undefined;
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Size[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** An axis counted from the front: `-1` is the last. `undefined` when it is outside of the rank. */
export function resolveAxis(axis: number, rank: number): number | undefined {
  const resolved = axis < 0 ? axis + rank : axis;
  return Number.isInteger(resolved) && resolved >= 0 && resolved < rank ? resolved : undefined;
}
