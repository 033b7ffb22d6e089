/**
 * Half precision to and from float32: IEEE 754 binary16 (F16) and bfloat16 (BF16).
 *
 * @module
 */

/** Every binary16 value as float32, by its bits; filled on first use (256 KiB). */
let halfValues: Float32Array | undefined;

/** Widens binary16 to float32, exactly. */
export function halfToFloat(bits: Uint16Array, into: Float32Array): void {
  const table = halfValues ??= Float32Array.from({ length: 0x10000 }, (_, half) => halfValue(half));
  for (let i = 0; i < bits.length; i++) into[i] = table[bits[i]!]!;
}

/** Widens bfloat16 to float32, exactly: it is the upper half of the float32. */
export function bfloatToFloat(bits: Uint16Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

/**
 * Rounds float32 to binary16, to nearest with ties to even; beyond 65504 becomes infinite.
 *
 * @returns the bits, one per value
 */
export function floatToHalf(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, roundToHalf);
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The binary16 bits nearest to a float32 given by its bits. */
function roundToHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // 65520 is halfway between the largest half and the next power of two: it and all above round to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) {
    // Normal: move the exponent's bias from 127 to 15 and round off 13 bits of fraction; a carry rightly enters the exponent.
    const rebiased = magnitude - 0x3800_0000;
    return sign | roundOff(rebiased, 13);
  }
  const shift = 126 - (magnitude >>> 23);
  // Below half of the smallest subnormal (2^-25) all rounds to zero.
  if (shift > 24) return sign;
  return sign | roundOff((magnitude & 0x7f_ffff) | 0x80_0000, shift);
}

/** Drops low bits, to nearest with ties to even. */
function roundOff(value: number, bits: number): number {
  const kept = value >>> bits;
  const rest = value & (2 ** bits - 1);
  const half = 2 ** (bits - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
