/**
 * The decoder of all supported families, described once. Prefill, decode, saliency, prompt tuning and pre-training are all this graph
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
import { ACTIVATIONS, norm, scaled, softCapped } from "./traits.ts";
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
 * Describes the decoder. Its inputs: `ids` [B, T], `prompt` [n, d], those of {@linkcode attentionInputs}, and with a cache `past_key.L` and `past_value.L` [B, kv, C, D] of each layer L, or [1, kv, C, D] of a shared one.
 *
 * @param rows flat indices (row * S + position) [R] of the hidden states that are used; all by default. After its attention the last layer
 *   computes these alone
 */
export function decoder(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  rows?: Value,
): Decoder {
  const { batch, virtualTokens } = sizes;
  const { attentionNorms, mlpNorms, residualScale } = config;
  const shared = attentionInputs(config, sizes);
  const prompt = virtualTokens === 0
    ? undefined
    : Graph.input("prompt", "f32", [virtualTokens, config.hiddenSize]);
  let x = embed(config, sizes, weights, prompt);
  const layers: DecoderLayer[] = [];
  const states: Value[] = [];
  for (let index = 0; index < config.layers; index++) {
    const name = `model.layers.${index}`;
    const normed = (which: string | undefined, of: Value) =>
      norm(config, weights, which && `${name}.${which}`, of);
    const { attended, ...layer } = attention(
      config,
      sizes,
      weights,
      shared,
      index,
      normed(attentionNorms.before, x),
    );
    const used = index === config.layers - 1 ? rows : undefined;
    const output = linear(
      weights,
      `${name}.self_attn.o_proj`,
      pick(attended, used),
      config.hiddenSize,
      config.outputBias,
    );
    x = Op.add(pick(x, used), scaled(normed(attentionNorms.after, output), residualScale));
    const fed = mlp(config, weights, name, normed(mlpNorms.before, x));
    x = Op.add(x, scaled(normed(mlpNorms.after, fed), residualScale));
    layers.push(layer);
    states.push(used === undefined ? pick(x, rows) : x);
  }
  const last = norm(config, weights, "model.norm", x);
  const hidden = rows
    ? last
    : Op.reshape(last, [times(batch, positionsOf(sizes)), config.hiddenSize]);
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
  const scores = scaled(product(weights, name, rows, config.vocabSize), config.logitScale);
  return softCapped(scores, config.logitSoftCap);
}

/** Rows of [soft prompt ; text], [B, S, d]. */
function embed(
  config: DecoderConfig,
  { batch, tokens, virtualTokens }: DecoderSizes,
  weights: Weights,
  prompt: Value | undefined,
): Value {
  const { hiddenSize, vocabSize, tokenScale, inputScale } = config;
  const parts: Value[] = [];
  if (prompt !== undefined) parts.push(Op.expand(prompt, [batch, virtualTokens, hiddenSize]));
  if (tokens !== 0) {
    const table = weights("model.embed_tokens.weight", [vocabSize, hiddenSize]);
    const ids = Graph.input("ids", "i64", [batch, tokens]);
    parts.push(scaled(Op.gather(table, ids), tokenScale));
  }
  return scaled(parts.length === 1 ? parts[0]! : Op.concat(parts, 1), inputScale);
}

/** down(f(gate x) (.) up x), f the activation (Shazeer 2020). */
function mlp(config: DecoderConfig, weights: Weights, layer: string, x: Value): Value {
  const { intermediateSize, hiddenSize, mlpBias, activation } = config;
  const gate = linear(weights, `${layer}.mlp.gate_proj`, x, intermediateSize, mlpBias);
  const up = linear(weights, `${layer}.mlp.up_proj`, x, intermediateSize, mlpBias);
  const gated = Op.mul(ACTIVATIONS[activation](gate), up);
  return linear(weights, `${layer}.mlp.down_proj`, gated, hiddenSize, mlpBias);
}
