/**
 * A checkpoint with a LoRA added to its weights: a folder of the user's cache, made once, with its weights as float32.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { type FileError, fileError, type Files, hashFile, readBytes } from "../../schema/files.ts";
import { escapesDirectory } from "../../schema/mod.ts";
import {
  cachedFile,
  cacheFolder,
  isIntactFolder,
  makeCacheFolder,
  withRemedy,
  writeCached,
} from "../cache/mod.ts";
import { type Checkpoint, storedTensors } from "../checkpoint/mod.ts";
import {
  checkFinite,
  eachChunk,
  type NonFiniteError,
  readDirectory,
  readTensor,
  type SafetensorsError,
  safetensorsHead,
  type TensorLocation,
} from "../safetensors/mod.ts";
import { contentHash } from "../weights/mod.ts";
import { AdapterError, readLoraConfig } from "./lora_config.ts";
import { type Change, changesOf } from "./lora_tensors.ts";
import { makeRoom, markUsed, SUFFIX } from "./merged_copies.ts";

const CONFIG_FILE = "adapter_config.json";
const LORA_FILE = "adapter_model.safetensors";
const WEIGHTS = "model.safetensors";

/** What a checkpoint is besides weights. */
const KEPT = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja",
];

/** Bytes that such a file may have: tokenizers have tens of MiB. */
const MOST_KEPT_BYTES = 64 * 2 ** 20;

/** A checkpoint with an adapter. */
export interface Adapted {
  /** The folder of the merged checkpoint. */
  readonly directory: string;
  /** SHA-256 of the adapter's files: 64 hexadecimal digits. */
  readonly sha256: string;
  /** Fingerprint of the checkpoint that it was added to: 64 hexadecimal digits. */
  readonly base: string;
}

/**
 * Finds, or makes, a checkpoint's copy with an adapter added to its weights; of the copies in the user's cache, those used last are kept.
 *
 * @param checkpoint the base
 * @param adapter directory of a LoRA as PEFT saves it
 * @returns where the copy is; fails with {@linkcode AdapterError} that names what is wrong
 */
export function mergeAdapter(
  checkpoint: Checkpoint.Checkpoint,
  adapter: string,
): Effect.Effect<
  Adapted,
  AdapterError | FileError | SafetensorsError | NonFiniteError,
  Files
> {
  const refuse = (reason: string) => new AdapterError({ directory: adapter, reason });
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    for (const name of [CONFIG_FILE, LORA_FILE]) {
      if (yield* escapesDirectory(adapter, name)) {
        return yield* refuse(`its '${name}' is a link that leaves it`);
      }
    }
    const config = yield* readLoraConfig(adapter, path.join(adapter, CONFIG_FILE));
    const file = path.join(adapter, LORA_FILE);
    const unreadable = (error: { readonly message: string }) =>
      refuse(`it can't be read: ${error.message}`);
    const { tensors: held } = yield* Effect.mapError(readDirectory(file), unreadable);
    const expected = storedTensors(checkpoint.config);
    const changes = yield* Effect.mapError(changesOf(config, expected, held, file), refuse);
    for (const { a, b, base } of changes.values()) {
      for (const tensor of base === undefined ? [a, b] : [a, b, base]) {
        yield* Effect.mapError(checkFinite(tensor), (error) => refuse(error.message));
      }
    }
    const sha256 = yield* Effect.mapError(hashOf(adapter, [CONFIG_FILE, LORA_FILE]), unreadable);
    const base = yield* contentHash(checkpoint);
    const name = `${yield* baseHash(checkpoint, base)}-${sha256}${SUFFIX}`;
    const directory = path.join(cacheFolder(path), name);
    const adapted = { directory, sha256, base };
    if (yield* isIntactFolder(directory, WEIGHTS)) {
      return yield* Effect.as(markUsed(directory), adapted);
    }
    const head = safetensorsHead(expected, "F32");
    const bytes = head.bytes.length + head.dataBytes;
    yield* makeCacheFolder(cacheFolder(path));
    yield* withRemedy(makeRoom(cacheFolder(path), bytes));
    yield* makeCacheFolder(directory);
    for (const kept of yield* present(checkpoint.directory, KEPT)) {
      const bytes = yield* readBytes(path.join(checkpoint.directory, kept), {
        maxBytes: MOST_KEPT_BYTES,
      });
      yield* writeCached(path.join(directory, kept), bytes);
    }
    yield* cachedFile(
      `${name}/${WEIGHTS}`,
      bytes,
      (write) =>
        Effect.gen(function* () {
          yield* write(head.bytes);
          for (const { name, shape, weights } of expected) {
            // the weights of a tensor that holds several lie behind each other
            const parts = weights.map(([part]) => checkpoint.tensors.get(part)!);
            const length = parts.reduce((sum, part) => sum + part.length, 0);
            const whole = { ...parts[0]!, name, shape, length };
            const change = changes.get(name);
            const add = change === undefined ? undefined : yield* adder(change, whole);
            yield* eachChunk(
              change?.base ?? whole,
              (chunk, first) => write(bytesOf(add === undefined ? chunk : add(chunk, first))),
            );
          }
        }),
    );
    return yield* Effect.as(markUsed(directory), adapted);
  });
}

/** Adds scale * B A to a piece of the matrix, in float64: [out, in] from the row-major index `first` on. */
function adder({ a, b, rank, scale }: Change, { shape }: TensorLocation) {
  return Effect.gen(function* () {
    const columns = shape[1]!;
    const [down, up] = [yield* readTensor(a), yield* readTensor(b)];
    const sums = new Float64Array(columns);
    return (chunk: Float32Array, first: number): Float32Array => {
      const merged = new Float32Array(chunk.length);
      for (let done = 0; done < chunk.length;) {
        const row = Math.floor((first + done) / columns);
        const column = (first + done) % columns;
        const count = Math.min(columns - column, chunk.length - done);
        sums.fill(0);
        for (let k = 0; k < rank; k++) {
          const factor = scale * up[row * rank + k]!;
          const from = k * columns + column;
          for (let j = 0; j < count; j++) sums[j]! += factor * down[from + j]!;
        }
        for (let j = 0; j < count; j++) merged[done + j] = chunk[done + j]! + sums[j]!;
        done += count;
      }
      return merged;
    };
  });
}

/** Tells a base from others by its weights and by the files that are copied. */
function baseHash(checkpoint: Checkpoint.Checkpoint, weights: string) {
  return Effect.gen(function* () {
    const files = yield* hashOf(
      checkpoint.directory,
      yield* present(checkpoint.directory, KEPT),
    );
    return createHash("sha256").update(`${weights} ${files}`).digest("hex");
  });
}

/** SHA-256 of some files of a folder. */
function hashOf(directory: string, names: readonly string[]) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const hash = createHash("sha256");
    for (const name of names) {
      hash.update(`${name} ${yield* hashFile(path.join(directory, name))}\n`);
    }
    return hash.digest("hex");
  });
}

/** Which of the files a folder has. */
function present(directory: string, names: readonly string[]) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const all = yield* Effect.mapError(
      fs.readDirectory(directory),
      fileError("read", directory),
    );
    return names.filter((name) => all.includes(name));
  });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
