/**
 * Operators that read and write at indices.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import { one, plain } from "./node.ts";

/** Rows of a table [r, ...s] at indices [...i]: [...i, ...s]. */
export const gather = (table: Value, indices: Value): Value => plain("Gather", table, indices);

/** x at each index along an axis; like `indices`. */
export const gatherElements = (x: Value, indices: Value, axis: number): Value =>
  one("GatherElements", { axis }, x, indices);

/** x with updates added at each index along an axis. */
export const scatterElements = (x: Value, indices: Value, updates: Value, axis: number): Value =>
  one("ScatterElements", { axis }, x, indices, updates);

/**
 * x [r, ...s] with updates [...i, ...s] added to its rows at indices [...i, 1].
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const embeddings = Graph.input("embeddings", "f32", [100, 64]);
 * const ids = Graph.input("ids", "i64", [5, 1]);
 * const updates = Graph.input("updates", "f32", [5, 64]);
 * assert.equal(formatType(Op.scatterND(embeddings, ids, updates)), "f32[100,64]");
 * ```
 */
export const scatterND = (x: Value, indices: Value, updates: Value): Value =>
  plain("ScatterND", x, indices, updates);
