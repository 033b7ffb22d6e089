/**
 * Removes nodes that only give elements another shape, where another node does that too or nothing moves. The results are the
 * same bits; a graph of small operators spends much of its time between them.
 *
 * @module
 */
import { apply, type Graph, type Node, type Value } from "./graph.ts";
import { mapNodes } from "./map_nodes.ts";
import type { Attributes } from "./ops/mod.ts";
import { sameShape, type Shape } from "./types.ts";

/**
 * The same graph with fewer nodes; its inputs, outputs and results stay as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, simplify, topologicalOrder } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 6]);
 * const twice = Op.reshape(Op.reshape(x, [12]), [3, 4]);
 * const { outputs } = simplify({ outputs: { y: twice } });
 * assert.equal(topologicalOrder([outputs.y!]).length, 1);
 * ```
 */
export function simplify(graph: Graph): Graph {
  return mapNodes(graph, (node, inputs) => {
    const reshaped = shapeOnly(node);
    return reshaped === undefined ? undefined : [reshape(inputs[0]!, reshaped)];
  });
}

/** The shape of the result where a node changes nothing else. */
function shapeOnly({ op, attributes, inputs, outputs }: Node): Shape | undefined {
  const { shape } = outputs[0]!;
  switch (op) {
    case "Reshape":
      return shape;
    case "Transpose": {
      // axes of size 1 may go anywhere
      const { perm } = attributes as Attributes["Transpose"];
      const moved = perm.filter((axis) => inputs[0]!.shape[axis] !== 1);
      return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis) ? shape : undefined;
    }
    case "Expand":
    case "Slice":
    case "Concat":
      return inputs.length === 1 && sameShape(inputs[0]!.shape, shape) ? shape : undefined;
    default:
      return undefined;
  }
}

/** A value in another shape; of several reshapes in a row the last is enough. */
function reshape(value: Value, shape: Shape): Value {
  const { source } = value;
  const from = source.kind === "node" && source.node.op === "Reshape"
    ? source.node.inputs[0]!
    : value;
  return sameShape(from.shape, shape) ? from : apply("Reshape", { shape }, [from])[0]!;
}
