/**
 * Sizes of a decode batch, chosen so that a row's bits never depend on the company it is computed in.
 *
 * @module
 */

/** Rounds a number of cached positions up; always a multiple of 128, for which zeros in the padding leave every bit as it is. */
export function cacheBucket(positions: number): number {
  const step = positions <= 512 ? 128 : positions <= 2048 ? 256 : 1024;
  return Math.max(128, Math.ceil(positions / step) * step);
}

/** Most rows of a decode batch; more are hardly faster. */
export const MOST_ROWS = 64;

/**
 * Least rows of a decode batch for which a row's bits are those it has in any larger one: while there are fewer attention products
 * (rows times kv heads) than threads, ONNX Runtime splits a product among threads, and the width of a part decides the order of its
 * sums.
 */
export function leastRows(kvHeads: number, threads: number): number {
  return Math.ceil(threads / kvHeads);
}
