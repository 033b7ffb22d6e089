/**
 * The decoder of the Llama family, described once. Prefill, decode, saliency, prompt tuning and pre-training are all this graph
 * with other sizes, outputs and gradients.
 *
 * Letters in shapes: B rows of the batch, n virtual tokens, T text tokens, S = n + T new positions, C cached positions,
 * d hidden size, D head size, kv key/value heads, g query heads for each of them, V vocabulary.
 *
 * @module
 */
import { Graph, Op, type Value } from "../onnx/mod.ts";
import { calibrated, calibrationInputs } from "./attention_calibration.ts";
import type { DecoderConfig } from "./config.ts";

/** Sizes of one instance of the graph; shapes are static. */
export interface DecoderSizes {
  /** B. */
  readonly batch: number;
  /** T, 0 for a soft prompt alone. */
  readonly tokens: number;
  /** n virtual tokens in front of each row, fed as vectors; 0 for none. */
  readonly virtualTokens: number;
  /** C positions whose keys and values are fed; 0 for none. */
  readonly cache: number;
  /** Whether attention sinks are calibrated ({@linkcode ./attention_calibration.ts}); false by default. */
  readonly calibrated?: boolean;
}

/** Gives the tensor of a weight by its Hugging Face name: a tensor in a file, or an input when weights are trained. */
export interface Weights {
  (name: string, shape: readonly number[]): Value;
  /** A matrix in few bits a number, where products read it so. */
  readonly quantized?: (
    name: string,
    shape: readonly [rows: number, columns: number],
  ) => QuantizedValues | undefined;
}

/** A matrix in few bits a number, as {@linkcode Op.matMulNBits} reads it. */
export interface QuantizedValues {
  readonly bits: 4 | 8;
  readonly block: number;
  readonly numbers: Value;
  readonly scales: Value;
}

/** What a layer leaves for others. */
export interface DecoderLayer {
  /** Keys of the new positions, rotated, [B, kv, S, D]. */
  readonly key: Value;
  /** Values of the new positions, [B, kv, S, D]. */
  readonly value: Value;
  /** Attention after the softmax, [B, kv, S, g, C + S]. */
  readonly probabilities: Value;
}

/** The decoder up to the final norm. */
export interface Decoder {
  /** [B * S, d], or [R, d] of the rows asked for. */
  readonly hidden: Value;
  readonly layers: readonly DecoderLayer[];
  /** The soft prompt that is fed, [n, d], where there is one. */
  readonly prompt: Value | undefined;
}

/** Name of the additive attention mask, [B, 1, S, 1, C + S], of the layers with this sliding window. */
export function maskName(window: number | undefined): string {
  return window === undefined ? "mask" : `mask.window${window}`;
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
  const { batch, virtualTokens, tokens, cache } = sizes;
  const positions = virtualTokens + tokens;
  const half = [batch, positions, config.headDim / 2];
  const shared: AttentionInputs = {
    cos: Graph.input("cos", "f32", half),
    sin: Graph.input("sin", "f32", half),
    masks: new Map(
      [...new Set(config.slidingWindows)].map((window) => [
        window,
        Graph.input(maskName(window), "f32", [batch, 1, positions, 1, cache + positions]),
      ]),
    ),
    calibration: sizes.calibrated ? calibrationInputs(config, sizes) : undefined,
  };
  const prompt = virtualTokens === 0
    ? undefined
    : Graph.input("prompt", "f32", [virtualTokens, config.hiddenSize]);
  let x = embed(config, sizes, weights, prompt);
  const layers: DecoderLayer[] = [];
  for (let index = 0; index < config.layers; index++) {
    const name = `model.layers.${index}`;
    const norm = (which: string, of: Value) =>
      Op.rmsNorm(of, weights(`${name}.${which}.weight`, [config.hiddenSize]), config.rmsNormEps);
    const { heard, ...layer } = attention(
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
      pick(heard, used),
      config.hiddenSize,
      config.outputBias,
    );
    x = Op.add(pick(x, used), output);
    x = Op.add(x, mlp(config, weights, name, norm("post_attention_layernorm", x)));
    layers.push(layer);
  }
  const normed = Op.rmsNorm(
    x,
    weights("model.norm.weight", [config.hiddenSize]),
    config.rmsNormEps,
  );
  const hidden = rows ? normed : Op.reshape(normed, [batch * positions, config.hiddenSize]);
  return { hidden, layers, prompt };
}

/** Rows [R, width] of x [B, S, width]; all of x where none are named. */
function pick(x: Value, rows: Value | undefined): Value {
  if (rows === undefined) return x;
  const [batch, positions, width] = x.shape as [number, number, number];
  return Op.gather(Op.reshape(x, [batch * positions, width]), rows);
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
  if (tokens > 0) {
    const table = weights("model.embed_tokens.weight", [vocabSize, hiddenSize]);
    parts.push(Op.gather(table, Graph.input("ids", "i64", [batch, tokens])));
  }
  return parts.length === 1 ? parts[0]! : Op.concat(parts, 1);
}

/** What the attention of all layers shares. */
interface AttentionInputs {
  readonly cos: Value;
  readonly sin: Value;
  readonly masks: ReadonlyMap<number | undefined, Value>;
  readonly calibration: ReturnType<typeof calibrationInputs> | undefined;
}

/** Grouped-query attention over the cached and the new positions, before its output is projected. Query heads of one group are rows of one matrix product. */
function attention(
  config: DecoderConfig,
  { batch, tokens, virtualTokens, cache }: DecoderSizes,
  weights: Weights,
  { cos, sin, masks, calibration }: AttentionInputs,
  index: number,
  x: Value,
): DecoderLayer & { readonly heard: Value } {
  const { heads, kvHeads, headDim } = config;
  const group = heads / kvHeads;
  const positions = virtualTokens + tokens;
  const name = `model.layers.${index}.self_attn`;
  const project = (which: "q" | "k" | "v", count: number) =>
    linear(weights, `${name}.${which}_proj`, x, count * headDim, config.attentionBias);
  const rotate = (which: "q" | "k", count: number) => {
    const rows = headNorm(config, weights, `${name}.${which}_norm`, project(which, count));
    return Op.rotaryEmbedding(rows, cos, sin, count);
  };
  const split = (of: Value, width: number) =>
    Op.transpose(Op.reshape(of, [batch, positions, kvHeads, width]), [0, 2, 1, 3]);

  const query = Op.reshape(split(rotate("q", heads), group * headDim), [
    batch,
    kvHeads,
    positions * group,
    headDim,
  ]);
  const key = split(rotate("k", kvHeads), headDim);
  const value = split(project("v", kvHeads), headDim);

  const scale = 1 / Math.sqrt(headDim);
  const past = (which: "key" | "value") =>
    Graph.input(`past_${which}.${index}`, "f32", [batch, kvHeads, cache, headDim]);
  const { scores, mix } = cache > 0 && positions === 1
    // one position reads the cache where it lies: joined with its own, all of it would be copied
    ? apart(query, { key: past("key"), value: past("value") }, { key, value }, scale)
    : joined(
      query,
      cache > 0
        ? { key: Op.concat([past("key"), key], 2), value: Op.concat([past("value"), value], 2) }
        : { key, value },
      scale,
    );
  const mask = masks.get(config.slidingWindows[index])!;
  const masked = Op.add(
    Op.reshape(scores, [batch, kvHeads, positions, group, cache + positions]),
    mask,
  );
  const attended = Op.softmax(masked);
  const probabilities = calibration ? calibrated(calibration, index, masked, attended) : attended;
  const rows = Op.reshape(probabilities, scores.shape);
  const mixed = mix(rows);
  const grouped = Op.transpose(
    Op.reshape(mixed, [batch, kvHeads, positions, group * headDim]),
    [0, 2, 1, 3],
  );
  const heard = Op.reshape(grouped, [batch, positions, heads * headDim]);
  return { key, value, probabilities, heard };
}

/** Keys and values, [B, kv, positions, D]. */
interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/** Scores of the queries, [B, kv, S * g, positions], and how attention over the positions mixes values. */
interface Attending {
  readonly scores: Value;
  readonly mix: (probabilities: Value) => Value;
}

function joined(query: Value, { key, value }: KeyValue, scale: number): Attending {
  return {
    scores: Op.matMul(query, key, { transB: true, alpha: scale }),
    mix: (rows) => Op.matMul(rows, value),
  };
}

function apart(query: Value, cached: KeyValue, own: KeyValue, scale: number): Attending {
  const [end, all] = [cached.key.shape[2]!, cached.key.shape[2]! + own.key.shape[2]!];
  // ONNX Runtime has a faster kernel for one row where the product itself doesn't scale
  const scaled = Op.mul(query, Graph.constant(scale));
  const score = ({ key }: KeyValue) => Op.matMul(scaled, key, { transB: true });
  return {
    scores: Op.concat([score(cached), score(own)], -1),
    mix: (rows) =>
      Op.add(
        Op.matMul(Op.slice(rows, 3, 0, end), cached.value),
        Op.matMul(Op.slice(rows, 3, end, all), own.value),
      ),
  };
}

/** Qwen3's norm of each head's query or key; the identity elsewhere. */
function headNorm(config: DecoderConfig, weights: Weights, name: string, rows: Value): Value {
  if (!config.qkNorm) return rows;
  const [batch, positions, width] = rows.shape as [number, number, number];
  const heads = Op.reshape(rows, [batch, positions, width / config.headDim, config.headDim]);
  const scale = weights(`${name}.weight`, [config.headDim]);
  return Op.reshape(Op.rmsNorm(heads, scale, config.rmsNormEps), rows.shape);
}

/** down(silu(gate x) (.) up x) (Shazeer 2020). */
function mlp(config: DecoderConfig, weights: Weights, layer: string, x: Value): Value {
  const { intermediateSize, hiddenSize, mlpBias } = config;
  const gate = linear(weights, `${layer}.mlp.gate_proj`, x, intermediateSize, mlpBias);
  const up = linear(weights, `${layer}.mlp.up_proj`, x, intermediateSize, mlpBias);
  const gated = Op.mul(Op.mul(gate, Op.sigmoid(gate)), up);
  return linear(weights, `${layer}.mlp.down_proj`, gated, hiddenSize, mlpBias);
}

/** x W^T + b for x [..., in]; checkpoints store W as [out, in]. */
function linear(weights: Weights, name: string, x: Value, out: number, bias: boolean): Value {
  const y = product(weights, `${name}.weight`, x, out);
  return bias ? Op.add(y, weights(`${name}.bias`, [out])) : y;
}

/** x W^T for W [out, in]. */
function product(weights: Weights, name: string, x: Value, out: number): Value {
  const shape = [out, x.shape.at(-1)!] as const;
  const quantized = weights.quantized?.(name, shape);
  if (quantized === undefined) return Op.matMul(x, weights(name, shape), { transB: true });
  const { numbers, scales, bits, block } = quantized;
  return Op.matMulNBits(x, numbers, scales, { bits, block, roundInputs: true });
}
