/**
 * What decoders differ in ({@linkcode DecoderTraits}), as functions of values: each is the identity where a decoder has none of it.
 *
 * @module
 */
import { Graph, Op, type Value } from "../../onnx/mod.ts";
import type { Activation, DecoderConfig } from "../checkpoint/mod.ts";
import type { Weights } from "./weights.ts";

/** Factor of the cubic term of GELU's approximation. */
const GELU_CUBIC = 0.044715;

/** Functions of the gate. */
export const ACTIVATIONS: Readonly<Record<Activation, (x: Value) => Value>> = {
  // x sigmoid(x)
  silu: (x) => Op.mul(x, Op.sigmoid(x)),
  // x (1 + tanh(u)) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks & Gimpel 2016)
  gelu_tanh: (x) => {
    const cubic = scaled(Op.mul(x, Op.mul(x, x)), GELU_CUBIC);
    return Op.mul(x, Op.sigmoid(scaled(Op.add(x, cubic), 2 * Math.sqrt(2 / Math.PI))));
  },
};

/** x times a number. */
export function scaled(x: Value, factor: number): Value {
  return factor === 1 ? x : Op.mul(x, Graph.constant(factor));
}

/** cap tanh(x / cap) (Gemma 2). */
export function softCapped(x: Value, cap: number | undefined): Value {
  return cap === undefined ? x : scaled(Op.tanh(scaled(x, 1 / cap)), cap);
}

/** RMS norm over the last axis by the weight of a name. */
export function norm(
  { rmsNormEps, normOffset }: DecoderConfig,
  weights: Weights,
  name: string | undefined,
  x: Value,
): Value {
  if (name === undefined) return x;
  const weight = weights(`${name}.weight`, [x.shape.at(-1) as number]);
  const scale = normOffset === 0 ? weight : Op.add(weight, Graph.constant(normOffset));
  return Op.rmsNorm(x, scale, rmsNormEps);
}
