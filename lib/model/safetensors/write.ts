/**
 * Writing the safetensors format.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import type { Effect } from "effect";
import { type FileError, writeAtomic } from "../../schema/files.ts";
import { floatToHalf } from "./float_formats.ts";
import { BITS } from "./read.ts";

/** A tensor to be written. */
export interface NamedTensor {
  /** The tensor's name. */
  readonly name: string;
  /** The tensor's shape. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Float32Array;
}

/** Alignment of the data, so that a mapped file can be read in place. */
const ALIGNMENT = 8;

/**
 * Writes tensors as one safetensors file, in one step.
 *
 * @param file its path; the folder must exist
 * @param tensors in the order of the file; names must differ
 * @param dtype how numbers are stored; F16 rounds to nearest
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { readDirectory, writeSafetensors } from "dynamic-prompt-corruption/model";
 *
 * export const program = Effect.gen(function* () {
 *   const data = Float32Array.of(1, 2, 3, 4, 5, 6);
 *   yield* writeSafetensors("two.safetensors", [{ name: "weight", shape: [2, 3], data }]);
 *   const { tensors } = yield* readDirectory("two.safetensors");
 *   assert.deepEqual(tensors.get("weight")?.shape, [2, 3]);
 * });
 * ```
 */
export function writeSafetensors(
  file: string,
  tensors: readonly NamedTensor[],
  dtype: "F32" | "F16" = "F32",
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  const bytes = tensors.map(({ data }) => {
    const stored = dtype === "F32" ? data : floatToHalf(data);
    return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  });
  return writeAtomic(file, [safetensorsHead(tensors, dtype).bytes, ...bytes]);
}

/** What a file of tensors begins with, and how many bytes of their numbers follow in the same order. */
export function safetensorsHead(
  tensors: readonly Pick<NamedTensor, "name" | "shape">[],
  dtype: "F32" | "F16",
): { readonly bytes: Uint8Array; readonly dataBytes: number } {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const { name, shape } of tensors) {
    const length = shape.reduce((product, n) => product * n, BITS[dtype] / 8);
    header[name] = { dtype, shape, data_offsets: [end, end += length] };
  }
  const text = JSON.stringify(header);
  const length = Math.ceil(new TextEncoder().encode(text).length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + length).fill(" ".charCodeAt(0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(new TextEncoder().encode(text), 8);
  return { bytes, dataBytes: end };
}
