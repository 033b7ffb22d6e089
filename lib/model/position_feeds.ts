/**
 * What a run feeds besides caches: tokens, soft prompts, rotary angles and attention masks.
 *
 * @module
 */
import type { Tensor } from "../runtime/mod.ts";
import { attentionMask, type MaskRow } from "./attention_mask.ts";
import type { DecoderConfig } from "./config.ts";
import { maskName } from "./attention.ts";
import { type RopeTables, ropeTables } from "./rope.ts";

/** Feeds `cos`, `sin` and the masks of the decoder. */
export class PositionFeeds {
  readonly #config: DecoderConfig;
  #tables: RopeTables;

  /** For one checkpoint. */
  constructor(config: DecoderConfig) {
    this.#config = config;
    this.#tables = ropeTables(config, 0);
  }

  /**
   * Feeds of a batch whose rows continue at their own lengths.
   *
   * @param rows what each row has cached
   * @param positions S, new positions of each row
   * @param cache C, cached positions that the graph has room for
   */
  of(rows: readonly MaskRow[], positions: number, cache: number): Record<string, Tensor> {
    const half = this.#config.headDim / 2;
    const { cos, sin } = this.#upTo(Math.max(...rows.map((row) => row.cached)) + positions);
    const pick = (table: Float32Array): Tensor<Float32Array> => {
      const data = new Float32Array(rows.length * positions * half);
      rows.forEach(({ cached }, b) =>
        data.set(table.subarray(cached * half, (cached + positions) * half), b * positions * half)
      );
      return { dtype: "f32", shape: [rows.length, positions, half], data };
    };
    const feeds: Record<string, Tensor> = { cos: pick(cos), sin: pick(sin) };
    for (const window of new Set(this.#config.slidingWindows)) {
      feeds[maskName(window)] = {
        dtype: "f32",
        shape: [rows.length, 1, positions, 1, cache + positions],
        data: attentionMask(rows, { positions, cache, window }),
      };
    }
    return feeds;
  }

  #upTo(positions: number): RopeTables {
    const half = this.#config.headDim / 2;
    if (this.#tables.cos.length < positions * half) {
      this.#tables = ropeTables(this.#config, 2 ** Math.ceil(Math.log2(positions)));
    }
    return this.#tables;
  }
}

/** A soft prompt as the feed `prompt`; none of no vectors. */
export function promptFeed(
  { hiddenSize }: DecoderConfig,
  vectors: Float32Array,
): Record<string, Tensor> {
  if (vectors.length === 0) return {};
  return { prompt: floatTensor(vectors, [vectors.length / hiddenSize, hiddenSize]) };
}

/** Token ids as a tensor, padded with zeros. */
export function idsTensor(
  rows: readonly (readonly number[])[],
  width: number,
): Tensor<BigInt64Array> {
  const data = new BigInt64Array(rows.length * width);
  rows.forEach((row, b) => row.forEach((id, i) => data[b * width + i] = BigInt(id)));
  return { dtype: "i64", shape: [rows.length, width], data };
}

/** A vector of integers as a tensor. */
export function int64Tensor(values: readonly number[]): Tensor<BigInt64Array> {
  return { dtype: "i64", shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** A vector of numbers as a tensor. */
export function floatTensor(
  data: Float32Array,
  shape: readonly number[] = [data.length],
): Tensor<Float32Array> {
  return { dtype: "f32", shape, data };
}
