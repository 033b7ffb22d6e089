/**
 * What execution providers of ONNX Runtime compute wrongly or have no kernel for, and what it is composed of instead: one table. A graph
 * for the CPU stays as it is.
 *
 * @module
 */
import { mapNodes } from "../map_nodes.ts";
import * as Op from "../build.ts";
import { constant, type Graph, type Node, type Value } from "../graph.ts";
import type { Attributes, OpName } from "../ops/mod.ts";

/** Where ONNX Runtime computes: its execution providers that are in the package. */
export type Provider = "cpu" | "webgpu";

/** An operator that a provider lacks, wholly or in some cases. */
export interface Composition<K extends OpName = OpName> {
  /** What is wrong with it there, in ONNX Runtime 1.30. */
  readonly fault: string;
  /** The test that shows it: its title in test/onnx/providers_test.ts. */
  readonly case: string;
  /** The node's outputs made of other operators; `undefined` where the provider computes it rightly. */
  readonly compose: (
    inputs: readonly Value[],
    attributes: Attributes[K],
  ) => readonly Value[] | undefined;
}

/** Rows by operator. */
export type Compositions = { readonly [K in OpName]?: Composition<K> };

/** A matrix, or a stack of them, with its last two axes swapped. */
function transposed(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return Op.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** The table of each provider. */
export const compositions: Readonly<Record<Provider, Compositions>> = {
  cpu: {},
  webgpu: {
    MatMul: {
      fault:
        "FusedMatMul has no kernel: the CPU computes it, with copies both ways; over an axis of " +
        "no elements MatMul ends the process",
      case: "MatMul is composed of Transpose, Mul and MatMul, and of zeros over an empty axis",
      compose: ([a, b], { transA = false, transB = false, alpha = 1 }) => {
        const left = transA ? transposed(a!) : a!;
        const right = transB ? transposed(b!) : b!;
        if (left.shape.at(-1) === 0) {
          const { shape } = Op.matMul(left, right);
          return [Op.expand(constant(0), shape)];
        }
        if (alpha === 1) return transA || transB ? [Op.matMul(left, right)] : undefined;
        return [Op.matMul(Op.mul(left, constant(alpha)), right)];
      },
    },
    SimplifiedLayerNormalization: {
      fault: "its second output is the mean of x instead of 1 / rms",
      case: "SimplifiedLayerNormalization gives 1 / rms by ordinary operators",
      compose: ([x, scale], { epsilon }) => {
        const meanSquare = Op.reduceMean(Op.mul(x!, x!), [-1], true);
        const rms = Op.sqrt(Op.add(meanSquare, constant(epsilon)));
        return [Op.rmsNorm(x!, scale!, epsilon), Op.div(constant(1), rms)];
      },
    },
    Expand: {
      fault: "of a scalar of dtype u8 it fails",
      case: "Expand repeats a scalar of dtype u8 as one of f32",
      compose: ([x], { shape }) =>
        x!.dtype === "u8" && x!.shape.length === 0
          ? [Op.cast(Op.expand(Op.cast(x!, "f32"), shape), "u8")]
          : undefined,
    },
    QuantizedMatMul: {
      fault:
        "MatMulIntegerToFloat has no kernel: the CPU computes it, with copies both ways, and " +
        "overflows on some processors",
      case: "QuantizedMatMul multiplies what the bits stand for",
      compose: ([numbers, scales, matrix, columns]) => {
        const rows = Op.mul(Op.sub(Op.cast(numbers!, "f32"), constant(128)), scales!);
        return [Op.mul(Op.matMul(rows, Op.cast(matrix!, "f32")), columns!)];
      },
    },
    SoftmaxCrossEntropyLoss: {
      fault: "it has no kernel: the CPU computes it, with copies of all logits both ways",
      case: "SoftmaxCrossEntropyLoss is composed of ordinary operators",
      compose: ([logits, labels]) => {
        const rows = logits!.shape[0]!;
        const shifted = Op.sub(logits!, Op.reduceMax(logits!, [1], true));
        const logP = Op.sub(shifted, Op.log(Op.reduceSum(Op.exp(shifted), [1], true)));
        const chosen = Op.gatherElements(logP, Op.reshape(labels!, [rows, 1]), 1);
        return [Op.neg(Op.reshape(chosen, [rows])), logP];
      },
    },
  },
};

/**
 * The same graph in operators that a provider computes rightly.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { composed, Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 3]);
 * const graph = { outputs: { y: Op.matMul(x, x, { transB: true }) } };
 * assert.equal(composed(graph, "cpu"), graph);
 * assert.match(print(composed(graph, "webgpu")), /Transpose/);
 * ```
 */
export function composed(graph: Graph, provider: Provider): Graph {
  const table = compositions[provider];
  if (Object.keys(table).length === 0) return graph;
  return mapNodes(
    graph,
    (node, inputs) => compositionOf(table, node)?.compose(inputs, node.attributes),
  );
}

const compositionOf = (table: Compositions, { op }: Node): Composition | undefined =>
  table[op] as Composition | undefined;
