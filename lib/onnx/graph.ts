/**
 * The graph: immutable values, each an input, a constant, a tensor in a file, or an output of a node. A value knows what it
 * is computed from, so a graph is no more than its named outputs, and a transformation is a function from values to values.
 *
 * @module
 */
import { type Attributes, type OpName, type OpSpec, opTable } from "./ops/mod.ts";
import { formatType, GraphError, isShape, type Shape, sizeOf, type TensorType } from "./types.ts";

/** Elements of a constant, row-major: f32, i64, u8, i8, or f16 by its bits. */
export type ConstantData = Float32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array;

/** Where the bytes of a tensor lie in a file (little-endian, row-major). */
export interface ExternalLocation {
  /** Path relative to the folder that the session is given; never leaves it. */
  readonly location: string;
  /** First byte in the file. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  /** Where copies packed for kernels lie in the same file, in ONNX Runtime's words. */
  readonly packed?: readonly string[];
}

/** Where a value comes from. */
export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: ConstantData }
  | { readonly kind: "external"; readonly name: string; readonly at: ExternalLocation }
  | { readonly kind: "node"; readonly node: Node; readonly output: number };

/** A tensor of a graph. Identity matters: two values are the same tensor only if they are the same object. */
export interface Value extends TensorType {
  /** Where it comes from. */
  readonly source: Source;
}

/** An operator applied to values. */
export interface Node<K extends OpName = OpName> {
  /** The operator's name. */
  readonly op: K;
  /** The operator's attributes. */
  readonly attributes: Attributes[K];
  /** What it reads. */
  readonly inputs: readonly Value[];
  /** What it makes. */
  readonly outputs: readonly Value[];
}

/** A graph is its named outputs; everything else follows from them. */
export interface Graph {
  /** Values that the model gives, by name. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * A value that is fed on each run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph } from "dynamic-prompt-corruption/onnx";
 *
 * assert.equal(formatType(Graph.input("ids", "i64", [1, 5])), "i64[1,5]");
 * ```
 */
export function input(name: string, dtype: TensorType["dtype"], shape: Shape): Value {
  return { dtype, shape, source: { kind: "input", name } };
}

/** A tensor that lies in a file, such as a weight in a safetensors file. */
export function external(name: string, type: TensorType, at: ExternalLocation): Value {
  return { ...type, source: { kind: "external", name, at } };
}

/**
 * A constant tensor.
 *
 * @param data one number, or all elements in row-major order
 * @param shape the shape, `[]` by default
 */
export function constant(data: number | ConstantData, shape: Shape = []): Value {
  const elements = typeof data === "number" ? Float32Array.of(data) : data;
  if (elements.length !== sizeOf(shape)) {
    throw new GraphError({
      op: "Constant",
      reason: `[${shape.join(",")}] needs ${sizeOf(shape)} elements: found ${elements.length}`,
    });
  }
  const dtype = elements instanceof Float32Array
    ? "f32"
    : elements instanceof BigInt64Array
    ? "i64"
    : elements instanceof Int8Array
    ? "i8"
    : elements instanceof Uint16Array
    ? "f16"
    : "u8";
  return { dtype, shape, source: { kind: "constant", data: elements } };
}

/** An i64 constant from plain numbers. */
export function constantInt64(data: readonly number[], shape: Shape = [data.length]): Value {
  return constant(BigInt64Array.from(data, BigInt), shape);
}

/**
 * Applies an operator.
 *
 * @returns the node's outputs, typed by the operator's rule
 * @throws GraphError when the inputs break the rule
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 6]);
 * const [y] = Graph.apply("Reshape", { shape: [3, 4] }, [x]);
 * assert.equal(formatType(y!), "f32[3,4]");
 * ```
 */
export function apply<K extends OpName>(
  op: K,
  attributes: Attributes[K],
  inputs: readonly Value[],
): readonly Value[] {
  const types = inferTypes(op, attributes, inputs);
  const outputs: Value[] = [];
  const node: Node<K> = { op, attributes, inputs, outputs };
  types.forEach(({ dtype, shape }, output) =>
    outputs.push({ dtype, shape, source: { kind: "node", node: node as unknown as Node, output } })
  );
  return outputs;
}

/** What the table says the outputs are. Throws {@linkcode GraphError} on a wrong number or type of inputs. */
export function inferTypes<K extends OpName>(
  op: K,
  attributes: Attributes[K],
  inputs: readonly TensorType[],
): readonly TensorType[] {
  const spec: OpSpec<Attributes[K]> = opTable[op];
  const { arity } = spec;
  const [fits, wanted] = typeof arity === "number"
    ? [inputs.length === arity, `${arity}`]
    : [inputs.length >= arity.atLeast, `at least ${arity.atLeast}`];
  if (!fits) {
    throw new GraphError({
      op,
      reason: `it takes ${wanted} inputs: found ${inputs.map(formatType).join(", ") || "none"}`,
    });
  }
  const outputs = spec.infer(inputs, attributes);
  for (const output of outputs) {
    if (isShape(output.shape)) continue;
    throw new GraphError({ op, reason: `its result cannot be ${formatType(output)}` });
  }
  return outputs;
}

/** The node that computes a value, if one does. */
export function producer(value: Value): Node | undefined {
  return value.source.kind === "node" ? value.source.node : undefined;
}

/** All nodes that the values depend on, each after those it depends on; the order is a function of the graph alone. */
export function topologicalOrder(values: readonly Value[]): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // an explicit stack: a decoder with its gradient is thousands of nodes deep
  const stack: { node: Node; next: number }[] = [];
  const visit = (value: Value) => {
    const node = producer(value);
    if (node === undefined || seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const value of values) {
    visit(value);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const operand = top.node.inputs[top.next++];
      if (operand !== undefined) visit(operand);
      else order.push(stack.pop()!.node);
    }
  }
  return order;
}

/** Inputs, constants and external tensors that a graph reads, in the order in which it first reads them. */
export function leaves(graph: Graph): readonly Value[] {
  const outputs = Object.values(graph.outputs);
  const read = topologicalOrder(outputs).flatMap((node) => node.inputs);
  return [...new Set([...read, ...outputs])].filter((value) => value.source.kind !== "node");
}
