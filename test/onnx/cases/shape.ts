/**
 * Cases of the operators that move elements.
 *
 * @module
 */
import fc from "fast-check";
import { Op, sizeOf } from "../../../lib/onnx/mod.ts";
import { axisOf, ofDType, reals, shapes, size } from "../arbitraries.ts";
import * as reference from "../reference.ts";
import { anyDType, type CaseOptions, type OpCase, type OpCases } from "./case.ts";

export const shapeCases = (options: CaseOptions) => {
  const dtype = fc.constantFrom(...anyDType(options));
  /** A tensor of any dtype and an axis of it. */
  const along = fc.tuple(shapes(1), dtype).chain(([shape, dtype]) =>
    fc.tuple(ofDType(dtype, shape), axisOf(shape))
  );
  return {
    Reshape: fc.tuple(shapes(0), dtype, fc.nat(3)).chain(([shape, dtype, split]) =>
      ofDType(dtype, shape).map((x): OpCase => {
        // axes merged into one, and an axis of size 1
        const to = [sizeOf(shape.slice(0, split)), 1, ...shape.slice(split)];
        return {
          inputs: [x],
          build: ([x]) => [Op.reshape(x!, to)],
          expected: ([x]) => [{ shape: to, data: x!.data }],
        };
      })
    ),
    Transpose: fc.tuple(shapes(0, 4), dtype).chain(([shape, dtype]) =>
      fc.tuple(
        ofDType(dtype, shape),
        fc.shuffledSubarray(shape.map((_, axis) => axis), {
          minLength: shape.length,
          maxLength: shape.length,
        }),
      )
    ).map(([x, perm]): OpCase => ({
      inputs: [x],
      build: ([x]) => [Op.transpose(x!, perm)],
      expected: ([x]) => [reference.transpose(x!, perm)],
    })),
    Expand: fc.tuple(shapes(0), dtype, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
      .chain(([to, dtype, ones]) =>
        fc.nat(to.length).chain((drop) =>
          ofDType(dtype, to.map((n, axis) => ones[axis] ? 1 : n).slice(drop))
        ).map((x): OpCase => ({
          inputs: [x],
          build: ([x]) => [Op.expand(x!, to)],
          expected: ([x]) => [reference.tabulate(to, (index) => reference.read(x!, index))],
        }))
      ),
    Concat: fc.oneof(
      fc.tuple(shapes(1), fc.array(size, { minLength: 1, maxLength: 4 }), dtype).chain((
        [shape, sizes, dtype],
      ) =>
        axisOf(shape).chain((axis) =>
          fc.tuple(...sizes.map((n) => ofDType(dtype, shape.with(axis, n)))).map((
            inputs,
          ): OpCase => ({
            inputs,
            build: (inputs) => [Op.concat(inputs, axis)],
            expected: (inputs) => [reference.concat(inputs, axis)],
          }))
        )
      ),
      reals([2, 3]).map((x): OpCase => ({
        inputs: [x],
        build: ([x]) => [Op.concat([x!, x!], 1)],
        expected: ([x]) => [reference.concat([x!, x!], 1)],
      })),
    ),
    Slice: along.chain(([x, axis]) =>
      fc.tuple(fc.nat(x.shape.at(axis)! - 1), size).map(([start, count]): OpCase => {
        const end = Math.min(start + count, x.shape.at(axis)!);
        return {
          inputs: [x],
          build: ([x]) => [Op.slice(x!, axis, start, end)],
          expected: ([x]) => [reference.window(x!, axis, start, end - start)],
        };
      })
    ),
    Pad: along.chain(([x, axis]) =>
      fc.tuple(fc.nat(3), fc.nat(3)).map(([before, after]): OpCase => ({
        inputs: [x],
        build: ([x]) => [Op.pad(x!, axis, before, after)],
        expected: ([x]) => [
          reference.window(x!, axis, -before, before + x!.shape.at(axis)! + after),
        ],
      }))
    ),
  } satisfies OpCases<string>;
};
