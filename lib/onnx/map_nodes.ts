/**
 * The walk of all passes from graph to graph.
 *
 * @module
 */
import { apply, type Graph, type Node, topologicalOrder, type Value } from "./graph.ts";

/**
 * A graph with some of its nodes replaced, and those that read them made anew.
 *
 * @param replace what stands in a node's place, one value for each output, given what its inputs now are; `undefined` to keep it
 */
export function mapNodes(
  graph: Graph,
  replace: (node: Node, inputs: readonly Value[]) => readonly Value[] | undefined,
): Graph {
  const replaced = new Map<Value, Value>();
  const now = (value: Value): Value => replaced.get(value) ?? value;
  for (const node of topologicalOrder(Object.values(graph.outputs))) {
    const inputs = node.inputs.map(now);
    const changed = inputs.some((input, i) => input !== node.inputs[i]);
    const outputs = replace(node, inputs) ??
      (changed ? apply(node.op, node.attributes, inputs) : node.outputs);
    if (outputs === node.outputs) continue;
    node.outputs.forEach((output, i) => replaced.set(output, outputs[i]!));
  }
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, now(value)]);
  return { outputs: Object.fromEntries(outputs) };
}
