/**
 * Operators of neural networks.
 *
 * @module
 */
import { apply, type Value } from "../graph.ts";
import type { Attributes } from "../op.ts";
import { one } from "./node.ts";

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
 * Product a B^T with a matrix of few bits a number, [..., k] x [n, k] -> [..., n].
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

/** Rotary position embedding of x [B, T, heads * d] by cos and sin [B, T, d / 2]. */
export const rotaryEmbedding = (x: Value, cos: Value, sin: Value, heads: number): Value =>
  one("RotaryEmbedding", { heads }, x, cos, sin);
