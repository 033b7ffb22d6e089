/**
 * A GGUF file as a checkpoint of transformers: a folder of the user's cache, made once, with its weights as float32.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Either } from "effect";
import {
  cachedFile,
  cacheFolder,
  isIntactFolder,
  makeCacheFolder,
  remembered,
  stampHash,
  writeCached,
} from "../cache/mod.ts";
import { readFully, safetensorsHead } from "../safetensors/mod.ts";
import {
  type FileError,
  type Files,
  gigabytes,
  hashFile,
  platformReason,
  roomBelow,
} from "../../schema/files.ts";
import { ARCHITECTURES, configOf } from "./config.ts";
import { GgufError, type GgufTensor, readHeader } from "./header.ts";
import { apart, renamedTensors, ROPE_FREQS } from "./tensors.ts";
import { tokenizerOf } from "./tokenizer.ts";

/** Counts up when the same file would become another folder. */
const VERSION = 1;

/** Numbers that are read at a time, at least a row. */
const CHUNK = 2 ** 20;

/** Bytes of a copy that is written before one would notice. */
const WORTH_SAYING = 64 * 2 ** 20;

/**
 * Finds, or makes, the checkpoint of a file.
 *
 * @param file its path
 * @returns the folder, with config.json, tokenizer.json, tokenizer_config.json and model.safetensors; fails with {@linkcode GgufError}
 *   where the model is not one that is computed here
 */
export function checkpointOf(file: string): Effect.Effect<string, GgufError | FileError, Files> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const sha256 = yield* fileHash(file);
    const name = `${sha256}.gguf${VERSION}`;
    const folder = path.join(cacheFolder(path), name);
    if (yield* isIntactFolder(folder, WEIGHTS)) return folder;
    const refuse = (reason: string) => new GgufError({ file, reason });
    const header = yield* readHeader(file);
    const freqs = header.tensors.get(ROPE_FREQS);
    const config = yield* Either.mapLeft(
      configOf(header, freqs && (yield* numbersOf(file, freqs))),
      refuse,
    );
    const tokenizer = yield* Either.mapLeft(tokenizerOf(header.metadata), refuse);
    const tensors = renamedTensors(header);
    if (typeof tensors === "string") {
      return yield* refuse(`no decoder of its architecture has the tensor '${tensors}' here`);
    }
    const head = safetensorsHead(
      tensors.map(({ renamed, shape }) => ({ name: renamed, shape })),
      "F32",
    );
    const size = head.bytes.length + head.dataBytes;
    yield* makeCacheFolder(folder);
    yield* checkSpace(file, folder, size);
    if (size > WORTH_SAYING) {
      yield* Effect.logInfo(
        `'${file}': its weights are copied as float32 into '${folder}', once (${gigabytes(size)})`,
      );
    }
    const { interleaved } = ARCHITECTURES[String(config["model_type"])]!;
    for (const [name, content] of Object.entries({ "config.json": config, ...tokenizer })) {
      const text = JSON.stringify(content, null, 2) + "\n";
      yield* writeCached(path.join(folder, name), new TextEncoder().encode(text));
    }
    yield* cachedFile(`${name}/${WEIGHTS}`, size, (write) =>
      Effect.gen(function* () {
        yield* write(head.bytes);
        for (const tensor of tensors) {
          const rotated = interleaved && tensor.rotated;
          yield* eachChunk(
            file,
            tensor,
            rotated ? Number(config["head_dim"]) : undefined,
            (rows, columns) => write(bytesOf(rotated ? apart(rows, columns) : rows)),
          );
        }
      }));
    return folder;
  });
}

const WEIGHTS = "model.safetensors";

/** SHA-256 of a file, read once as long as it stays as it is. */
const fileHash = (file: string) =>
  Effect.gen(function* () {
    return yield* remembered(`${yield* stampHash(file)}.gguf`, hashFile(file));
  });

/** Refuses what the disk has no room for before hours of writing; where the system does not say, nothing is refused. */
function checkSpace(file: string, folder: string, bytes: number) {
  return Effect.gen(function* () {
    const free = yield* roomBelow(folder, bytes);
    if (free === undefined) return;
    return yield* new GgufError({
      file,
      reason: `its weights take ${gigabytes(bytes)} as float32 and '${folder}' has room for ` +
        `${gigabytes(free)} (DPC_CACHE names another folder)`,
    });
  });
}

/** All numbers of a small tensor. */
function numbersOf(file: string, tensor: GgufTensor) {
  const numbers: number[] = [];
  return Effect.as(
    eachChunk(file, tensor, undefined, (chunk) => Effect.sync(() => void numbers.push(...chunk))),
    numbers,
  ).pipe(Effect.map((all) => Float32Array.from(all)));
}

/**
 * Gives a tensor's rows to `use` in pieces, in order; a piece is only valid during the call.
 *
 * @param together rows of a piece; as many as suit the memory by default
 */
function eachChunk<E, R>(
  file: string,
  { format, shape, offset, length }: GgufTensor,
  together: number | undefined,
  use: (rows: Float32Array, columns: number) => Effect.Effect<void, E, R>,
): Effect.Effect<void, E | GgufError, R | FileSystem.FileSystem> {
  const unreadable = (reason: string) => new GgufError({ file, reason });
  // the rows of a bias are numbers
  const columns = shape.length === 1 ? 1 : shape.at(-1)!;
  const rows = shape.reduce((product, n) => product * n, 1) / columns;
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const handle = yield* Effect.mapError(
      fs.open(file),
      (error) => unreadable(platformReason(error)),
    );
    yield* handle.seek(offset, "start");
    const step = together ?? (shape.length === 1 ? rows : Math.max(1, Math.floor(CHUNK / columns)));
    const bytes = new Uint8Array(Math.min(rows, step) * length / rows);
    const numbers = new Float32Array(Math.min(rows, step) * columns);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const piece = bytes.subarray(0, count * length / rows);
      yield* readFully(handle, piece).pipe(
        Effect.mapError((error) => unreadable(error ? platformReason(error) : "it became shorter")),
      );
      const into = numbers.subarray(0, count * columns);
      format.decode(piece, into);
      yield* use(into, columns);
    }
  }));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
