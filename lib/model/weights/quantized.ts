/**
 * A quantized copy of a checkpoint's weights, made once and kept in the user's cache: decoding, which reads all weights for each token,
 * reads the bits; everything else, gradients too, reads the numbers that they stand for.
 *
 * @module
 */
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { type ExternalLocation, sizeOf } from "../../onnx/mod.ts";
import type { Files } from "../../schema/files.ts";
import { cachedFile } from "../cache/mod.ts";
import { type Checkpoint, type DecoderConfig, isMultiplied } from "../checkpoint/mod.ts";
import { contentHash } from "./content_hash.ts";
import type { WeightFiles, WeightsError } from "./files.ts";
import {
  bitsOf,
  BLOCK,
  type BlockQuantization,
  type Quantization,
  quantizeMatrix,
} from "./quantization.ts";
import { readTensor, type TensorLocation } from "../safetensors/mod.ts";

/**
 * Tells a quantized checkpoint from the same in float32.
 *
 * @param checkpoint its content hash
 * @returns 64 hexadecimal digits
 */
const quantizedFingerprint = (checkpoint: string, quantization: Quantization): string =>
  createHash("sha256").update(`${checkpoint} ${quantization} ${BLOCK}`).digest("hex");

/** Tells checkpoints apart as decoding reads them, by their config and all of their weights: 64 hexadecimal digits. */
export const fingerprintOf = (
  checkpoint: Checkpoint.Checkpoint,
  quantization?: Quantization,
): ReturnType<typeof contentHash> =>
  Effect.map(
    contentHash(checkpoint),
    (whole) => quantization ? quantizedFingerprint(whole, quantization) : whole,
  );

/** Finds, or makes, the copy. */
export function quantizedWeights(
  checkpoint: Checkpoint.Checkpoint,
  quantization: BlockQuantization,
): Effect.Effect<WeightFiles, WeightsError, Files> {
  return Effect.gen(function* () {
    const location = `${yield* contentHash(checkpoint)}.${quantization}`;
    const { places, size } = layout(checkpoint, quantization, location);
    const folder = yield* cachedFile(
      location,
      size,
      (write) =>
        Effect.forEach(checkpoint.tensors.values(), (tensor) =>
          Effect.gen(function* () {
            const values = yield* readTensor(tensor);
            if (!isQuantized(checkpoint.config, tensor)) return yield* write(bytesOf(values));
            const quantized = quantizeMatrix(values, quantization);
            yield* write(bytesOf(quantized.values));
            yield* write(quantized.numbers);
            yield* write(bytesOf(quantized.scales));
          }), { discard: true }),
    );
    const bits = bitsOf(quantization);
    return {
      folder,
      locate: (name) => places.get(name)!.values,
      quantized: (name) => {
        const { numbers, scales } = places.get(name)!;
        return numbers && scales
          ? { kind: "blocks", bits, block: BLOCK, numbers, scales }
          : undefined;
      },
    };
  });
}

/** Bytes of the copy. */
export const quantizedBytes = (
  checkpoint: Checkpoint.Checkpoint,
  quantization: BlockQuantization,
): number => layout(checkpoint, quantization, "").size;

/** Matrices that products read, of whole blocks. */
const isQuantized = (
  config: DecoderConfig,
  tensor: Pick<TensorLocation, "name" | "shape">,
): boolean => isMultiplied(config, tensor) && tensor.shape[1]! % BLOCK === 0;

/** Where a tensor lies in the copy. */
interface Places {
  readonly values: ExternalLocation;
  readonly numbers?: ExternalLocation;
  readonly scales?: ExternalLocation;
}

function layout(
  { config, tensors }: Checkpoint.Checkpoint,
  quantization: BlockQuantization,
  location: string,
) {
  const places = new Map<string, Places>();
  let size = 0;
  const next = (length: number): ExternalLocation => {
    const offset = size;
    size += length;
    return { location, offset, length };
  };
  for (const tensor of tensors.values()) {
    const count = sizeOf(tensor.shape);
    const values = next(4 * count);
    places.set(
      tensor.name,
      isQuantized(config, tensor)
        ? {
          values,
          numbers: next(count * bitsOf(quantization) / 8),
          scales: next(4 * count / BLOCK),
        }
        : { values },
    );
  }
  return { places, size };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
