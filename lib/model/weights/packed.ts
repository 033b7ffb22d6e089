/**
 * A copy of a large checkpoint's weights with its matrices as ONNX Runtime's kernels like them, made once and kept in the user's
 * cache. Sessions map it, so all graphs and workers share its pages; without, each session would pack a copy of its own.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect } from "effect";
import { externalLocations, Graph, Op, sizeOf, type Value } from "../../onnx/mod.ts";
import { Session } from "../../runtime/mod.ts";
import { fileError, type Files, hashFile, readBytes, syncFile } from "../../schema/files.ts";
import { cacheFolder, isIntact, makeCacheFolder, recordDigest, removeLeftOvers } from "./cache.ts";
import { type Checkpoint, isMultiplied } from "../checkpoint/mod.ts";
import { isSmall, weightBytes } from "./memory.ts";
import { contentHash } from "./content_hash.ts";
import { type WeightFiles, weightFiles, type WeightsError } from "./files.ts";
import type { Quantization } from "./quantization.ts";
import { quantizedBytes, quantizedWeights } from "./quantized.ts";

/** The weights of a checkpoint as sessions read them. */
export interface PreparedWeights {
  /** Files that sessions read. */
  readonly files: WeightFiles;
  /** Kinds of graphs that read packed matrices; the others are as fast without. */
  readonly packed: readonly ("decode" | "gradient" | "read")[];
}

/**
 * Makes what sessions read, where it isn't there yet.
 *
 * @param quantization how decoding reads matrices; as they are by default
 */
export function prepareWeights(
  checkpoint: Checkpoint.Checkpoint,
  quantization?: Quantization,
): Effect.Effect<PreparedWeights, WeightsError | PackError, Files> {
  // each session of a small one packs for itself: that takes less time than reading a packed copy
  const small = isSmall(weightBytes(checkpoint.config));
  if (quantization !== undefined) {
    return Effect.map(quantizedWeights(checkpoint, quantization), (files) => ({
      files,
      packed: small ? ["read", "decode", "gradient"] : ["decode"],
    }));
  }
  return small
    ? Effect.map(weightFiles(checkpoint), (files) => ({
      files,
      packed: ["read", "decode", "gradient"],
    }))
    : largeWeights(checkpoint);
}

/**
 * Bytes of the copies of a checkpoint's weights that {@linkcode prepareWeights} makes in the user's cache, once.
 *
 * @param quantization how decoding reads matrices; as they are by default
 */
export function copyBytes(checkpoint: Checkpoint.Checkpoint, quantization?: Quantization): number {
  if (quantization !== undefined) return quantizedBytes(checkpoint, quantization);
  const whole = weightBytes(checkpoint.config);
  const inPlace = [...checkpoint.tensors.values()].every(({ dtype }) => dtype === "F32");
  return (inPlace ? 0 : whole) + (isSmall(whole) ? 0 : packedBytes(checkpoint));
}

/** Weights that could not be laid out for decoding. */
export class PackError extends Data.TaggedError("PackError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** Bytes of the packed copy, but for what kernels pad: all weights, and the matrices once more as the kernels like them. */
export function packedBytes({ config, tensors }: Checkpoint.Checkpoint): number {
  const matrices = [...tensors.values()].filter((tensor) => isMultiplied(config, tensor));
  const numbers = matrices.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return weightBytes(config) + 4 * numbers;
}

/**
 * Finds, or makes, the packed copy, which decoding reads. Where the processor is another one than that which made it, ONNX Runtime packs
 * anew: slower, and never wrong.
 */
export function largeWeights(
  checkpoint: Checkpoint.Checkpoint,
): Effect.Effect<PreparedWeights, WeightsError | PackError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = cacheFolder(path);
    const name = `${yield* contentHash(checkpoint)}.packed`;
    const index = path.join(folder, `${name}.onnx`);
    if (!(yield* isIntactPack(index))) {
      const files = yield* weightFiles(checkpoint);
      yield* makeCacheFolder(folder);
      yield* removeLeftOvers(folder);
      // names of its own: another process may be doing the same
      const id = crypto.randomUUID();
      const [whole, data] = [path.join(folder, `${name}-${id}.onnx`), `${name}-${id}.bin`];
      yield* Session.pack(everyWeight(checkpoint, files), {
        folder: files.folder,
        file: whole,
        data,
      }).pipe(
        Effect.mapError((error) =>
          new PackError({ reason: `Cannot pack the weights into '${folder}': ${error.reason}` })
        ),
        Effect.onError(() =>
          Effect.forEach(
            [whole, path.join(folder, data)],
            (file) => Effect.ignore(fs.remove(file, { force: true })),
          )
        ),
      );
      const numbers = path.join(folder, data);
      yield* Effect.forEach([numbers, whole], syncFile);
      yield* recordDigest(numbers, yield* hashFile(numbers));
      const sha256 = yield* hashFile(whole);
      yield* Effect.mapError(fs.rename(whole, index), fileError("write", index));
      // the last step: an index that has a digest is complete
      yield* recordDigest(index, sha256);
      yield* removeLeftOvers(
        folder,
        (file) => file.startsWith(`${name}-`) && !file.startsWith(data),
      );
    }
    const places = externalLocations(yield* readBytes(index));
    return { files: { folder, locate: (tensor) => places.get(tensor)! }, packed: ["decode"] };
  });
}

/** Whether a packed copy is there, index and numbers, as they were written. */
function isIntactPack(
  index: string,
): Effect.Effect<boolean, never, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    if (!(yield* isIntact(index))) return false;
    const places = externalLocations(yield* readBytes(index));
    const names = new Set([...places.values()].map(({ location }) => location));
    const intact = yield* Effect.forEach(
      names,
      (name) => isIntact(path.join(path.dirname(index), name)),
    );
    return intact.every(Boolean);
  }).pipe(Effect.orElseSucceed(() => false));
}

/** A graph that reads each weight: matrices in the product they are packed for. */
function everyWeight({ config, tensors }: Checkpoint.Checkpoint, files: WeightFiles): Graph.Graph {
  const outputs: Record<string, Value> = {};
  for (const { name, shape } of tensors.values()) {
    const weight = Graph.external(name, { dtype: "f32", shape }, files.locate(name));
    const multiplied = isMultiplied(config, { name, shape });
    const x = Graph.input(`x.${name}`, "f32", multiplied ? [1, shape[1]!] : shape);
    outputs[`y.${name}`] = multiplied ? Op.matMul(x, weight, { transB: true }) : Op.mul(x, weight);
  }
  return { outputs };
}
