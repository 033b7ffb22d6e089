/**
 * Names for what a graph leaves unnamed, the same in messages, in print and in the ONNX file.
 *
 * @module
 */
import { type Graph, leaves, type Node, topologicalOrder, type Value } from "./graph.ts";

/** The parts of a graph, in an order that is a function of the graph alone, and their names. */
export interface NamedGraph {
  /** All nodes, each after those it depends on. */
  readonly nodes: readonly Node[];
  /** Inputs, constants and external tensors, in the order in which they are first read. */
  readonly leaves: readonly Value[];
  /** Operator and place: `MatMul_12`. */
  readonly nodeName: (node: Node) => string;
  /** An input's or external tensor's own name, `const_3`, or the node's: `MatMul_12`, with `.1` for one of several outputs. */
  readonly valueName: (value: Value) => string;
}

/** Names the parts of a graph. */
export function named(graph: Graph): NamedGraph {
  const nodes = topologicalOrder(Object.values(graph.outputs));
  const read = leaves(graph);
  const nodeNames = new Map(nodes.map((node, index) => [node, `${node.op}_${index}`]));
  const constants = read.filter(({ source }) => source.kind === "constant");
  const constantNames = new Map(constants.map((value, index) => [value, `const_${index}`]));
  const nodeName = (node: Node): string => nodeNames.get(node)!;
  const valueName = (value: Value): string => {
    const { source } = value;
    if (source.kind === "constant") return constantNames.get(value)!;
    if (source.kind !== "node") return source.name;
    const name = nodeName(source.node);
    return source.node.outputs.length === 1 ? name : `${name}.${source.output}`;
  };
  return { nodes, leaves: read, nodeName, valueName };
}
