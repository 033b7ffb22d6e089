/**
 * Reductions over axes.
 *
 * @module
 */
import {
  at,
  type Attributes,
  type OpSpec,
  refuse,
  requireAxis,
  requireDTypes,
  type SomeOps,
} from "./op.ts";

function reduction(op: "ReduceSum" | "ReduceMean" | "ReduceMax"): OpSpec<Attributes[typeof op]> {
  return {
    arity: 1,
    infer: (inputs, { axes, keepDims }) => {
      requireDTypes(op, inputs, ["f32"]);
      const reduced = new Set(axes.map((axis) => requireAxis(op, axis, inputs)));
      if (reduced.size < axes.length) refuse(op, `axes [${axes.join(",")}] repeat`, inputs);
      const shape = at(inputs, 0).shape.flatMap((dimension, axis) =>
        !reduced.has(axis) ? [dimension] : keepDims ? [1] : []
      );
      return [{ dtype: "f32", shape }];
    },
    // no axes: nothing is reduced (ONNX's default would reduce them all)
    emit: ({ axes, keepDims }) => ({
      type: op,
      attributes: { keepdims: { int: Number(keepDims) }, noop_with_empty_axes: { int: 1 } },
      constants: [axes],
    }),
  };
}

export const reduce = {
  ReduceSum: reduction("ReduceSum"),
  ReduceMean: reduction("ReduceMean"),
  ReduceMax: reduction("ReduceMax"),

  /** Index of the largest element along an axis, which is dropped; the first of equals. */
  ArgMax: {
    arity: 1,
    infer: (inputs, { axis }) => {
      requireDTypes("ArgMax", inputs, ["f32"]);
      const along = requireAxis("ArgMax", axis, inputs);
      return [{ dtype: "i64", shape: at(inputs, 0).shape.toSpliced(along, 1) }];
    },
    emit: ({ axis }) => ({
      type: "ArgMax",
      attributes: { axis: { int: axis }, keepdims: { int: 0 } },
    }),
  },
} satisfies SomeOps;
