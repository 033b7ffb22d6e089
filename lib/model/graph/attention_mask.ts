/**
 * Additive attention masks: 0 where a position is read, a large negative number where it is not. Causality, padding,
 * sliding windows and masked prompt positions are all here, and nowhere in the graph.
 *
 * @module
 */

/** exp(x - max) is exactly 0 for it, and a row of nothing else stays finite. */
export const HIDDEN = -1e30;

/** What one row of a batch may read. */
export interface MaskRow {
  /** Positions of the cache that are filled. */
  readonly cached: number;
  /** Cached positions that nothing reads (a corruption by masking). */
  readonly hidden: readonly number[];
}

/** Sizes of a mask [B, 1, S, 1, C + S]. */
export interface MaskSizes {
  /** S new positions. */
  readonly positions: number;
  /** C cached positions. */
  readonly cache: number;
  /** Number of latest positions a position reads, itself included; all by default. */
  readonly window: number | undefined;
}

/**
 * Builds the mask of a batch.
 *
 * @returns [B, 1, S, 1, C + S]
 */
export function attentionMask(rows: readonly MaskRow[], sizes: MaskSizes): Float32Array {
  const { positions, cache, window } = sizes;
  const width = cache + positions;
  const mask = new Float32Array(rows.length * positions * width).fill(HIDDEN);
  rows.forEach((row, b) => {
    for (let i = 0; i < positions; i++) {
      const start = (b * positions + i) * width;
      fillMaskRow(mask.subarray(start, start + width), row, i, sizes.cache, window);
    }
  });
  return mask;
}

/** Fills the mask of the i-th new position: what it reads of the cache and of the new positions up to itself. */
function fillMaskRow(
  mask: Float32Array,
  { cached, hidden }: MaskRow,
  i: number,
  cache: number,
  window: number | undefined,
): void {
  const oldest = window === undefined ? 0 : cached + i - window + 1;
  mask.fill(HIDDEN);
  mask.fill(0, Math.min(Math.max(0, oldest), cached), cached);
  mask.fill(0, cache + Math.min(Math.max(0, oldest - cached), i), cache + i + 1);
  for (const position of hidden) mask[position] = HIDDEN;
}
