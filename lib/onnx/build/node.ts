/**
 * Nodes with one output, for the functions that build them.
 *
 * @module
 */
import { apply, type Value } from "../graph.ts";
import type { Attributes, OpName } from "../op.ts";

/** Operators that have no attributes. */
type WithoutAttributes = {
  [K in OpName]: Attributes[K] extends Readonly<Record<string, never>> ? K : never;
}[OpName];

/** The output of an operator with attributes. */
export const one = <K extends OpName>(
  op: K,
  attributes: Attributes[K],
  ...inputs: Value[]
): Value => apply(op, attributes, inputs)[0]!;

/** The output of an operator without attributes. */
export const plain = (op: WithoutAttributes, ...inputs: Value[]): Value =>
  apply(op, {} as Attributes[typeof op], inputs)[0]!;
