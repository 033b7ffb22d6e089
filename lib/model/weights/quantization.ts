/**
 * Quantized weights: in blocks of 32 along a row, each with a scale of its own (as GGUF's Q8_0 and Q4_0).
 *
 * @module
 */

/** Blocks of 8 or 4 bits a number, which decoding alone reads. */
export type BlockQuantization = "q8" | "q4";

/**
 * How matrices are stored: `int8`, 8 bits with a scale for each output, for products of whole numbers in generation, reading and tuning;
 * `int8-saliency`, the same for saliency too; or in blocks.
 */
export type Quantization = BlockQuantization | "int8" | "int8-saliency";

/** Numbers that share a scale. */
export const BLOCK = 32;

/** Bits of a number. */
export const bitsOf = (quantization: BlockQuantization): 4 | 8 => quantization === "q8" ? 8 : 4;

/** A quantized matrix [rows, columns], and the numbers that it stands for. */
export interface QuantizedMatrix {
  /** [rows, columns / 32, 32 * bits / 8], numbers plus 2^(bits - 1), low bits first. */
  readonly numbers: Uint8Array;
  /** [rows, columns / 32]. */
  readonly scales: Float32Array;
  /** (number - 2^(bits - 1)) * scale, [rows, columns]. */
  readonly values: Float32Array;
}

/**
 * Rounds a matrix. The number of a block that is farthest from zero becomes the lowest, -2^(bits - 1), exactly.
 *
 * @param matrix [rows, columns] row-major, columns a multiple of 32
 */
export function quantizeMatrix(
  matrix: Float32Array,
  quantization: BlockQuantization,
): QuantizedMatrix {
  const bits = bitsOf(quantization);
  const zero = 2 ** (bits - 1);
  const numbers = new Uint8Array(matrix.length * bits / 8);
  const scales = new Float32Array(matrix.length / BLOCK);
  const values = new Float32Array(matrix.length);
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK;
    let farthest = 0;
    for (let i = start; i < start + BLOCK; i++) {
      if (Math.abs(matrix[i]!) > Math.abs(farthest)) farthest = matrix[i]!;
    }
    const scale = scales[block] = farthest / -zero;
    for (let i = start; i < start + BLOCK; i++) {
      const rounded = scale === 0 ? 0 : Math.round(matrix[i]! / scale);
      const number = Math.min(zero - 1, Math.max(-zero, rounded));
      values[i] = number * scale;
      if (bits === 8) numbers[i] = number + zero;
      else numbers[i >> 1]! |= (number + zero) << (4 * (i & 1));
    }
  }
  return { numbers, scales, values };
}
