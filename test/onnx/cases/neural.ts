/**
 * Cases of matrix products, normalisations, softmax, rotary embedding and cross-entropy.
 *
 * @module
 */
import fc from "fast-check";
import { type FixedShape as Shape, Op, sizeOf, type Value } from "../../../lib/onnx/mod.ts";
import type { Tensor } from "../../../lib/runtime/session.ts";
import * as Graph from "../../../lib/onnx/graph.ts";
import { axisOf, broadcastable, integers, nonzeros, reals, shapes, size } from "../arbitraries.ts";
import * as reference from "../reference.ts";
import { f32 } from "../support.ts";
import type { OpCase, OpCases } from "./case.ts";

interface Product {
  /** Shapes of the stacks of matrices. */
  readonly batches: readonly Shape[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly options: NonNullable<Parameters<typeof Op.matMul>[2]>;
}

/** Shapes of the operands of a product. */
function operandShapes({ batches: [left, right], m, k, n, options }: Product): readonly Shape[] {
  return [
    [...left!, ...(options.transA ? [k, m] : [m, k])],
    [...right!, ...(options.transB ? [n, k] : [k, n])],
  ];
}

function productCase(inputs: readonly Tensor[], { options }: Product): OpCase {
  return {
    inputs,
    build: ([a, b]) => [Op.matMul(a!, b!, options)],
    expected: ([a, b]) => [reference.matMul(a!, b!, options)],
  };
}

/** Every pair of one matrix, a stack and a broadcast stack, each transposed or not. */
export const everyProduct: readonly OpCase[] = [[], [2], [1]].flatMap((left) =>
  [[], [2], [1]].flatMap((right) =>
    [false, true].flatMap((transA) =>
      [false, true].map((transB) => {
        const options = { transA, transB, alpha: 0.5 };
        const product: Product = { batches: [left, right], m: 2, k: 3, n: 4, options };
        const inputs = operandShapes(product).map((shape, which) =>
          f32(Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7 + which) % 11 / 4 - 1), shape)
        );
        return productCase(inputs, product);
      })
    )
  )
);

const products: fc.Arbitrary<OpCase> = fc.record({
  batches: broadcastable(2, 2),
  m: size,
  k: size,
  n: size,
  // absent as well as given
  options: fc.record(
    { transA: fc.boolean(), transB: fc.boolean(), alpha: fc.constantFrom(1, 0.125, -2) },
    { requiredKeys: [] },
  ),
}).chain((product) =>
  fc.tuple(...operandShapes(product).map(reals)).map((inputs) => productCase(inputs, product))
);

/** X X^T or X^T X: both operands are the same value. */
const squares: fc.Arbitrary<OpCase> = fc.tuple(shapes(2), fc.boolean()).chain(([shape, transA]) =>
  reals(shape).map((x) => {
    const options = { transA, transB: !transA };
    return {
      inputs: [x],
      build: ([x]) => [Op.matMul(x!, x!, options)],
      expected: ([x]) => [reference.matMul(x!, x!, options)],
    };
  })
);

/** All outputs of the node that computes a value. */
const outputsOf = (value: Value): readonly Value[] => Graph.producer(value)!.outputs;

/** Products with matrices of 4 and 8 bits; 16 numbers a block is the fewest that ONNX Runtime takes. */
const fewBits: fc.Arbitrary<OpCase> = fc.record({
  m: size,
  n: size,
  blocks: fc.integer({ min: 1, max: 3 }),
  bits: fc.constantFrom(4, 8),
  block: fc.constantFrom(16, 32),
}).chain(({ m, n, blocks, bits, block }) =>
  fc.tuple(
    reals([m, blocks * block]),
    fc.uint8Array({
      minLength: n * blocks * block * bits / 8,
      maxLength: n * blocks * block * bits / 8,
    }),
    reals([n, blocks]),
  ).map(([x, data, scales]) => ({
    inputs: [x, { dtype: "u8", shape: [n, blocks, block * bits / 8], data }, scales],
    build: ([x, matrix, scales]) => [
      Op.matMulNBits(x!, matrix!, scales!, { bits: bits as 4 | 8, block, roundInputs: false }),
    ],
    expected: ([x, matrix, scales]) => [reference.matMulNBits(x!, matrix!, scales!, bits)],
  }))
);

export const neuralCases = {
  MatMulNBits: fewBits,
  MatMul: fc.oneof({ weight: 3, arbitrary: products }, { weight: 1, arbitrary: squares }),
  Softmax: shapes(1).chain((shape) => fc.tuple(reals(shape), axisOf(shape))).map(([x, axis]) => ({
    inputs: [x],
    build: ([x]) => [Op.softmax(x!, axis)],
    expected: ([x]) => [reference.softmax(x!, axis)],
  })),
  SoftmaxCrossEntropyLoss: fc.tuple(size, size).chain(([rows, classes]) =>
    fc.tuple(reals([rows, classes]), integers([rows], 0, classes - 1))
  ).map((inputs) => ({
    inputs,
    build: ([logits, labels]) => {
      const { negativeLogLikelihood, logProbabilities } = Op.softmaxCrossEntropyLoss(
        logits!,
        labels!,
      );
      return [negativeLogLikelihood, logProbabilities];
    },
    expected: ([logits, labels]) => reference.crossEntropy(logits!, labels!),
  })),
  // away from zero, where the norm is steep
  SimplifiedLayerNormalization: fc.tuple(shapes(1), fc.constantFrom(1e-5, 0.25)).chain((
    [shape, epsilon],
  ) =>
    fc.tuple(nonzeros(shape), reals(shape.slice(-1))).map((inputs) => ({
      inputs,
      build: ([x, scale]) => outputsOf(Op.rmsNorm(x!, scale!, epsilon)),
      expected: ([x, scale]) => reference.rmsNorm(x!, scale!, epsilon),
    }))
  ),
  // of a whole head, or of its first numbers
  RotaryEmbedding: fc.tuple(size, size, size, size, size).chain((
    [batch, time, heads, half, rest],
  ) =>
    fc.tuple(
      reals([batch, time, heads * (half + rest - 1) * 2]),
      reals([batch, time, half]),
      reals([batch, time, half]),
    ).map((inputs) => ({
      inputs,
      build: ([x, cos, sin]) => [Op.rotaryEmbedding(x!, cos!, sin!, heads)],
      expected: ([x, cos, sin]) => [reference.rotaryEmbedding(x!, cos!, sin!, heads)],
    }))
  ),
} satisfies OpCases<string>;
