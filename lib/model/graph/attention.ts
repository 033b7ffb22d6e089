/**
 * Grouped-query attention, for all graphs of the decoder. Letters in shapes are those of {@linkcode ./decoder.ts}.
 *
 * @module
 */
import { Graph, Op, plus, type Size, times, type Value } from "../../onnx/mod.ts";
import { calibrated, calibrationInputs } from "./sink_calibration.ts";
import { countedMask, type CountInputs, countInputs, inPlace } from "./counted.ts";
import { type DecoderSizes, maskName, positionsOf, rotationNames } from "./decoder_sizes.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { frequencyCount } from "./rope.ts";
import { norm, softCapped } from "./traits.ts";
import { linear, type Weights } from "./weights.ts";

/** What a layer leaves for others. */
export interface DecoderLayer {
  /** Keys of the new positions, rotated, [B, kv, S, D]. */
  readonly key: Value;
  /** Values of the new positions, [B, kv, S, D]. */
  readonly value: Value;
  /** Keys and values of all positions where the graph puts the new one in its place, [B, kv, C, D]. */
  readonly cached?: KeyValue;
  /** Keys and values of the cached positions as they are fed, where there are any. */
  readonly past: KeyValue | undefined;
  /** Attention after the softmax, [B, kv, S, g, C + S]; [B, kv * g, S, 1, C + S] per head. */
  readonly probabilities: Value;
}

/** What the attention of all layers shares. */
export interface AttentionInputs {
  readonly rotations: readonly { readonly cos: Value; readonly sin: Value }[];
  readonly masks: ReadonlyMap<number | undefined, Value>;
  readonly calibration: ReturnType<typeof calibrationInputs> | undefined;
  readonly counts: CountInputs | undefined;
}

/** Declares cosines and sines of {@linkcode rotationNames} [B, S, r / 2], the masks of {@linkcode maskName}, and what a calibration of sinks reads. */
export function attentionInputs(config: DecoderConfig, sizes: DecoderSizes): AttentionInputs {
  const { batch, cache } = sizes;
  const positions = positionsOf(sizes);
  const counts = sizes.counted ? countInputs(batch, cache) : undefined;
  return {
    counts,
    rotations: config.ropes.map((rope, index) => {
      const { cos, sin } = rotationNames(index);
      const shape = [batch, positions, frequencyCount(rope)];
      return { cos: Graph.input(cos, "f32", shape), sin: Graph.input(sin, "f32", shape) };
    }),
    masks: new Map(
      [...new Set(config.slidingWindows)].map((window) => [
        window,
        counts
          ? countedMask(counts, window)
          : Graph.input(maskName(window), "f32", [batch, 1, positions, 1, plus(cache, positions)]),
      ]),
    ),
    calibration: sizes.calibrated ? calibrationInputs(config, sizes) : undefined,
  };
}

/** Grouped-query attention over the cached and the new positions, before its output is projected. Query heads of one group are rows of one matrix product. */
export function attention(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  { rotations, masks, calibration, counts }: AttentionInputs,
  index: number,
  x: Value,
): DecoderLayer & { readonly attended: Value } {
  const { heads, kvHeads, headDim } = config;
  const { batch, cache, perHead = false } = sizes;
  const [groups, group] = perHead ? [heads, 1] : [kvHeads, heads / kvHeads];
  const positions = positionsOf(sizes);
  const name = `model.layers.${index}.self_attn`;
  const project = (which: "q" | "k" | "v", count: number) =>
    linear(weights, `${name}.${which}_proj`, x, count * headDim, config.attentionBias);
  const rope = config.ropeOfLayer[index];
  const rotation = rope === undefined ? undefined : rotations[rope];
  const rotate = (which: "q" | "k", count: number) => {
    const rows = qkNorm(config, weights, `${name}.${which}_norm`, project(which, count));
    return rotation ? Op.rotaryEmbedding(rows, rotation.cos, rotation.sin, count) : rows;
  };
  const split = (of: Value, count: number, width: number) =>
    Op.transpose(Op.reshape(of, [batch, positions, count, width]), [0, 2, 1, 3]);

  const query = Op.reshape(split(rotate("q", heads), groups, group * headDim), [
    batch,
    groups,
    times(positions, group),
    headDim,
  ]);
  const key = split(rotate("k", kvHeads), kvHeads, headDim);
  const value = split(project("v", kvHeads), kvHeads, headDim);

  const scale = config.attentionScale ?? 1 / Math.sqrt(headDim);
  const past = cache === 0 ? undefined : pastInputs(config, sizes, index);
  const read = past && eachKeyValue(
    past,
    (fed) => sizes.sharedCache ? Op.expand(fed, [batch, kvHeads, cache, headDim]) : fed,
  );
  const { scores, mix } = read !== undefined && positions === 1
    // one position reads the cache where it lies: joined with its own, all of it would be copied
    ? apart(query, read, { key, value }, scale)
    : joined(
      query,
      eachKeyValue(
        { key, value },
        (own, which) => repeated(read ? Op.concat([read[which], own], 2) : own, groups),
      ),
      scale,
    );
  const mask = masks.get(config.slidingWindows[index])!;
  const capped = softCapped(scores, config.attentionSoftCap);
  const masked = Op.add(
    Op.reshape(capped, [batch, groups, positions, group, plus(cache, positions)]),
    mask,
  );
  const plain = Op.softmax(masked);
  const probabilities = calibration ? calibrated(calibration, index, masked, plain) : plain;
  const rows = Op.reshape(probabilities, scores.shape);
  const mixed = mix(rows);
  const grouped = Op.transpose(
    Op.reshape(mixed, [batch, groups, positions, group * headDim]),
    [0, 2, 1, 3],
  );
  const attended = Op.reshape(grouped, [batch, positions, heads * headDim]);
  const cached = counts && read && {
    key: inPlace(counts, read.key, key),
    value: inPlace(counts, read.value, value),
  };
  return { key, value, past, probabilities, attended, ...(cached ? { cached } : {}) };
}

/** Keys or values [B, kv, positions, D], each as often as it has query heads of its own, [B, count, positions, D]. */
function repeated(x: Value, count: number): Value {
  const [batch, kvHeads, positions, width] = x.shape as [Size, number, Size, number];
  if (count === kvHeads) return x;
  const each = Op.reshape(x, [batch, kvHeads, 1, positions, width]);
  return Op.reshape(Op.expand(each, [batch, kvHeads, count / kvHeads, positions, width]), [
    batch,
    count,
    positions,
    width,
  ]);
}

/** Keys and values, [B, kv, positions, D]. */
interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

const eachKeyValue = (
  { key, value }: KeyValue,
  make: (of: Value, which: keyof KeyValue) => Value,
): KeyValue => ({ key: make(key, "key"), value: make(value, "value") });

/** Declares `past_key.L` and `past_value.L` of a layer. */
function pastInputs(
  { kvHeads, headDim }: DecoderConfig,
  { batch, cache, sharedCache }: DecoderSizes,
  layer: number,
): KeyValue {
  const shape = [sharedCache ? 1 : batch, kvHeads, cache, headDim];
  const input = (which: string) => Graph.input(`past_${which}.${layer}`, "f32", shape);
  return { key: input("key"), value: input("value") };
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
  const end = cached.key.shape[2]!;
  const all = plus(end, own.key.shape[2]!);
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

/** Norm of queries or keys, of each head by itself or of all together. */
function qkNorm(config: DecoderConfig, weights: Weights, name: string, rows: Value): Value {
  if (config.qkNorm === undefined) return rows;
  const [batch, positions, width] = rows.shape as [Size, Size, number];
  const size = config.qkNorm === "head" ? config.headDim : width;
  const parts = Op.reshape(rows, [batch, positions, width / size, size]);
  return Op.reshape(norm(config, weights, name, parts), rows.shape);
}
