/**
 * A graph as text, one line a node, for reading and for messages.
 *
 * @module
 */
import type { Graph, Node } from "./graph.ts";
import { named } from "./names.ts";
import { formatType } from "./types.ts";

/**
 * Prints a graph.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 3]);
 * assert.deepEqual(print({ outputs: { y: Op.mul(x, x) } }).split("\n"), [
 *   "input x: f32[2,3]",
 *   "Mul_0 = Mul(x, x): f32[2,3]",
 *   "output y = Mul_0",
 * ]);
 * ```
 */
export function print(graph: Graph): string {
  const { nodes, leaves, nodeName, valueName } = named(graph);
  const line = (node: Node): string => {
    const operands = node.inputs.map(valueName).join(", ");
    const attributes = Object.entries(node.attributes)
      .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`).join("");
    const types = node.outputs.map(formatType).join(", ");
    return `${nodeName(node)} = ${node.op}(${operands})${attributes}: ${types}`;
  };
  return [
    ...leaves.map((value) => `${value.source.kind} ${valueName(value)}: ${formatType(value)}`),
    ...nodes.map(line),
    ...Object.entries(graph.outputs).map(([name, value]) => `output ${name} = ${valueName(value)}`),
  ].join("\n");
}
