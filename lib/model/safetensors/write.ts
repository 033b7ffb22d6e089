/**
 * Writing the safetensors format.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import type { Effect } from "effect";
import { type FileError, writeAtomic } from "../../schema/files.ts";
import { floatToHalf } from "./float_formats.ts";

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
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  tensors.forEach(({ name, shape }, i) => {
    header[name] = { dtype, shape, data_offsets: [end, end += bytes[i]!.byteLength] };
  });
  const text = JSON.stringify(header);
  const length = Math.ceil(new TextEncoder().encode(text).length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(8 + length).fill(" ".charCodeAt(0));
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(new TextEncoder().encode(text), 8);
  return writeAtomic(file, [head, ...bytes]);
}
