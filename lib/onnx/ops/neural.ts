/**
 * Matrix products, normalisations, softmax, rotary embedding, cross-entropy.
 *
 * @module
 */
import { at, refuse, requireAxis, requireDTypes, requireFixed, type SomeOps } from "./op.ts";
import { broadcast, sameShape, type TensorType } from "../types.ts";

/** Half the width of a head. */
const headHalf = (inputs: readonly TensorType[], heads: number): number =>
  requireFixed("RotaryEmbedding", 0, -1, inputs) / heads / 2;

export const neural = {
  /** alpha op(A) op(B), [..., m, k] x [..., k, n] -> [..., m, n]; op transposes the last two axes. */
  MatMul: {
    arity: 2,
    infer: (inputs, { transA = false, transB = false }) => {
      requireDTypes("MatMul", inputs, ["f32", "f32"]);
      const [a, b] = [at(inputs, 0).shape, at(inputs, 1).shape];
      if (a.length < 2 || b.length < 2) refuse("MatMul", "its inputs need two axes", inputs);
      const m = a.at(transA ? -1 : -2)!;
      const inner = a.at(transA ? -2 : -1)!;
      const n = b.at(transB ? -2 : -1)!;
      if (inner !== b.at(transB ? -1 : -2)) {
        refuse("MatMul", `inner dimensions differ (transA ${transA}, transB ${transB})`, inputs);
      }
      const batch = broadcast(a.slice(0, -2), b.slice(0, -2)) ??
        refuse("MatMul", "its batch shapes do not broadcast", inputs);
      return [{ dtype: "f32", shape: [...batch, m, n] }];
    },
    emit: ({ transA = false, transB = false, alpha = 1 }) =>
      !transA && !transB && alpha === 1 ? { type: "MatMul" } : {
        type: "FusedMatMul",
        domain: "com.microsoft",
        attributes: {
          transA: { int: Number(transA) },
          transB: { int: Number(transB) },
          alpha: { float: alpha },
        },
      },
  },

  /**
   * A B^T, [..., k] x [n, k] -> [..., n], where B = (q - 2^(bits - 1)) scale: (A, q [n, k / block, block bits / 8] u8, low bits first,
   * scale [n, k / block]).
   */
  MatMulNBits: {
    arity: 3,
    infer: (inputs, { bits, block }) => {
      requireDTypes("MatMulNBits", inputs, ["f32", "u8", "f32"]);
      const [a, matrix, scales] = inputs.map(({ shape }) => shape);
      const n = requireFixed("MatMulNBits", 1, 0, inputs);
      const blocks = requireFixed("MatMulNBits", 1, 1, inputs);
      const fits = sameShape(matrix!, [n, blocks, block * bits / 8]) &&
        sameShape(scales!, [n, blocks]) && a!.at(-1) === blocks * block;
      if (!fits) {
        refuse("MatMulNBits", `its inputs don't match (${bits} bits, blocks of ${block})`, inputs);
      }
      return [{ dtype: "f32", shape: [...a!.slice(0, -1), n] }];
    },
    emit: ({ bits, block, roundInputs }, inputs) => ({
      type: "MatMulNBits",
      domain: "com.microsoft",
      attributes: {
        K: { int: requireFixed("MatMulNBits", 0, -1, inputs) },
        N: { int: requireFixed("MatMulNBits", 1, 0, inputs) },
        bits: { int: bits },
        block_size: { int: block },
        // 4: int8, 1: float32
        accuracy_level: { int: roundInputs ? 4 : 1 },
      },
    }),
  },

  Softmax: {
    arity: 1,
    infer: (inputs, { axis }) => {
      requireDTypes("Softmax", inputs, ["f32"]);
      requireAxis("Softmax", axis, inputs);
      return [at(inputs, 0)];
    },
    emit: ({ axis }) => ({ type: "Softmax", attributes: { axis: { int: axis } } }),
  },

  /** (logits [N, C], labels [N]) -> (negative log-likelihood [N], log-probabilities [N, C]). */
  SoftmaxCrossEntropyLoss: {
    arity: 2,
    infer: (inputs) => {
      requireDTypes("SoftmaxCrossEntropyLoss", inputs, ["f32", "i64"]);
      const [logits, labels] = [at(inputs, 0), at(inputs, 1)];
      if (logits.shape.length !== 2 || !sameShape(labels.shape, logits.shape.slice(0, 1))) {
        refuse("SoftmaxCrossEntropyLoss", "its inputs must be [N, C] and [N]", inputs);
      }
      return [{ dtype: "f32", shape: labels.shape }, logits];
    },
    emit: () => ({
      type: "SoftmaxCrossEntropyLoss",
      attributes: { reduction: { string: "none" } },
    }),
  },

  /** RMS norm over the last axis: (x [..., d], scale [d]) -> (y [..., d], 1 / rms [..., 1]). */
  SimplifiedLayerNormalization: {
    arity: 2,
    infer: (inputs) => {
      requireDTypes("SimplifiedLayerNormalization", inputs, ["f32", "f32"]);
      const [x, scale] = [at(inputs, 0).shape, at(inputs, 1).shape];
      if (x.length === 0 || !sameShape(scale, x.slice(-1))) {
        refuse("SimplifiedLayerNormalization", "its scale must have the last axis' size", inputs);
      }
      return [at(inputs, 0), { dtype: "f32", shape: [...x.slice(0, -1), 1] }];
    },
    emit: ({ epsilon }) => ({
      type: "SimplifiedLayerNormalization",
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
    }),
  },

  /**
   * Rotates halves: (x [B, T, heads * d], cos [B, T, r / 2], sin [B, T, r / 2]) -> like x (RoFormer, as Llama lays it out), of the first
   * r numbers of each head.
   */
  RotaryEmbedding: {
    arity: 3,
    infer: (inputs, { heads }) => {
      requireDTypes("RotaryEmbedding", inputs, ["f32", "f32", "f32"]);
      const [x, cos, sin] = [at(inputs, 0).shape, at(inputs, 1).shape, at(inputs, 2).shape];
      const half = requireFixed("RotaryEmbedding", 1, -1, inputs);
      const isWhole = requireFixed("RotaryEmbedding", 0, -1, inputs) % heads === 0;
      const fits = x.length === 3 && isWhole && half <= headHalf(inputs, heads) &&
        sameShape(cos, [x[0]!, x[1]!, half]) && sameShape(cos, sin);
      if (!fits) {
        const must = `[B, T, ${heads} d], 2 x [B, T, d/2] or narrower`;
        refuse("RotaryEmbedding", `its inputs must be ${must}`, inputs);
      }
      return [at(inputs, 0)];
    },
    emit: ({ heads }, inputs) => {
      const half = requireFixed("RotaryEmbedding", 1, -1, inputs);
      const isWhole = half === headHalf(inputs, heads);
      return {
        type: "RotaryEmbedding",
        attributes: {
          num_heads: { int: heads },
          ...(isWhole ? {} : { rotary_embedding_dim: { int: 2 * half } }),
        },
      };
    },
  },
} satisfies SomeOps;
