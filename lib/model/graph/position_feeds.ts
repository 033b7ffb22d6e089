/**
 * What a run feeds besides caches: tokens, soft prompts, rotary angles and attention masks.
 *
 * @module
 */
import type { Tensor } from "../../runtime/mod.ts";
import { attentionMask, type MaskRow } from "./attention_mask.ts";
import type { DecoderConfig, Rope } from "../checkpoint/mod.ts";
import { maskName, rotationNames } from "./decoder_sizes.ts";
import { frequencyCount, inverseFrequencies, rotate, rotationLength } from "./rope.ts";
import { floatTensor } from "./feeds.ts";

/** What a row has cached, and how long its text is. */
export interface PositionRow extends MaskRow {
  /** Positions of the whole text, which some rotations depend on; the cached and the new ones by default. */
  readonly length?: number;
}

/** Frequencies that are kept: a text behind the context of a dynamic scaling has its own at each length. */
const MOST_KEPT = 256;

/** Feeds cosines, sines and masks of the decoder. */
export class PositionFeeds {
  readonly #config: DecoderConfig;
  readonly #frequencies = new Map<string, readonly number[]>();

  /** For one checkpoint. */
  constructor(config: DecoderConfig) {
    this.#config = config;
  }

  /**
   * Feeds of a batch whose rows continue at their own lengths.
   *
   * @param rows what each row has cached
   * @param positions S, new positions of each row
   * @param cache C, cached positions that the graph has room for
   */
  of(rows: readonly PositionRow[], positions: number, cache: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    this.#config.ropes.forEach((rope, index) => {
      const names = rotationNames(index);
      const size = positions * frequencyCount(rope);
      const shape = [rows.length, positions, frequencyCount(rope)];
      const cos = new Float32Array(rows.length * size);
      const sin = new Float32Array(rows.length * size);
      rows.forEach(({ cached, length = cached + positions }, b) => {
        const part = (of: Float32Array) => of.subarray(b * size, (b + 1) * size);
        const frequencies = this.#frequenciesOf(rope, index, length);
        rotate(rope, frequencies, cached, { cos: part(cos), sin: part(sin) });
      });
      feeds[names.cos] = floatTensor(cos, shape);
      feeds[names.sin] = floatTensor(sin, shape);
    });
    for (const window of new Set(this.#config.slidingWindows)) {
      feeds[maskName(window)] = {
        dtype: "f32",
        shape: [rows.length, 1, positions, 1, cache + positions],
        data: attentionMask(rows, { positions, cache, window }),
      };
    }
    return feeds;
  }

  /** Tells texts whose positions are rotated otherwise than others' by their length: the same for all of most models. */
  rotationOf(length: number): string {
    return this.#config.ropes.map((rope) => rotationLength(rope, length)).join();
  }

  /** Whether a text that has grown to this length is read again, as all its positions are rotated otherwise now. */
  outgrown(length: number): boolean {
    return this.#config.ropes.some((rope) =>
      rope.scaling.kind === "longrope" && rope.scaling.rereads &&
      rotationLength(rope, length) !== rotationLength(rope, length - 1)
    );
  }

  #frequenciesOf(rope: Rope, index: number, length: number): readonly number[] {
    const key = `${index} ${rotationLength(rope, length)}`;
    const known = this.#frequencies.get(key);
    if (known !== undefined) return known;
    if (this.#frequencies.size >= MOST_KEPT) this.#frequencies.clear();
    const frequencies = inverseFrequencies(rope, length);
    this.#frequencies.set(key, frequencies);
    return frequencies;
  }
}
