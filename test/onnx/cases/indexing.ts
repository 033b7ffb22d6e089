/**
 * Cases of reading and adding at given positions.
 *
 * @module
 */
import fc from "fast-check";
import { Op } from "../../../lib/onnx/mod.ts";
import { axisOf, ofDType, positions, reals, shapes, size } from "../arbitraries.ts";
import * as reference from "../reference.ts";
import { anyDType, type CaseOptions, type OpCase, type OpCases } from "./case.ts";

export const indexingCases = (options: CaseOptions) => {
  const dtype = fc.constantFrom(...anyDType(options));
  return {
    Gather: fc.tuple(shapes(1), shapes(0, 2), dtype).chain(([table, indices, dtype]) =>
      fc.tuple(ofDType(dtype, table), positions(indices, table[0]!))
    ).map((inputs): OpCase => ({
      inputs,
      build: ([table, indices]) => [Op.gather(table!, indices!)],
      expected: ([table, indices]) => [reference.gather(table!, indices!)],
    })),
    GatherElements: fc.tuple(shapes(1), size, dtype).chain(([shape, count, dtype]) =>
      axisOf(shape).chain((axis) =>
        fc.tuple(
          ofDType(dtype, shape),
          positions(shape.with(axis, count), shape.at(axis)!),
        ).map((inputs): OpCase => ({
          inputs,
          build: ([x, indices]) => [Op.gatherElements(x!, indices!, axis)],
          expected: ([x, indices]) => [reference.gatherElements(x!, indices!, axis)],
        }))
      )
    ),
    ScatterElements: fc.tuple(shapes(1), size).chain(([shape, count]) =>
      axisOf(shape).chain((axis) =>
        fc.tuple(
          reals(shape),
          positions(shape.with(axis, count), shape.at(axis)!),
          reals(shape.with(axis, count)),
        ).map((inputs): OpCase => ({
          inputs,
          build: ([x, indices, updates]) => [Op.scatterElements(x!, indices!, updates!, axis)],
          expected: ([x, indices, updates]) => [
            reference.scatterElements(x!, indices!, updates!, axis),
          ],
        }))
      )
    ),
    ScatterND: fc.tuple(shapes(1), shapes(0, 2)).chain(([shape, indices]) =>
      fc.tuple(
        reals(shape),
        positions([...indices, 1], shape[0]!),
        reals([...indices, ...shape.slice(1)]),
      )
    ).map((inputs): OpCase => ({
      inputs,
      build: ([x, indices, updates]) => [Op.scatterND(x!, indices!, updates!)],
      expected: ([x, indices, updates]) => [reference.scatterND(x!, indices!, updates!)],
    })),
  } satisfies OpCases<string>;
};
