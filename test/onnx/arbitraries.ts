/**
 * Random shapes and tensors. Elements are dyadic fractions, so that a step of a central difference is exact in f32.
 *
 * @module
 */
import fc from "fast-check";
import { type DType, type FixedShape as Shape, sizeOf } from "../../lib/onnx/mod.ts";
import type { Tensor } from "../../lib/runtime/session.ts";
import { f32, i64 } from "./support.ts";

/** A size of 1 to 4. */
export const size = fc.integer({ min: 1, max: 4 });

/** Sizes of an array of so many axes. */
export function shapes(minLength: number, maxLength = 3): fc.Arbitrary<number[]> {
  return fc.array(size, { minLength, maxLength });
}

/** So many shapes that broadcast to a common one; any may lack outer axes or have axes of size 1. */
export function broadcastable(count: number, maxLength = 3): fc.Arbitrary<readonly Shape[]> {
  return shapes(0, maxLength).chain((shape) =>
    fc.tuple(
      ...Array.from({ length: count }, () =>
        fc.tuple(fc.nat(shape.length), fc.array(fc.boolean(), fixed(shape.length)))
          .map(([drop, ones]) =>
            shape.map((n, axis) => ones[axis] ? 1 : n).slice(drop)
          )),
    )
  );
}

const fixed = (length: number) => ({ minLength: length, maxLength: length });

function fill<A, T>(
  shape: Shape,
  element: fc.Arbitrary<A>,
  make: (data: A[], shape: Shape) => T,
): fc.Arbitrary<T> {
  return fc.array(element, fixed(sizeOf(shape))).map((data) => make(data, shape));
}

/** Elements within -3..3, in steps of 1/64. */
export function reals(shape: Shape): fc.Arbitrary<Tensor<Float32Array>> {
  return fill(shape, fc.integer({ min: -192, max: 192 }).map((n) => n / 64), f32);
}

/** Elements within 0.75..3, in steps of 1/64. */
export function positives(shape: Shape): fc.Arbitrary<Tensor<Float32Array>> {
  return fill(shape, fc.integer({ min: 48, max: 192 }).map((n) => n / 64), f32);
}

/** Elements of either sign that are at least 0.75 away from zero. */
export function nonzeros(shape: Shape): fc.Arbitrary<Tensor<Float32Array>> {
  const magnitude = fc.integer({ min: 48, max: 192 });
  return fill(
    shape,
    fc.tuple(magnitude, fc.boolean()).map(([n, minus]) => (minus ? -n : n) / 64),
    f32,
  );
}

/** Elements -2, -1.5, ... 2, of which many are equal, plus an offset. */
export function coarse(shape: Shape, offset = 0): fc.Arbitrary<Tensor<Float32Array>> {
  return fill(shape, fc.integer({ min: -4, max: 4 }).map((n) => n / 2 + offset), f32);
}

/** Elements of which no two are equal, a quarter apart. */
export function distinct(shape: Shape): fc.Arbitrary<Tensor<Float32Array>> {
  const ranks = Array.from({ length: sizeOf(shape) }, (_, i) => i / 4 - 2);
  return fc.shuffledSubarray(ranks, fixed(ranks.length)).map((data) => f32(data, shape));
}

/** Integers of a range, both ends included. */
export function integers(shape: Shape, min: number, max: number): fc.Arbitrary<Tensor> {
  return fill(shape, fc.integer({ min, max }), i64);
}

/** Positions along an axis of a size; negative ones count from the end. */
export function positions(shape: Shape, along: number): fc.Arbitrary<Tensor> {
  return integers(shape, -along, along - 1);
}

/** A tensor of a dtype. */
export function ofDType(dtype: DType, shape: Shape): fc.Arbitrary<Tensor> {
  if (dtype === "f32") return reals(shape);
  if (dtype === "i64") return integers(shape, -5, 5);
  const max = dtype === "bool" ? 1 : 255;
  return fill(shape, fc.integer({ min: 0, max }), (data, shape) => ({
    dtype,
    shape,
    data: Uint8Array.from(data),
  }));
}

/** An axis of a shape, counted from either end. */
export function axisOf(shape: Shape): fc.Arbitrary<number> {
  return fc.integer({ min: -shape.length, max: shape.length - 1 });
}

/** Some or no axes of a shape, each once, counted from either end. */
export function axesOf(shape: Shape): fc.Arbitrary<number[]> {
  return fc.subarray(shape.map((_, axis) => axis)).chain((axes) =>
    fc.tuple(...axes.map((axis) => fc.constantFrom(axis, axis - shape.length)))
  );
}
