/**
 * What must hold of the feeds of a run on a provider that does not look itself: the WebGPU provider reads zeros at an index that is out
 * of range, ignores updates there, and ends the process where a product sums over no elements.
 *
 * @module
 */
import type { Graph, Node, Value } from "../graph.ts";
import { topologicalOrder } from "../graph.ts";
import type { Attributes, OpName } from "../ops/mod.ts";
import { isOpen, type Size, valueOf } from "../size.ts";
import { resolveAxis } from "../types.ts";

/** A tensor that is fed, as far as it is checked. */
export interface FedTensor {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Undefined of one that lies on the device: no indices do. */
  readonly data?: ArrayLike<number | bigint>;
}

/** Indices of an input, or of a constant, into an axis. */
interface IndexRange {
  readonly op: OpName;
  readonly indices: Value;
  /** Size of the axis. */
  readonly size: Size;
}

/** Operators that give all elements of their inputs on, and no others. */
const MOVERS: ReadonlySet<OpName> = new Set<OpName>(["Reshape", "Transpose", "Expand", "Concat"]);

/** The axis of the first input that an operator indexes, and which input has the indices. */
function indexed(
  { op, inputs, attributes }: Node,
): readonly [axis: number, indices: Value] | undefined {
  switch (op) {
    case "Gather":
    case "ScatterND":
      return [0, inputs[1]!];
    case "SoftmaxCrossEntropyLoss":
      return [1, inputs[1]!];
    case "GatherElements":
    case "ScatterElements": {
      const { axis } = attributes as Attributes["GatherElements"];
      return [resolveAxis(axis, inputs[0]!.shape.length)!, inputs[1]!];
    }
    default:
      return undefined;
  }
}

/** Inputs and constants whose elements a value consists of. */
function originsOf(value: Value): readonly Value[] {
  const { source } = value;
  if (source.kind === "input" || source.kind === "constant") return [value];
  return source.kind === "node" && MOVERS.has(source.node.op)
    ? source.node.inputs.flatMap(originsOf)
    : [];
}

/**
 * Finds what feeds of a graph must keep to.
 *
 * @returns says what is wrong with the feeds of a run; `undefined` of good ones
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { feedChecks, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const table = Graph.constant(Float32Array.of(1, 2, 3), [3, 1]);
 * const fault = feedChecks({ outputs: { y: Op.gather(table, Graph.input("ids", "i64", ["n"])) } });
 * assert.equal(fault({ ids: { shape: [1], data: [2n] } }), undefined);
 * assert.equal(fault({ ids: { shape: [1], data: [3n] } }), "Gather reads index 3 of 3, at element 0 of 'ids'");
 * ```
 */
export function feedChecks(
  graph: Graph,
): (feeds: Readonly<Record<string, FedTensor>>) => string | undefined {
  const nodes = topologicalOrder(Object.values(graph.outputs));
  const ranges: readonly IndexRange[] = nodes.flatMap((node) => {
    const [axis, indices] = indexed(node) ?? [];
    if (axis === undefined || indices === undefined) return [];
    const size = node.inputs[0]!.shape[axis]!;
    return originsOf(indices).map((origin) => ({ op: node.op, indices: origin, size }));
  });
  const summed = new Set(
    nodes.flatMap(({ op, inputs, attributes }) => {
      if (op !== "MatMul") return [];
      const { transA = false } = attributes as Attributes["MatMul"];
      const size = inputs[0]!.shape.at(transA ? -2 : -1)!;
      return isOpen(size) ? [size] : [];
    }),
  );
  const inputs = [...new Set(nodes.flatMap((node) => node.inputs))].flatMap((value) =>
    value.source.kind === "input" ? [{ name: value.source.name, shape: value.shape }] : []
  );
  return (feeds) => {
    const sizes = new Map<string, number>();
    for (const { name, shape } of inputs) {
      shape.forEach((size, axis) => isOpen(size) && sizes.set(size, feeds[name]!.shape[axis]!));
    }
    for (const size of summed) {
      if (valueOf(size, sizes) === 0) {
        return `it multiplies matrices over no elements: ${size} is 0`;
      }
    }
    for (const { op, indices, size } of ranges) {
      const { source } = indices;
      const data = (source.kind === "input"
        ? feeds[source.name]!.data
        : source.kind === "constant"
        ? source.data
        : undefined) ?? [];
      const end = valueOf(size, sizes);
      for (let i = 0; i < data.length; i++) {
        const index = Number(data[i]);
        if (index >= -end && index < end) {
          continue;
        }
        const name = source.kind === "input" ? `'${source.name}'` : "a constant";
        return `${op} reads index ${index} of ${end}, at element ${i} of ${name}`;
      }
    }
    return undefined;
  };
}
