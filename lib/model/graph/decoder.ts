/**
 * The decoder of the Llama family, described once. Prefill, decode, saliency, prompt tuning and pre-training are all this graph
 * with other sizes, outputs and gradients.
 *
 * Letters in shapes: B rows of the batch, n virtual tokens, T text tokens, S = n + T new positions, C cached positions,
 * d hidden size, D head size, kv key/value heads, g query heads for each of them, V vocabulary.
 *
 * @module
 */
import { Graph, Op, type Size, times, type Value } from "../../onnx/mod.ts";
import { attention, attentionInputs, type DecoderLayer } from "./attention.ts";
import { type DecoderSizes, positionsOf } from "./decoder_sizes.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { linear, product, type Weights } from "./weights.ts";

/** The decoder up to the final norm. */
export interface Decoder {
  /** [B * S, d], or [R, d] of the rows asked for. */
  readonly hidden: Value;
  readonly layers: readonly DecoderLayer[];
  /** What each layer gives to the next, [B, S, d], or [R, d] of the rows asked for. */
  readonly states: readonly Value[];
  /** The soft prompt that is fed, [n, d], where there is one. */
  readonly prompt: Value | undefined;
}

/**
 * Describes the decoder. Its inputs: `ids` [B, T], `prompt` [n, d], `cos` and `sin` [B, S, D / 2], the masks of
 * {@linkcode maskName}, and with a cache `past_key.L` and `past_value.L` [B, kv, C, D] of each layer L.
 *
 * @param rows flat indices (row * S + position) [R] of the hidden states that are used; all by default. Behind its attention the last layer
 *   computes these alone
 */
export function decoder(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  rows?: Value,
): Decoder {
  const { batch, virtualTokens } = sizes;
  const shared = attentionInputs(config, sizes);
  const prompt = virtualTokens === 0
    ? undefined
    : Graph.input("prompt", "f32", [virtualTokens, config.hiddenSize]);
  let x = embed(config, sizes, weights, prompt);
  const layers: DecoderLayer[] = [];
  const states: Value[] = [];
  for (let index = 0; index < config.layers; index++) {
    const name = `model.layers.${index}`;
    const norm = (which: string, of: Value) =>
      Op.rmsNorm(of, weights(`${name}.${which}.weight`, [config.hiddenSize]), config.rmsNormEps);
    const { attended, ...layer } = attention(
      config,
      sizes,
      weights,
      shared,
      index,
      norm("input_layernorm", x),
    );
    const used = index === config.layers - 1 ? rows : undefined;
    const output = linear(
      weights,
      `${name}.self_attn.o_proj`,
      pick(attended, used),
      config.hiddenSize,
      config.outputBias,
    );
    x = Op.add(pick(x, used), output);
    x = Op.add(x, mlp(config, weights, name, norm("post_attention_layernorm", x)));
    layers.push(layer);
    states.push(used === undefined ? pick(x, rows) : x);
  }
  const normed = Op.rmsNorm(
    x,
    weights("model.norm.weight", [config.hiddenSize]),
    config.rmsNormEps,
  );
  const hidden = rows
    ? normed
    : Op.reshape(normed, [times(batch, positionsOf(sizes)), config.hiddenSize]);
  return { hidden, layers, states, prompt };
}

/** Rows [R, width] of x [B, S, width]; all of x where none are named. */
function pick(x: Value, rows: Value | undefined): Value {
  if (rows === undefined) return x;
  const [batch, positions, width] = x.shape as [Size, Size, number];
  return Op.gather(Op.reshape(x, [times(batch, positions), width]), rows);
}

/** Logits [R, V] of R hidden rows [R, d]. */
export function logits(config: DecoderConfig, weights: Weights, rows: Value): Value {
  const name = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  return product(weights, name, rows, config.vocabSize);
}

/** Rows of [soft prompt ; text], [B, S, d]. */
function embed(
  config: DecoderConfig,
  { batch, tokens, virtualTokens }: DecoderSizes,
  weights: Weights,
  prompt: Value | undefined,
): Value {
  const { hiddenSize, vocabSize } = config;
  const parts: Value[] = [];
  if (prompt !== undefined) parts.push(Op.expand(prompt, [batch, virtualTokens, hiddenSize]));
  if (tokens !== 0) {
    const table = weights("model.embed_tokens.weight", [vocabSize, hiddenSize]);
    parts.push(Op.gather(table, Graph.input("ids", "i64", [batch, tokens])));
  }
  return parts.length === 1 ? parts[0]! : Op.concat(parts, 1);
}

/** down(silu(gate x) (.) up x) (Shazeer 2020). */
function mlp(config: DecoderConfig, weights: Weights, layer: string, x: Value): Value {
  const { intermediateSize, hiddenSize, mlpBias } = config;
  const gate = linear(weights, `${layer}.mlp.gate_proj`, x, intermediateSize, mlpBias);
  const up = linear(weights, `${layer}.mlp.up_proj`, x, intermediateSize, mlpBias);
  const gated = Op.mul(Op.mul(gate, Op.sigmoid(gate)), up);
  return linear(weights, `${layer}.mlp.down_proj`, gated, hiddenSize, mlpBias);
}
