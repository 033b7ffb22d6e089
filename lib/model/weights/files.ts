/**
 * Where ONNX Runtime reads a checkpoint's weights: in place when they are float32; else from a float32 copy, made once and kept in
 * the user's cache, so that all sessions and workers share its pages.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { type FileError, fileError, type Files } from "../../schema/files.ts";
import { cachedFile } from "../cache/mod.ts";
import type { Checkpoint } from "../checkpoint/mod.ts";
import { contentHash } from "./content_hash.ts";
import { type ExternalLocation, sizeOf } from "../../onnx/mod.ts";
import { eachChunk, type NonFiniteError, type TensorLocation } from "../safetensors/mod.ts";
import type { SafetensorsError } from "../safetensors/mod.ts";

/** Where weights lie: places relative to a folder. */
export interface WeightFiles {
  /** Folder of the files. */
  readonly folder: string;
  /** Where a tensor's bytes lie. */
  readonly locate: (name: string) => ExternalLocation;
  /** Where a quantized matrix lies, which some kinds of graphs read instead. */
  readonly quantized?: (name: string) => QuantizedLocation | undefined;
}

/** What a graph does with weights: it reads a text, generates, measures saliency, or differentiates for a soft prompt. */
export type GraphKind = "read" | "decode" | "saliency" | "tuning";

/** Where a quantized matrix lies. */
export type QuantizedLocation = BlocksLocation | ColumnsLocation;

/** A matrix in 8 bits with a scale for each output. */
export interface ColumnsLocation {
  /** Tells the ways of quantizing apart. */
  readonly kind: "columns";
  /** [in, out], i8. */
  readonly numbers: ExternalLocation;
  /** [out], f32. */
  readonly scales: ExternalLocation;
}

/** A matrix in blocks along its rows. */
export interface BlocksLocation {
  /** Tells the ways of quantizing apart. */
  readonly kind: "blocks";
  /** Bits of a number. */
  readonly bits: 4 | 8;
  /** Numbers that share a scale. */
  readonly block: number;
  /** [rows, columns / block, block * bits / 8], u8. */
  readonly numbers: ExternalLocation;
  /** [rows, columns / block], f32. */
  readonly scales: ExternalLocation;
}

/** Why weights cannot be made ready. */
export type WeightsError = FileError | SafetensorsError | NonFiniteError;

/** Finds, or makes, the files that sessions read. */
export function weightFiles(
  checkpoint: Checkpoint.Checkpoint,
): Effect.Effect<WeightFiles, WeightsError, Files> {
  const tensors = [...checkpoint.tensors.values()];
  return tensors.every(({ dtype }) => dtype === "F32") ? inPlace(tensors) : copied(checkpoint);
}

/**
 * ONNX Runtime refuses paths that leave the folder it is given, and a Hugging Face cache is made of links that do: so real paths,
 * relative to the folder they have in common.
 */
function inPlace(
  tensors: readonly TensorLocation[],
): Effect.Effect<WeightFiles, FileError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const real = new Map<string, string>();
    for (const file of new Set(tensors.map((tensor) => tensor.file))) {
      real.set(file, yield* Effect.mapError(fs.realPath(file), fileError("read", file)));
    }
    const folder = [...real.values()].map((file) => path.dirname(file)).reduce((common, each) => {
      let shared = common;
      while (path.relative(shared, each).startsWith("..")) shared = path.dirname(shared);
      return shared;
    });
    const places = new Map(tensors.map(({ name, file, offset, length }) => [name, {
      location: path.relative(folder, real.get(file)!),
      offset,
      length,
    }]));
    return { folder, locate: (name) => places.get(name)! };
  });
}

function copied(
  checkpoint: Checkpoint.Checkpoint,
): Effect.Effect<WeightFiles, WeightsError, Files> {
  return Effect.gen(function* () {
    const location = `${yield* contentHash(checkpoint)}.f32`;
    const places = new Map<string, ExternalLocation>();
    let end = 0;
    for (const { name, shape } of checkpoint.tensors.values()) {
      const length = 4 * sizeOf(shape);
      places.set(name, { location, offset: end, length });
      end += length;
    }
    const folder = yield* cachedFile(location, end, (write) =>
      Effect.forEach(
        checkpoint.tensors.values(),
        (tensor) =>
          eachChunk(tensor, (chunk) =>
            write(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
        { discard: true },
      ));
    return { folder, locate: (name) => places.get(name)! };
  });
}
