/**
 * Cases of the reductions.
 *
 * @module
 */
import fc from "fast-check";
import { Op } from "../../../lib/onnx/mod.ts";
import { axesOf, axisOf, coarse, distinct, reals, shapes } from "../arbitraries.ts";
import * as reference from "../reference.ts";
import type { CaseOptions, OpCase, OpCases } from "./case.ts";

function reduction(
  build: typeof Op.reduceSum,
  f: (x: readonly number[]) => number,
  values: typeof reals,
): fc.Arbitrary<OpCase> {
  return shapes(0).chain((shape) => fc.tuple(values(shape), axesOf(shape), fc.boolean())).map((
    [x, axes, keepDims],
  ) => ({
    inputs: [x],
    build: ([x]) => [build(x!, axes, keepDims)],
    expected: ([x]) => [reference.reduce(x!, axes, keepDims, f)],
  }));
}

export const reduceCases = ({ smooth }: CaseOptions) => ({
  ReduceSum: reduction(Op.reduceSum, reference.sum, reals),
  ReduceMean: reduction(Op.reduceMean, reference.mean, reals),
  ReduceMax: reduction(Op.reduceMax, reference.largest, smooth ? distinct : coarse),
  ArgMax: shapes(1).chain((shape) => fc.tuple(coarse(shape), axisOf(shape))).map((
    [x, axis],
  ): OpCase => ({
    inputs: [x],
    build: ([x]) => [Op.argMax(x!, axis)],
    expected: ([x]) => [reference.argMax(x!, axis)],
  })),
} satisfies OpCases<string>);
