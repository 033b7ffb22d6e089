/**
 * Seeded choices that are the same on every machine: the order of a shuffle, the shots of a prompt.
 *
 * @module
 */

/**
 * The numbers 0 .. count-1 in an order that the seed alone decides (Fisher and Yates).
 *
 * @param count how many
 * @param seed any integer
 */
export function permutation(count: number, seed: number): Uint32Array {
  const next = splitMix(seed);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** SplitMix32 (Steele, Lea and Flood, OOPSLA 2014): uniform numbers in [0, 1). */
function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
