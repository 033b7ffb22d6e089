/**
 * The safetensors format: a header of JSON that says where each tensor lies, then the bytes. Only the header is read here.
 *
 * The rules are those of the official reader: the tensors tile the data exactly, in any order, without holes.
 * Source: https://github.com/huggingface/safetensors (format description and `Metadata::validate`).
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Data, Effect, Either } from "effect";
import { platformReason } from "../../schema/files.ts";
import { oneLine } from "../../schema/mod.ts";
import { repeatedKey } from "./json_keys.ts";

/** A safetensors file that cannot be used; `reason` completes "Cannot read 'file' as ...". */
export class SafetensorsError extends Data.TaggedError("SafetensorsError")<{
  readonly file: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot read '${this.file}' as ${oneLine(this.reason)}`;
  }
}

/** Bits an element of each dtype takes, as the format defines them. */
export const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Element types the format knows. */
export type Dtype = keyof typeof BITS;

/** Where one tensor lies: `length` bytes from the absolute byte `offset` of its file, row-major, little-endian. */
export interface TensorEntry {
  /** How its values are stored. */
  readonly dtype: Dtype;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Byte of the file at which it starts. */
  readonly offset: number;
  /** Its bytes. */
  readonly length: number;
}

/** What the header of one file says. */
export interface Directory {
  /** The file. */
  readonly file: string;
  /** The absolute byte at which the data starts. */
  readonly dataStart: number;
  /** The size of the whole file in bytes. */
  readonly size: number;
  /** Its metadata, texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Its tensors, by name. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Bytes of the header's length field. */
const LENGTH_BYTES = 8;
/** Ample for a hundred thousand tensors; the official reader's bound of 100 MB could fill the memory with what JSON is parsed to. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** More axes than any model has; bounds the work of one entry. */
const MAX_RANK = 64;

/**
 * Reads where the tensors of a file are, without reading them.
 *
 * @param file path of a .safetensors file
 * @returns its directory; fails with {@linkcode SafetensorsError} when the file is missing, truncated or inconsistent
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { readDirectory } from "dynamic-prompt-corruption/model";
 *
 * export const program = Effect.gen(function* () {
 *   const { tensors } = yield* readDirectory("data/model/model.safetensors");
 *   assert.ok(tensors.has("model.embed_tokens.weight"));
 * });
 * ```
 */
export function readDirectory(
  file: string,
): Effect.Effect<Directory, SafetensorsError, FileSystem.FileSystem> {
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const refuse = (reason: string) => new SafetensorsError({ file, reason });
    // before it is opened: opening a named pipe waits for whoever writes to it
    const info = yield* fs.stat(file);
    if (info.type !== "File") return yield* refuse("it is not a regular file");
    const handle = yield* fs.open(file);
    const size = Number((yield* handle.stat).size);
    if (size < LENGTH_BYTES) {
      return yield* refuse(
        `it is truncated: found ${size} bytes, less than the header's length takes`,
      );
    }
    const lengthField = new Uint8Array(LENGTH_BYTES);
    yield* handle.read(lengthField);
    const headerLength = new DataView(lengthField.buffer).getBigUint64(0, true);
    if (headerLength > BigInt(MAX_HEADER_BYTES)) {
      return yield* refuse(
        `its header may take at most ${MAX_HEADER_BYTES} bytes: found ${headerLength}; is it a safetensors file?`,
      );
    }
    const dataStart = LENGTH_BYTES + Number(headerLength);
    if (dataStart > size) {
      return yield* refuse(
        `it is truncated: the header ends at byte ${dataStart}, the file at ${size}; download it again`,
      );
    }
    const header = new Uint8Array(Number(headerLength));
    const found = Number(yield* handle.read(header));
    if (found < header.length) return yield* refuse("it became shorter while it was read");
    const parsed = yield* Either.mapLeft(parseHeader(header, size), refuse);
    return { file, dataStart, size, ...parsed };
  })).pipe(
    Effect.catchTags({
      SystemError: (error) => new SafetensorsError({ file, reason: platformReason(error) }),
      BadArgument: (error) => new SafetensorsError({ file, reason: platformReason(error) }),
    }),
  );
}

/**
 * Checks and decodes a header.
 *
 * @param header the header's bytes, without the length field
 * @param size the size of the whole file in bytes
 * @returns the tensors with absolute offsets, or the reason it is refused
 */
export function parseHeader(
  header: Uint8Array,
  size: number,
): Either.Either<Pick<Directory, "metadata" | "tensors">, string> {
  return Either.gen(function* () {
    const entries = yield* headerEntries(header);
    const dataStart = LENGTH_BYTES + header.length;
    const metadata = new Map<string, string>();
    const tensors = new Map<string, TensorEntry>();
    for (const [name, value] of entries) {
      if (name !== "__metadata__") {
        tensors.set(name, yield* tensorEntry(name, value, dataStart));
        continue;
      }
      for (
        const [key, text] of Object.entries(
          isObject(value) ? value : value === null ? {} : { __metadata__: value },
        )
      ) {
        if (typeof text !== "string") {
          return yield* Either.left("its __metadata__ must map text to text");
        }
        metadata.set(key, text);
      }
    }
    yield* checkTiling(tensors, dataStart, size);
    return { metadata, tensors };
  });
}

/** The header's names and values in order, names unique. */
function headerEntries(header: Uint8Array): Either.Either<[string, unknown][], string> {
  return Either.gen(function* () {
    const text = yield* Either.try({
      try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header),
      catch: () => "its header is not valid UTF-8",
    });
    const value = yield* Either.try({
      try: () => JSON.parse(text) as unknown,
      catch: () => "its header is not valid JSON",
    });
    if (!text.startsWith("{") || !isObject(value)) {
      return yield* Either.left("its header is not a JSON object");
    }
    const repeated = repeatedKey(text);
    if (repeated !== undefined) {
      return yield* Either.left(`its header names ${quote(repeated)} twice`);
    }
    return Object.entries(value);
  });
}

/** One tensor's entry, its byte range checked against dtype and shape but not yet against the file. */
function tensorEntry(name: string, value: unknown, dataStart: number) {
  const wrong = (what: string) => Either.left(`tensor ${quote(name)} ${what}`);
  if (!isObject(value)) return wrong("is not described by an object");
  const { dtype, shape, data_offsets: range } = value;
  if (typeof dtype !== "string") return wrong("has no dtype");
  if (!isDtype(dtype)) {
    return wrong(`has a dtype that the format does not know: found ${quote(dtype)}`);
  }
  if (!isSizes(shape) || shape.length > MAX_RANK) return wrong("has no valid shape");
  if (!isSizes(range) || range.length !== 2) return wrong("has no valid data_offsets");
  const [begin, end] = range as [number, number];
  if (end < begin) return wrong(`ends before it begins: found data_offsets [${begin},${end}]`);
  const bits = shape.reduce((product, size) => product * size, BITS[dtype]);
  if (bits / 8 !== end - begin) {
    return wrong(`of ${dtype} [${shape}] must take ${bits / 8} bytes: found ${end - begin}`);
  }
  return Either.right({ dtype, shape, offset: dataStart + begin, length: end - begin });
}

/** The tensors must cover the data exactly once: no overlap, no hole, nothing missing or left over at the end. */
function checkTiling(tensors: ReadonlyMap<string, TensorEntry>, dataStart: number, size: number) {
  const ordered = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let end = dataStart;
  for (const [name, { offset, length }] of ordered) {
    if (offset < end) return Either.left(`tensor ${quote(name)} overlaps the one before it`);
    if (offset > end) {
      return Either.left(`tensor ${quote(name)} leaves a hole of ${offset - end} bytes before it`);
    }
    end = offset + length;
  }
  if (end > size) {
    return Either.left(
      `it is truncated: its tensors end at byte ${end}, the file at ${size}; download it again`,
    );
  }
  if (end < size) return Either.left(`${size - end} bytes at its end belong to no tensor`);
  return Either.void;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDtype(value: string): value is Dtype {
  return Object.hasOwn(BITS, value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A name as it can stand in a one-line message: shortened, control characters escaped. */
function quote(name: string): string {
  return `'${JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name).slice(1, -1)}'`;
}
