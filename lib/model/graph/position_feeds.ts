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

/** Cosines and sines, [positions, r / 2] row-major. */
interface RotationTable {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Feeds cosines, sines and masks of the decoder. */
export class PositionFeeds {
  readonly #config: DecoderConfig;
  /** Of the first positions of texts whose length does not matter, for each rotation. */
  readonly #tables: RotationTable[] = [];

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
    const feeds = this.rotations(rows, positions);
    for (const window of new Set(this.#config.slidingWindows)) {
      feeds[maskName(window)] = {
        dtype: "f32",
        shape: [rows.length, 1, positions, 1, cache + positions],
        data: attentionMask(rows, { positions, cache, window }),
      };
    }
    return feeds;
  }

  /** Its cosines and sines alone. */
  rotations(rows: readonly PositionRow[], positions: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    this.#config.ropes.forEach((rope, index) => {
      const names = rotationNames(index);
      const half = frequencyCount(rope);
      const shape = [rows.length, positions, half];
      const cos = new Float32Array(rows.length * positions * half);
      const sin = new Float32Array(rows.length * positions * half);
      rows.forEach(({ cached, length = cached + positions }, b) => {
        const row = this.#rotated(index, { start: cached, positions, length });
        cos.set(row.cos, b * positions * half);
        sin.set(row.sin, b * positions * half);
      });
      feeds[names.cos] = floatTensor(cos, shape);
      feeds[names.sin] = floatTensor(sin, shape);
    });
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

  /** Cosines and sines of positions from `start` on in a text of this length. */
  #rotated(
    index: number,
    { start, positions, length }: Readonly<Record<"start" | "positions" | "length", number>>,
  ): RotationTable {
    const rope = this.#config.ropes[index]!;
    const half = frequencyCount(rope);
    if (rotationLength(rope, length) !== 0) return tableOf(rope, start, positions, length);
    const end = start + positions;
    if ((this.#tables[index]?.cos.length ?? 0) < end * half) {
      this.#tables[index] = tableOf(rope, 0, 2 ** Math.ceil(Math.log2(end)), 0);
    }
    const { cos, sin } = this.#tables[index]!;
    return {
      cos: cos.subarray(start * half, end * half),
      sin: sin.subarray(start * half, end * half),
    };
  }
}

function tableOf(rope: Rope, start: number, positions: number, length: number): RotationTable {
  const size = positions * frequencyCount(rope);
  const table = { cos: new Float32Array(size), sin: new Float32Array(size) };
  rotate(rope, inverseFrequencies(rope, length), start, table);
  return table;
}
