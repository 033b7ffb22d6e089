/**
 * Checks a whole graph; run between passes, so that a faulty transformation is found where it happened.
 *
 * @module
 */
import { type Graph, inferTypes, leaves, type Node, topologicalOrder } from "./graph.ts";
import { nodeNames } from "./names.ts";
import { formatType, GraphError, sameShape } from "./types.ts";

/**
 * Checks that every node's types are those its operator's rule gives, that no name is used for two tensors, and that there
 * are outputs.
 *
 * @returns the graph, for use in a chain
 * @throws GraphError which names the node and the shapes at fault
 */
export function verify(graph: Graph): Graph {
  const outputs = Object.values(graph.outputs);
  if (outputs.length === 0) throw new GraphError({ op: "Graph", reason: "it has no outputs" });
  const order = topologicalOrder(outputs);
  const names = nodeNames(order);
  for (const node of order) verifyNode(node, names.get(node)!);
  verifyNames(graph);
  return graph;
}

function verifyNode(node: Node, name: string): void {
  let expected;
  try {
    expected = inferTypes(node.op, node.attributes, node.inputs);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new GraphError({ op: `node '${name}'`, reason: error.reason });
  }
  node.outputs.forEach((output, index) => {
    const type = expected[index];
    if (
      type === undefined || type.dtype !== output.dtype || !sameShape(type.shape, output.shape)
    ) {
      throw new GraphError({
        op: `node '${name}'`,
        reason: `its output ${index} must be ${type ? formatType(type) : "absent"}: found ${
          formatType(output)
        }`,
      });
    }
  });
}

function verifyNames(graph: Graph): void {
  const taken = new Set<string>();
  for (const { source } of leaves(graph)) {
    if (source.kind !== "input" && source.kind !== "external") continue;
    if (taken.has(source.name)) {
      throw new GraphError({
        op: "Graph",
        reason: `two tensors are named '${source.name}'`,
      });
    }
    taken.add(source.name);
  }
}
