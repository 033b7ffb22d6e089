/**
 * First values of a soft prompt, as PEFT makes them.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";

/** Ids of n vocabulary rows, drawn uniformly with replacement (PEFT's SAMPLE_VOCAB). */
export function vocabularyIds(n: number, vocabSize: number, seed: number): readonly number[] {
  const random = new PCGRandom(seed);
  return Array.from({ length: n }, () => Math.floor(random.number() * vocabSize));
}

/** Ids of a text, cut or repeated whole to fill n (PEFT's TEXT); the text must have a token. */
export function textIds(n: number, ids: readonly number[]): readonly number[] {
  return Array.from({ length: n }, (_, i) => ids[i % ids.length]!);
}

/** n x width numbers from N(0, 1) (PEFT's RANDOM, and its prefixes), by Box and Muller. */
export function randomVectors(n: number, width: number, seed: number): Float32Array {
  const random = new PCGRandom(seed);
  return Float32Array.from({ length: n * width }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.number()));
    return radius * Math.cos(2 * Math.PI * random.number());
  });
}
