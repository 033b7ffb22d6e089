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
import {
  cacheFolder,
  isIntact,
  makeCacheFolder,
  recordDigest,
  removeLeftOvers,
} from "../cache/mod.ts";
import { type Checkpoint, isMultiplied } from "../checkpoint/mod.ts";
import { isSmall, weightBytes } from "./memory.ts";
import { contentHash } from "./content_hash.ts";
import {
  type ColumnsLocation,
  type GraphKind,
  type WeightFiles,
  weightFiles,
  type WeightsError,
} from "./files.ts";
import {
  columnNames,
  everyInt8Weight,
  int8Bytes,
  int8MatrixBytes,
  int8Weights,
  multipliesExactly,
} from "./int8.ts";
import type { Quantization } from "./quantization.ts";
import { quantizedBytes, quantizedWeights } from "./quantized.ts";

/** The weights of a checkpoint as sessions read them. */
export interface PreparedWeights {
  /** Files that sessions read. */
  readonly files: WeightFiles;
  /** Kinds of graphs that read packed matrices; the others are as fast without. */
  readonly packed: readonly GraphKind[];
  /** Kinds of graphs that read quantized matrices, where there are some; none by default. */
  readonly quantized?: readonly GraphKind[];
  /** What the other kinds read, made when one of them is first run; `files` by default. */
  readonly exact?: Effect.Effect<WeightFiles, WeightsError, Files>;
}

const ALL: readonly GraphKind[] = ["read", "decode", "saliency", "tuning"];

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
  switch (quantization) {
    case "int8":
      return int8Prepared(checkpoint, small, ALL.filter((kind) => kind !== "saliency"));
    case "int8-saliency":
      return int8Prepared(checkpoint, small, ALL);
    case "q8":
    case "q4":
      return Effect.map(quantizedWeights(checkpoint, quantization), (files) => ({
        files,
        packed: small ? ALL : ["decode"],
        quantized: ["decode"],
      }));
    case undefined:
      return small
        ? Effect.map(weightFiles(checkpoint), (files) => ({ files, packed: ALL }))
        : largeWeights(checkpoint);
  }
}

/**
 * Bytes of the copies of a checkpoint's weights that {@linkcode prepareWeights} makes in the user's cache, once.
 *
 * @param quantization how decoding reads matrices; as they are by default
 */
export function copyBytes(checkpoint: Checkpoint.Checkpoint, quantization?: Quantization): number {
  const whole = weightBytes(checkpoint.config);
  if (quantization === "q8" || quantization === "q4") {
    return quantizedBytes(checkpoint, quantization);
  }
  if (quantization !== undefined) {
    return int8Bytes(checkpoint) + (isSmall(whole) ? 0 : int8MatrixBytes(checkpoint));
  }
  const inPlace = [...checkpoint.tensors.values()].every(({ dtype }) => dtype === "F32");
  return (inPlace ? 0 : whole) + (isSmall(whole) ? 0 : packedBytes(checkpoint));
}

/** Weights that could not be laid out for decoding. */
export class PackError extends Data.TaggedError("PackError")<{
  /** One line for the user. */
  readonly message: string;
}> {}

/** Bytes of the packed copy, but for what kernels pad: all weights, and the matrices once more as the kernels like them. */
export function packedBytes({ config, tensors }: Checkpoint.Checkpoint): number {
  const matrices = [...tensors.values()].filter((tensor) => isMultiplied(config, tensor));
  const numbers = matrices.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return weightBytes(config) + 4 * numbers;
}

/** Finds, or makes, the packed copy, which decoding reads. */
export function largeWeights(
  checkpoint: Checkpoint.Checkpoint,
): Effect.Effect<PreparedWeights, WeightsError | PackError, Files> {
  return Effect.gen(function* () {
    const name = `${yield* contentHash(checkpoint)}.packed`;
    const graph = (files: WeightFiles) => everyWeight(checkpoint, files);
    return { files: yield* packedCopy(name, weightFiles(checkpoint), graph), packed: ["decode"] };
  });
}

/**
 * Finds, or makes, matrices of 8 bits: a copy as it is for a small checkpoint, which sessions pack; else the packed one, for all of them.
 *
 * @param kinds of graphs that read them; the others read the checkpoint's own
 */
export function int8Prepared(
  checkpoint: Checkpoint.Checkpoint,
  small: boolean,
  kinds: readonly GraphKind[],
): Effect.Effect<PreparedWeights, WeightsError | PackError, Files> {
  return Effect.gen(function* () {
    yield* requireExactProducts;
    const name = `${yield* contentHash(checkpoint)}.int8`;
    const copy = int8Weights(checkpoint, name);
    const prepared = { quantized: kinds, exact: weightFiles(checkpoint) };
    if (small) return { ...prepared, files: yield* copy, packed: ALL };
    const graph = (files: WeightFiles) => everyInt8Weight(checkpoint, files);
    const files = yield* packedCopy(`${name}.packed`, copy, graph);
    // what it was made of is in it
    const fs = yield* FileSystem.FileSystem;
    yield* Effect.forEach(
      [name, `${name}.digest.json`],
      (file) => Effect.ignore(fs.remove(`${files.folder}/${file}`, { force: true })),
    );
    const quantized = (tensor: string): ColumnsLocation | undefined => {
      const { numbers, scales } = columnNames(tensor);
      const [at, scaled] = [files.locate(numbers), files.locate(scales)];
      return at && scaled && { kind: "columns", numbers: at, scales: scaled };
    };
    return { ...prepared, files: { ...files, quantized }, packed: kinds };
  });
}

const requireExactProducts = multipliesExactly.pipe(
  Effect.mapError(({ reason }) =>
    new PackError({ message: `Cannot multiply 8-bit numbers: ${reason}` })
  ),
  Effect.filterOrFail((exact) => exact, () =>
    new PackError({
      message:
        "Cannot use int8 as this processor's 8-bit products overflow: use q8, or no --quantize",
    })),
);

/**
 * Finds, or makes, a packed copy. Where the processor is another one than that which made it, ONNX Runtime packs anew: slower, and never
 * wrong.
 *
 * @param source what it is made of
 * @param everyWeight the graph that reads all of it
 */
function packedCopy(
  name: string,
  source: Effect.Effect<WeightFiles, WeightsError, Files>,
  everyWeight: (files: WeightFiles) => Graph.Graph,
): Effect.Effect<WeightFiles, WeightsError | PackError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = cacheFolder(path);
    const index = path.join(folder, `${name}.onnx`);
    if (!(yield* isIntactPack(index))) {
      const files = yield* source;
      yield* makeCacheFolder(folder);
      yield* removeLeftOvers(folder);
      // names of its own: another process may be doing the same
      const id = crypto.randomUUID();
      const [whole, data] = [path.join(folder, `${name}-${id}.onnx`), `${name}-${id}.bin`];
      yield* Session.pack(everyWeight(files), {
        folder: files.folder,
        file: whole,
        data,
      }).pipe(
        Effect.mapError((error) =>
          new PackError({ message: `Cannot pack the weights into '${folder}': ${error.reason}` })
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
    return { folder, locate: (tensor) => places.get(tensor)! };
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
