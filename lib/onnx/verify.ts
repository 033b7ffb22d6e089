/**
 * Checks a whole graph; run between passes, so that a faulty transformation is found where it happened.
 *
 * @module
 */
import { type Graph, inferTypes, type Node, type Value } from "./graph.ts";
import { named, type NamedGraph } from "./names.ts";
import { times } from "./size.ts";
import { dtypes, formatType, GraphError, isShape, sizeOf } from "./types.ts";

/**
 * Checks that every node's types are those its operator's rule gives, that inputs and external tensors have possible types,
 * that no name is used for two tensors, and that there are outputs.
 *
 * @returns the graph, for use in a chain
 * @throws GraphError which names the node and the shapes at fault
 */
export function verify(graph: Graph): Graph {
  if (Object.keys(graph.outputs).length === 0) refuse("Graph", "it has no outputs");
  const parts = named(graph);
  for (const leaf of parts.leaves) verifyLeaf(leaf, parts.valueName(leaf));
  for (const node of parts.nodes) verifyNode(node, parts.nodeName(node));
  verifyNames(graph, parts);
  return graph;
}

function refuse(op: string, reason: string): never {
  throw new GraphError({ op, reason });
}

function verifyLeaf(leaf: Value, name: string): void {
  const { source } = leaf;
  if (!isShape(leaf.shape)) refuse(`${source.kind} '${name}'`, `it cannot be ${formatType(leaf)}`);
  if (source.kind !== "external") return;
  const needed = times(sizeOf(leaf.shape), dtypes[leaf.dtype].bytes);
  if (source.at.length !== needed) {
    refuse(
      `external '${name}'`,
      `${
        formatType(leaf)
      } takes ${needed} bytes: found ${source.at.length} in '${source.at.location}'`,
    );
  }
}

function verifyNode(node: Node, name: string): void {
  const found = node.outputs.map(formatType);
  const expected = expectedTypes(node, name);
  if (found.length !== expected.length) {
    refuse(
      `node '${name}'`,
      `its outputs must be ${expected.join(", ")}: found ${found.join(", ")}`,
    );
  }
  found.forEach((type, index) => {
    if (type === expected[index]) return;
    refuse(`node '${name}'`, `its output ${index} must be ${expected[index]}: found ${type}`);
  });
}

function expectedTypes(node: Node, name: string): readonly string[] {
  try {
    return inferTypes(node.op, node.attributes, node.inputs).map(formatType);
  } catch (error) {
    if (error instanceof GraphError) refuse(`node '${name}'`, error.reason);
    throw error;
  }
}

function verifyNames(graph: Graph, { leaves, nodes, valueName }: NamedGraph): void {
  const values = [...leaves, ...nodes.flatMap((node) => node.outputs)];
  const taken = new Set<string>();
  for (const name of [...values.map(valueName), ...Object.keys(graph.outputs)]) {
    if (name === "") refuse("Graph", "a tensor has no name");
    if (taken.has(name)) refuse("Graph", `two tensors are named '${name}'`);
    taken.add(name);
  }
}
