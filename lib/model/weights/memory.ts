/**
 * What a model takes of memory, said before hours of work.
 *
 * @module
 */
import { sizeOf } from "../../onnx/mod.ts";
import { type DecoderConfig, expectedTensors } from "../checkpoint/mod.ts";

/** Bytes of a number: everything is computed in float32. */
const FLOAT = 4;

/** Bytes of the weights in float32; they are mapped from the disk, once for all graphs and workers. */
export function weightBytes(config: DecoderConfig): number {
  return FLOAT * [...expectedTensors(config).values()]
    .reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** The largest tensor of the weights, and its bytes in float32: a device must hold it in one buffer. */
export function largestTensor(
  config: DecoderConfig,
): { readonly name: string; readonly bytes: number } {
  const all = [...expectedTensors(config)].map(([name, shape]) => ({
    name,
    bytes: FLOAT * sizeOf(shape),
  }));
  return all.reduce((a, b) => b.bytes > a.bytes ? b : a);
}

/** Bytes of the keys and values of so many positions. */
export function cacheBytes({ layers, kvHeads, headDim }: DecoderConfig, positions: number): number {
  return FLOAT * 2 * layers * kvHeads * headDim * positions;
}

/**
 * Bytes that a graph with a gradient holds beside the weights: the values of the forward pass that the backward pass reads, and their
 * gradients. Rather too much: measured on SmolLM2-135M, 0.63 GiB for saliency of 350 tokens where this says 0.96, and 2.4 for the gradient of
 * 4 texts of 272 where this says 2.8.
 *
 * @param sizes positions of a run, all texts and padding included, and how many of them one text has
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Checkpoint, Memory } from "dynamic-prompt-corruption/model";
 *
 * export const program = Effect.gen(function* () {
 *   const { config } = yield* Checkpoint.open("data/model");
 *   const short = Memory.gradientBytes(config, { positions: 128, width: 128 });
 *   const long = Memory.gradientBytes(config, { positions: 256, width: 256 });
 *   assert.ok(long > 2 * short); // attention grows with the square of the width
 * });
 * ```
 */
export function gradientBytes(
  config: DecoderConfig,
  { positions, width }: { readonly positions: number; readonly width: number },
): number {
  const { layers, hiddenSize, intermediateSize, heads, vocabSize } = config;
  const values = 12 * hiddenSize + 4 * intermediateSize;
  const attention = 2 * heads * width;
  return FLOAT * positions * (layers * (values + attention) + 3 * vocabSize);
}

/**
 * Whether operators are so short that they cost more than their arithmetic: threads have no time to meet, and a token read costs a fraction of
 * one generated.
 */
export const isSmall = (weightBytes: number): boolean => weightBytes < 64 * 2 ** 20;
