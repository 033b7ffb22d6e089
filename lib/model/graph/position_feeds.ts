/**
 * What a run feeds besides caches: tokens, soft prompts, rotary angles and attention masks.
 *
 * @module
 */
import type { Tensor } from "../../runtime/mod.ts";
import { attentionMask, type MaskRow } from "./attention_mask.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { maskName } from "./decoder_sizes.ts";
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
