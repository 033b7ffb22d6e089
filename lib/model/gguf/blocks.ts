/**
 * The number formats of GGUF as float32, bit for bit as Python's `gguf` computes them: each product and each difference is rounded.
 * Source: https://github.com/ggml-org/llama.cpp (`gguf-py/gguf/quants.py`, `ggml/src/ggml-common.h`).
 *
 * @module
 */
import { bfloatToFloat, halfToFloat } from "../safetensors/mod.ts";

/** How the numbers of a tensor are stored: in blocks along a row. */
export interface BlockFormat {
  /** Its name in GGUF. */
  readonly name: string;
  /** Numbers of a block. */
  readonly numbers: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** The numbers of whole blocks. */
  readonly decode: (bytes: Uint8Array, into: Float32Array) => void;
}

/** Every binary16 number by its bits. */
const HALVES = new Float32Array(0x10000);
halfToFloat(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits), HALVES);

const half = (bytes: Uint8Array, at: number): number => HALVES[bytes[at]! | (bytes[at + 1]! << 8)]!;
const signed = (byte: number): number => (byte << 24) >> 24;
const { fround } = Math;

/** Applies the decoder of one block to each; `at` and `to` are where it starts in the bytes and in the numbers. */
function blocks(
  name: string,
  numbers: number,
  bytes: number,
  block: (bytes: Uint8Array, at: number, into: Float32Array, to: number) => void,
): BlockFormat {
  return {
    name,
    numbers,
    bytes,
    decode: (from, into) => {
      for (let at = 0, to = 0; at < from.length; at += bytes, to += numbers) {
        block(from, at, into, to);
      }
    },
  };
}

/** 32 numbers of 4 bits: the low halves of 16 bytes, then the high ones. */
function nibbles(
  bytes: Uint8Array,
  at: number,
  each: (nibble: number, index: number) => void,
): void {
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + i]!;
    each(byte & 15, i);
    each(byte >> 4, i + 16);
  }
}

/** The fifth bit of each of 32 numbers, as 16. */
const fifth = (bytes: Uint8Array, at: number, i: number): number =>
  ((bytes[at + (i >> 3)]! >> (i & 7)) & 1) << 4;

/** Scale and least number of each of the eight parts of a block of Q4_K or Q5_K, 6 bits each. */
function scalesOf(bytes: Uint8Array, at: number, part: number): readonly [number, number] {
  const scales = at + 4;
  const byte = (i: number) => bytes[scales + i]!;
  const [scale, least] = part < 4 ? [byte(part) & 63, byte(part + 4) & 63] : [
    (byte(part + 4) & 15) | ((byte(part - 4) >> 2) & 48),
    (byte(part + 4) >> 4) | ((byte(part) >> 2) & 48),
  ];
  return [fround(half(bytes, at) * scale), fround(half(bytes, at + 2) * least)];
}

/** Formats by their number in the file. */
export const FORMATS: ReadonlyMap<number, BlockFormat> = new Map([
  [0, {
    name: "F32",
    numbers: 1,
    bytes: 4,
    decode: (bytes, into) =>
      into.set(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)),
  }],
  [1, {
    name: "F16",
    numbers: 1,
    bytes: 2,
    decode: (bytes, into) =>
      halfToFloat(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), into),
  }],
  [30, {
    name: "BF16",
    numbers: 1,
    bytes: 2,
    decode: (bytes, into) =>
      bfloatToFloat(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), into),
  }],
  [
    2,
    blocks("Q4_0", 32, 18, (bytes, at, into, to) => {
      const scale = half(bytes, at);
      nibbles(bytes, at + 2, (q, i) => into[to + i] = scale * (q - 8));
    }),
  ],
  [
    3,
    blocks("Q4_1", 32, 20, (bytes, at, into, to) => {
      const [scale, least] = [half(bytes, at), half(bytes, at + 2)];
      nibbles(bytes, at + 4, (q, i) => into[to + i] = fround(scale * q) + least);
    }),
  ],
  [
    6,
    blocks("Q5_0", 32, 22, (bytes, at, into, to) => {
      const scale = half(bytes, at);
      nibbles(
        bytes,
        at + 6,
        (q, i) => into[to + i] = scale * ((q | fifth(bytes, at + 2, i)) - 16),
      );
    }),
  ],
  [
    7,
    blocks("Q5_1", 32, 24, (bytes, at, into, to) => {
      const [scale, least] = [half(bytes, at), half(bytes, at + 2)];
      nibbles(
        bytes,
        at + 8,
        (q, i) => into[to + i] = fround(scale * (q | fifth(bytes, at + 4, i))) + least,
      );
    }),
  ],
  [
    8,
    blocks("Q8_0", 32, 34, (bytes, at, into, to) => {
      const scale = half(bytes, at);
      for (let i = 0; i < 32; i++) into[to + i] = scale * signed(bytes[at + 2 + i]!);
    }),
  ],
  [
    12,
    blocks("Q4_K", 256, 144, (bytes, at, into, to) => {
      for (let part = 0; part < 8; part++) {
        const [scale, least] = scalesOf(bytes, at, part);
        const [from, shift] = [at + 16 + 32 * (part >> 1), 4 * (part & 1)];
        for (let i = 0; i < 32; i++) {
          const q = (bytes[from + i]! >> shift) & 15;
          into[to + 32 * part + i] = fround(scale * q) - least;
        }
      }
    }),
  ],
  [
    13,
    blocks("Q5_K", 256, 176, (bytes, at, into, to) => {
      for (let part = 0; part < 8; part++) {
        const [scale, least] = scalesOf(bytes, at, part);
        const [from, shift] = [at + 48 + 32 * (part >> 1), 4 * (part & 1)];
        for (let i = 0; i < 32; i++) {
          const high = ((bytes[at + 16 + i]! >> part) & 1) << 4;
          const q = ((bytes[from + i]! >> shift) & 15) | high;
          into[to + 32 * part + i] = fround(scale * q) - least;
        }
      }
    }),
  ],
  [
    14,
    blocks("Q6_K", 256, 210, (bytes, at, into, to) => {
      const whole = half(bytes, at + 208);
      for (let part = 0; part < 16; part++) {
        const scale = fround(whole * signed(bytes[at + 192 + part]!));
        // 128 numbers in four rows of 32, two of which share the bytes of their low bits, and all those of their high ones
        const [side, row, column] = [part >> 3, (part >> 1) & 3, 16 * (part & 1)];
        const low = at + 64 * side + 32 * (row & 1) + column;
        const high = at + 128 + 32 * side + column;
        for (let i = 0; i < 16; i++) {
          const q = ((bytes[low + i]! >> (4 * (row >> 1))) & 15) |
            (((bytes[high + i]! >> (2 * row)) & 3) << 4);
          into[to + 16 * part + i] = scale * (q - 32);
        }
      }
    }),
  ],
]);
