/**
 * Soft prompts, ids and numbers as tensors that a graph is fed.
 *
 * @module
 */
import type { Tensor } from "../../runtime/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import type { SoftPrompt } from "../soft_prompt.ts";

/** A soft prompt as the feed `prompt`; none of no vectors, or of keys and values. */
export function promptFeed(
  { hiddenSize }: DecoderConfig,
  { method, vectors }: Pick<SoftPrompt, "method" | "vectors">,
): Record<string, Tensor> {
  if (method !== "prompt" || vectors.length === 0) return {};
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
