/**
 * Reading and adding at given positions.
 *
 * @module
 */
import { at, refuse, requireAxis, requireDTypes, type SomeOps } from "./op.ts";
import { sameButAxis, sameShape } from "../types.ts";

export const indexing = {
  /** Rows: (table [r, ...s], indices [...i]) -> [...i, ...s]. */
  Gather: {
    arity: 2,
    infer: (inputs) => {
      const [table, indices] = [at(inputs, 0), at(inputs, 1)];
      if (indices.dtype !== "i64" || table.shape.length === 0) {
        refuse("Gather", "it reads rows of a table at i64 indices", inputs);
      }
      return [{ dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] }];
    },
    emit: () => ({ type: "Gather", attributes: { axis: { int: 0 } } }),
  },

  /** (x, indices) -> like indices: x at each index along an axis. */
  GatherElements: {
    arity: 2,
    infer: (inputs, { axis }) => {
      const [x, indices] = [at(inputs, 0), at(inputs, 1)];
      const along = requireAxis("GatherElements", axis, inputs);
      if (indices.dtype !== "i64" || !sameButAxis(x.shape, indices.shape, along)) {
        refuse("GatherElements", `its i64 indices may differ in axis ${axis} alone`, inputs);
      }
      return [{ dtype: x.dtype, shape: indices.shape }];
    },
    emit: ({ axis }) => ({ type: "GatherElements", attributes: { axis: { int: axis } } }),
  },

  /** (x, indices, updates like indices) -> like x: updates added at each index along an axis. */
  ScatterElements: {
    arity: 3,
    infer: (inputs, { axis }) => {
      requireDTypes("ScatterElements", inputs, ["f32", "i64", "f32"]);
      const [x, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      const along = requireAxis("ScatterElements", axis, inputs);
      if (!sameButAxis(x.shape, indices.shape, along) || !sameShape(indices.shape, updates.shape)) {
        refuse("ScatterElements", `indices and updates may differ in axis ${axis} alone`, inputs);
      }
      return [x];
    },
    emit: ({ axis }) => ({
      type: "ScatterElements",
      attributes: { axis: { int: axis }, reduction: { string: "add" } },
    }),
  },

  /** Rows: (x [r, ...s], indices [...i, 1], updates [...i, ...s]) -> like x: updates added to rows. */
  ScatterND: {
    arity: 3,
    infer: (inputs) => {
      requireDTypes("ScatterND", inputs, ["f32", "i64", "f32"]);
      const [x, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      const rows = [...indices.shape.slice(0, -1), ...x.shape.slice(1)];
      if (
        x.shape.length === 0 || indices.shape.at(-1) !== 1 || !sameShape(updates.shape, rows)
      ) {
        refuse("ScatterND", "its updates must be one row for each index", inputs);
      }
      return [x];
    },
    emit: () => ({ type: "ScatterND", attributes: { reduction: { string: "add" } } }),
  },
} satisfies SomeOps;
