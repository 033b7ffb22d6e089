/**
 * A graph as text, one line a node, for reading and for messages.
 *
 * @module
 */
import { type Graph, leaves, topologicalOrder, type Value } from "./graph.ts";
import { nodeNames } from "./names.ts";
import { formatType } from "./types.ts";

/**
 * Prints a graph.
 *
 * @example
 * ```ts
 * import { Graph, Op, print } from "./mod.ts";
 * const x = Graph.input("x", "f32", [2, 3]);
 * print({ outputs: { y: Op.mul(x, x) } });
 * // input x: f32[2,3]
 * // Mul_0 = Mul(x, x): f32[2,3]
 * // output y = Mul_0
 * ```
 */
export function print(graph: Graph): string {
  const order = topologicalOrder(Object.values(graph.outputs));
  const names = nodeNames(order);
  const read = leaves(graph);
  const constants = new Map(
    read.filter(({ source }) => source.kind === "constant").map((
      value,
      i,
    ) => [value, `const_${i}`]),
  );
  const show = (value: Value): string => {
    const { source } = value;
    if (source.kind === "constant") return constants.get(value)!;
    if (source.kind !== "node") return source.name;
    const name = names.get(source.node)!;
    return source.node.outputs.length === 1 ? name : `${name}.${source.output}`;
  };
  const lines = read.map((value) => `${value.source.kind} ${show(value)}: ${formatType(value)}`);
  for (const node of order) {
    const attributes = Object.entries(node.attributes).map(([key, to]) =>
      ` ${key}=${JSON.stringify(to)}`
    );
    lines.push(
      `${names.get(node)} = ${node.op}(${node.inputs.map(show).join(", ")})${
        attributes.join("")
      }: ` +
        node.outputs.map(formatType).join(", "),
    );
  }
  for (const [name, value] of Object.entries(graph.outputs)) {
    lines.push(`output ${name} = ${show(value)}`);
  }
  return lines.join("\n");
}
