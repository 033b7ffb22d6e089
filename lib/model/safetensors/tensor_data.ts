/**
 * Reading the numbers of safetensors tensors as float32, whole or by rows, and checking them.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import type { PlatformError } from "@effect/platform/Error";
import { Data, Effect } from "effect";
import { platformReason } from "../../schema/files.ts";
import { bfloatToFloat, halfToFloat } from "./float_formats.ts";
import { type Dtype, SafetensorsError, type TensorEntry } from "./read.ts";

/** Element types that weights may have. */
export type WeightDtype = "F32" | "F16" | "BF16";

/** Where one tensor of weights lies. */
export interface TensorLocation extends TensorEntry {
  /** The tensor's name. */
  readonly name: string;
  /** The file that holds it. */
  readonly file: string;
  /** How its values are stored. */
  readonly dtype: WeightDtype;
}

/** A tensor that holds NaN or an infinite value. */
export class NonFiniteError extends Data.TaggedError("NonFiniteError")<{
  readonly file: string;
  readonly tensor: string;
  /** Row-major index of the first such element. */
  readonly index: number;
  readonly value: number;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use tensor '${this.tensor}' of '${this.file}' as all its values must be finite: ` +
      `found ${this.value} at element ${this.index}`;
  }
}

const BYTES: Record<WeightDtype, number> = { F32: 4, F16: 2, BF16: 2 };

/** Bytes read at a time: large enough for the disk's speed, small beside the model. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** Whether weights may be stored so. */
export function isWeightDtype(dtype: Dtype): dtype is WeightDtype {
  return Object.hasOwn(BYTES, dtype);
}

/**
 * Reads a tensor as float32, row-major; f16 and bf16 are widened exactly.
 *
 * @returns its elements; fails with {@linkcode SafetensorsError} when the file cannot be read
 */
export function readTensor(
  location: TensorLocation,
): Effect.Effect<Float32Array, SafetensorsError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const into = new Float32Array(location.length / BYTES[location.dtype]);
    yield* eachChunk(location, (chunk, first) => Effect.sync(() => into.set(chunk, first)));
    return into;
  });
}

/**
 * Reads some rows of a matrix as float32.
 *
 * @param location a tensor [rows, columns]
 * @param rows indices of rows, in the order wanted; repeats are allowed, out-of-range ones die with a RangeError
 * @returns [rows.length, columns], row-major
 */
export function readRows(
  location: TensorLocation,
  rows: readonly number[],
): Effect.Effect<Float32Array, SafetensorsError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const [height, width] = location.shape;
    if (height === undefined || width === undefined || location.shape.length !== 2) {
      return yield* Effect.die(new RangeError(`'${location.name}' is not a matrix`));
    }
    const outside = rows.find((row) => !(Number.isInteger(row) && row >= 0 && row < height));
    if (outside !== undefined) {
      return yield* Effect.die(
        new RangeError(`'${location.name}' has rows 0 to ${height - 1}: asked for ${outside}`),
      );
    }
    const length = width * BYTES[location.dtype];
    const into = new Float32Array(rows.length * width);
    for (const [at, row] of rows.entries()) {
      const part = { ...location, shape: [width], offset: location.offset + row * length, length };
      yield* eachChunk(
        part,
        (chunk, first) => Effect.sync(() => into.set(chunk, at * width + first)),
      );
    }
    return into;
  });
}

/**
 * Checks that every element is finite, reading the tensor in pieces: the bits of its exponents, two half-precision ones at a time.
 *
 * @param see is given the bytes as they are read
 * @returns nothing; fails with {@linkcode NonFiniteError} at the first NaN or infinite element
 */
export function checkFinite(
  location: TensorLocation,
  see: (bytes: Uint8Array) => void = () => {},
): Effect.Effect<void, SafetensorsError | NonFiniteError, FileSystem.FileSystem> {
  const { file, name, dtype } = location;
  return eachPiece(location, (bytes, first) => {
    see(bytes);
    if (allFinite(bytes, dtype)) return Effect.void;
    const values = widen(bytes, dtype);
    const index = values.findIndex((value) => !Number.isFinite(value));
    return new NonFiniteError({ file, tensor: name, index: first + index, value: values[index]! });
  });
}

/** The bits of the exponents in a word of 32 bits, which holds one value or two; exponents of ones alone are NaN or infinite. */
const EXPONENTS: Record<WeightDtype, number> = {
  F32: 0x7f80_0000,
  F16: 0x7c00_7c00,
  BF16: 0x7f80_7f80,
};
/** The lowest bit of each. */
const UNITS: Record<WeightDtype, number> = { F32: 0x0080_0000, F16: 0x0400_0400, BF16: 0x80_0080 };
/** The bits above them, where a sum carries to. */
const CARRIES: Record<WeightDtype, number> = {
  F32: 0x8000_0000,
  F16: 0x8000_8000,
  BF16: 0x8000_8000,
};

/** One more carries out of an exponent of ones alone, and of no other: no branch for each of a model's millions of weights. */
function allFinite(bytes: Uint8Array, dtype: WeightDtype): boolean {
  const [exponents, unit] = [EXPONENTS[dtype], UNITS[dtype]];
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let sums = 0;
  for (let i = 0; i < words.length; i++) sums |= ((words[i]! & exponents) + unit) | 0;
  // an odd half is left over
  const rest = widen(bytes.subarray(4 * words.length), dtype);
  return (sums & CARRIES[dtype]) === 0 && rest.every(Number.isFinite);
}

/** Gives a tensor's elements to `use` in pieces, in order; a piece is only valid during the call. */
export function eachChunk<E, R = never>(
  location: TensorLocation,
  use: (chunk: Float32Array, firstIndex: number) => Effect.Effect<void, E, R>,
): Effect.Effect<void, SafetensorsError | E, R | FileSystem.FileSystem> {
  const { dtype } = location;
  let floats = new Float32Array();
  return eachPiece(location, (bytes, first) => {
    const count = bytes.length / BYTES[dtype];
    if (floats.length < count) floats = new Float32Array(count);
    return use(widen(bytes, dtype, floats), first);
  });
}

/** The elements that the bytes of a tensor are, in `floats` where they are not float32 already. */
function widen(
  bytes: Uint8Array,
  dtype: WeightDtype,
  floats = new Float32Array(bytes.length / BYTES[dtype]),
): Float32Array {
  const { buffer, byteOffset, length } = bytes;
  if (dtype === "F32") return new Float32Array(buffer, byteOffset, length / 4);
  const bits = new Uint16Array(buffer, byteOffset, length / 2);
  (dtype === "F16" ? halfToFloat : bfloatToFloat)(bits, floats);
  return floats.subarray(0, bits.length);
}

/** Gives a tensor's bytes to `use` in pieces, in order; a piece is only valid during the call. */
function eachPiece<E, R = never>(
  { file, dtype, offset, length }: TensorLocation,
  use: (bytes: Uint8Array, firstIndex: number) => Effect.Effect<void, E, R>,
): Effect.Effect<void, SafetensorsError | E, R | FileSystem.FileSystem> {
  const unreadable = (reason: string) => new SafetensorsError({ file, reason });
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const handle = yield* fs.open(file).pipe(
      Effect.mapError((error) => unreadable(platformReason(error))),
    );
    yield* handle.seek(offset, "start");
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, length));
    for (let done = 0; done < length; done += bytes.length) {
      const piece = bytes.subarray(0, Math.min(bytes.length, length - done));
      yield* readFully(handle, piece).pipe(
        Effect.mapError((error) => unreadable(error ? platformReason(error) : "it became shorter")),
      );
      yield* use(piece, done / BYTES[dtype]);
    }
  }));
}

/** Fills the bytes from where the file stands; fails with null when it ends before. */
export function readFully(
  handle: FileSystem.File,
  bytes: Uint8Array,
): Effect.Effect<void, PlatformError | null> {
  return Effect.gen(function* () {
    let filled = 0;
    while (filled < bytes.length) {
      const count = Number(yield* handle.read(bytes.subarray(filled)));
      if (count === 0) return yield* Effect.fail(null);
      filled += count;
    }
  });
}
