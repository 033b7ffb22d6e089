/**
 * One function an operator, to be used as a namespace: `Op.add(a, b)`. Each throws GraphError when its operands break the
 * operator's rule.
 *
 * @module
 */
import { apply, type Value } from "./graph.ts";
import type { Attributes, OpName } from "./ops/mod.ts";
import type { Size } from "./size.ts";
import type { DType, Shape } from "./types.ts";

/** Operators that have no attributes. */
type WithoutAttributes = {
  [K in OpName]: Attributes[K] extends Readonly<Record<string, never>> ? K : never;
}[OpName];

/** The output of an operator with attributes. */
const one = <K extends OpName>(
  op: K,
  attributes: Attributes[K],
  ...inputs: Value[]
): Value => apply(op, attributes, inputs)[0]!;

/** The output of an operator without attributes. */
const plain = (op: WithoutAttributes, ...inputs: Value[]): Value =>
  apply(op, {} as Attributes[typeof op], inputs)[0]!;

/** a + b, broadcast. */
export const add = (a: Value, b: Value): Value => plain("Add", a, b);

/** a - b, broadcast. */
export const sub = (a: Value, b: Value): Value => plain("Sub", a, b);

/** a b, element by element, broadcast. */
export const mul = (a: Value, b: Value): Value => plain("Mul", a, b);

/** a / b, broadcast. */
export const div = (a: Value, b: Value): Value => plain("Div", a, b);

/** The smaller of two, broadcast. */
export const min = (a: Value, b: Value): Value => plain("Min", a, b);

/** The larger of two, broadcast. */
export const max = (a: Value, b: Value): Value => plain("Max", a, b);

/** -x. */
export const neg = (x: Value): Value => plain("Neg", x);

/** |x|. */
export const abs = (x: Value): Value => plain("Abs", x);

/** -1, 0 or 1. */
export const sign = (x: Value): Value => plain("Sign", x);

/** e^x. */
export const exp = (x: Value): Value => plain("Exp", x);

/** Natural logarithm. */
export const log = (x: Value): Value => plain("Log", x);

/** Square root. */
export const sqrt = (x: Value): Value => plain("Sqrt", x);

/** 1 / (1 + e^-x). */
export const sigmoid = (x: Value): Value => plain("Sigmoid", x);

/** Hyperbolic tangent. */
export const tanh = (x: Value): Value => plain("Tanh", x);

/** Whether a = b, broadcast; bool. */
export const equal = (a: Value, b: Value): Value => plain("Equal", a, b);

/** Whether a < b, broadcast; bool. */
export const less = (a: Value, b: Value): Value => plain("Less", a, b);

/**
 * `yes` where the condition holds, else `no`; broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const leaky = Op.where(Op.less(x, Graph.constant(0)), Op.mul(x, Graph.constant(0.1)), x);
 * assert.equal(formatType(leaky), "f32[3]");
 * ```
 */
export const where = (condition: Value, yes: Value, no: Value): Value =>
  plain("Where", condition, yes, no);

/** The same elements in another dtype. */
export const cast = (x: Value, to: DType): Value => one("Cast", { to }, x);

/**
 * Matrix product over the last two axes, which `transA` and `transB` transpose, times `alpha`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const queries = Graph.input("queries", "f32", [5, 64]);
 * const keys = Graph.input("keys", "f32", [7, 64]);
 * const scores = Op.matMul(queries, keys, { transB: true, alpha: 1 / 8 });
 * assert.equal(formatType(scores), "f32[5,7]");
 * ```
 */
export const matMul = (a: Value, b: Value, options: Attributes["MatMul"] = {}): Value =>
  one("MatMul", options, a, b);

/**
 * Product a B^T with a quantized matrix, [..., k] x [n, k] -> [..., n].
 *
 * @param matrix [n, k / block, block * bits / 8], u8, the numbers plus 2^(bits - 1), low bits first
 * @param scales [n, k / block]
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [5, 64]);
 * const matrix = Graph.input("matrix", "u8", [7, 2, 16]);
 * const scales = Graph.input("scales", "f32", [7, 2]);
 * const y = Op.matMulNBits(x, matrix, scales, { bits: 4, block: 32, roundInputs: false });
 * assert.equal(formatType(y), "f32[5,7]");
 * ```
 */
export const matMulNBits = (
  a: Value,
  matrix: Value,
  scales: Value,
  options: Attributes["MatMulNBits"],
): Value => one("MatMulNBits", options, a, matrix, scales);

/** Rows [M, k] rounded to 8 bits. */
export interface QuantizedRows {
  /** Numbers plus 128, [M, k], u8. */
  readonly numbers: Value;
  /** [M, 1], f32. */
  readonly scales: Value;
}

/** Rounds each row of x [M, k] to 8 bits; its number farthest from zero becomes 127 or -127. */
export function quantizeRows(x: Value): QuantizedRows {
  const [numbers, scales] = apply("QuantizeRows", {}, [x]);
  return { numbers: numbers!, scales: scales! };
}

/** x [M, k] less what its rounded rows stand for: within half a step of 0. */
export const roundingRest = (x: Value, rows: QuantizedRows): Value =>
  plain("RoundingRest", x, rows.numbers, rows.scales);

/**
 * Product of rounded rows [M, k] with a matrix of 8 bits, [M, n]; exact but for the last roundings.
 *
 * @param matrix [k, n], i8
 * @param scales of its columns, [n], or [] of all
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [5, 64]);
 * const matrix = Graph.input("matrix", "i8", [64, 7]);
 * const y = Op.quantizedMatMul(Op.quantizeRows(x), matrix, Graph.constant(0.01));
 * assert.equal(formatType(y), "f32[5,7]");
 * ```
 */
export const quantizedMatMul = (
  rows: QuantizedRows,
  matrix: Value,
  scales: Value,
  { fineGradient = false }: Partial<Attributes["QuantizedMatMul"]> = {},
): Value => one("QuantizedMatMul", { fineGradient }, rows.numbers, rows.scales, matrix, scales);

/** Softmax along an axis. */
export const softmax = (x: Value, axis = -1): Value => one("Softmax", { axis }, x);

/** Result of {@linkcode softmaxCrossEntropyLoss}. */
export interface CrossEntropy {
  /** Negative log-likelihood of each label, [N]. */
  readonly negativeLogLikelihood: Value;
  /** Log-probabilities of all classes, [N, C]. */
  readonly logProbabilities: Value;
}

/**
 * Cross-entropy of logits [N, C] against labels [N] (i64), in nats, not reduced.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const logits = Graph.input("logits", "f32", [5, 100]);
 * const labels = Graph.input("labels", "i64", [5]);
 * const { negativeLogLikelihood } = Op.softmaxCrossEntropyLoss(logits, labels);
 * assert.equal(formatType(negativeLogLikelihood), "f32[5]");
 * ```
 */
export function softmaxCrossEntropyLoss(logits: Value, labels: Value): CrossEntropy {
  const [negativeLogLikelihood, logProbabilities] = apply("SoftmaxCrossEntropyLoss", {}, [
    logits,
    labels,
  ]);
  return {
    negativeLogLikelihood: negativeLogLikelihood!,
    logProbabilities: logProbabilities!,
  };
}

/** x / rms(x) * scale over the last axis (Zhang & Sennrich 2019). */
export const rmsNorm = (x: Value, scale: Value, epsilon: number): Value =>
  one("SimplifiedLayerNormalization", { epsilon }, x, scale);

/** Rotary position embedding of x [B, T, heads * d] by cos and sin [B, T, r / 2]: of the first r numbers of each head. */
export const rotaryEmbedding = (x: Value, cos: Value, sin: Value, heads: number): Value =>
  one("RotaryEmbedding", { heads }, x, cos, sin);

/** The same elements in another shape. */
export const reshape = (x: Value, shape: Shape): Value => one("Reshape", { shape }, x);

/** Axes in another order. */
export const transpose = (x: Value, perm: readonly number[]): Value =>
  one("Transpose", { perm }, x);

/** Repeats x to a shape it broadcasts to. */
export const expand = (x: Value, shape: Shape): Value => one("Expand", { shape }, x);

/** Values one after the other along an axis. */
export const concat = (values: readonly Value[], axis: number): Value =>
  one("Concat", { axis }, ...values);

/** Elements start..end-1 along an axis. */
export const slice = (x: Value, axis: number, start: Size, end: Size): Value =>
  one("Slice", { axis, start, end }, x);

/** Zeros before and after along an axis. */
export const pad = (x: Value, axis: number, before: Size, after: Size): Value =>
  one("Pad", { axis, before, after }, x);

/** Sum over axes, which are dropped unless kept as 1. */
export const reduceSum = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceSum", { axes, keepDims }, x);

/** Mean over axes, which are dropped unless kept as 1. */
export const reduceMean = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMean", { axes, keepDims }, x);

/** Largest over axes, which are dropped unless kept as 1. */
export const reduceMax = (x: Value, axes: readonly number[], keepDims = false): Value =>
  one("ReduceMax", { axes, keepDims }, x);

/** Index of the largest along an axis, the first of equals; i64. */
export const argMax = (x: Value, axis: number): Value => one("ArgMax", { axis }, x);

/** Rows of a table [r, ...s] at indices [...i]: [...i, ...s]. */
export const gather = (table: Value, indices: Value): Value => plain("Gather", table, indices);

/** x at each index along an axis; like `indices`. */
export const gatherElements = (x: Value, indices: Value, axis: number): Value =>
  one("GatherElements", { axis }, x, indices);

/** x with updates added at each index along an axis. */
export const scatterElements = (x: Value, indices: Value, updates: Value, axis: number): Value =>
  one("ScatterElements", { axis }, x, indices, updates);

/**
 * x [r, ...s] with updates [...i, ...s] added to its rows at indices [...i, 1].
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const embeddings = Graph.input("embeddings", "f32", [100, 64]);
 * const ids = Graph.input("ids", "i64", [5, 1]);
 * const updates = Graph.input("updates", "f32", [5, 64]);
 * assert.equal(formatType(Op.scatterND(embeddings, ids, updates)), "f32[100,64]");
 * ```
 */
export const scatterND = (x: Value, indices: Value, updates: Value): Value =>
  plain("ScatterND", x, indices, updates);
