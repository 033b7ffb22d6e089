/**
 * The decoder as it is trained: its weights are inputs, its gradient for each of them an output.
 *
 * @module
 */
import { gradient } from "../../autodiff/mod.ts";
import { Graph, Op, type Value } from "../../onnx/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { decoder, logits } from "../graph/mod.ts";
import { parametersOf } from "./parameters.ts";

/** Sizes of a run. */
export interface TrainingSizes {
  /** B, rows. */
  readonly rows: number;
  /** T, tokens of a row that are read; as many are predicted. */
  readonly tokens: number;
}

/** Name of the output that holds a weight's gradient. */
export const gradientName = (weight: string): string => `gradient.${weight}`;

/**
 * Weighted cross-entropy of all predicted tokens, and its gradient for all weights.
 *
 * Inputs: those of the decoder, each weight by its name, `labels` [B * T] and `tokenWeights` [B * T], what each token counts.
 * Outputs: `loss` [], the weighted sum in nats; {@linkcode gradientName} of each weight, like the weight.
 */
export function lossAndGradient(
  config: DecoderConfig,
  { rows, tokens }: TrainingSizes,
): Graph.Graph {
  const inputs = new Map(
    parametersOf(config).map(({ name, shape }) => [name, Graph.input(name, "f32", shape)]),
  );
  const weights = (name: string): Value => inputs.get(name)!;
  const sizes = { batch: rows, tokens, virtualTokens: 0, cache: 0 };
  const scores = logits(config, weights, decoder(config, sizes, weights).hidden);
  const labels = Graph.input("labels", "i64", [rows * tokens]);
  const each = Graph.input("tokenWeights", "f32", [rows * tokens]);
  const { negativeLogLikelihood } = Op.softmaxCrossEntropyLoss(scores, labels);
  const loss = Op.reduceSum(Op.mul(negativeLogLikelihood, each), [0]);
  const gradients = gradient(loss, [...inputs.values()]);
  return {
    outputs: {
      loss,
      ...Object.fromEntries(
        [...inputs.keys()].map((name, i) => [gradientName(name), gradients[i]!]),
      ),
    },
  };
}
