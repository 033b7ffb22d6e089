/**
 * Names of nodes, the same in messages, in print and in the ONNX file.
 *
 * @module
 */
import type { Node } from "./graph.ts";

/** Names nodes by operator and place in their order: `MatMul_12`. */
export function nodeNames(order: readonly Node[]): ReadonlyMap<Node, string> {
  return new Map(order.map((node, index) => [node, `${node.op}_${index}`]));
}
