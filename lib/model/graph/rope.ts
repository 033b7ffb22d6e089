/**
 * Rotary angles (Su et al. 2021), with float32 where Hugging Face transformers computes in float32: at position 2000 the angle's
 * own rounding is worth 1e-4.
 *
 * @module
 */
import type { DecoderConfig, Rope, RopeScaling } from "../checkpoint/mod.ts";

/** Cosines and sines, [positions, D / 2] row-major. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

const f32 = Math.fround;

/**
 * Inverse frequencies of a head, theta^(-2i / D) for i below D / 2, scaled. Where PyTorch divides a number by a tensor it multiplies the
 * tensor's reciprocal by the number, so that is done here.
 *
 * Source: transformers, modeling_rope_utils.py.
 *
 * @returns [D / 2], radians per position
 */
export function inverseFrequencies({ theta, scaling }: Rope, headDim: number): readonly number[] {
  const plain = Array.from({ length: headDim / 2 }, (_, i) => {
    const exponent = f32(f32(2 * i) / headDim);
    return f32(1 / f32(Math.pow(f32(theta), exponent)));
  });
  switch (scaling.kind) {
    case "none":
      return plain;
    case "linear":
      return plain.map((frequency) => f32(frequency / f32(scaling.factor)));
    case "llama3":
      return plain.map((frequency) => stretch(frequency, scaling));
  }
}

/** Llama 3.1: long wavelengths are stretched, short ones kept, those between interpolated. */
function stretch(
  frequency: number,
  scaling: Extract<RopeScaling, { readonly kind: "llama3" }>,
): number {
  const { lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const factor = f32(scaling.factor);
  const wavelength = f32(f32(1 / frequency) * f32(2 * Math.PI));
  if (wavelength < f32(originalMaxPositions / highFreqFactor)) return frequency;
  if (wavelength > f32(originalMaxPositions / lowFreqFactor)) return f32(frequency / factor);
  const periods = f32(f32(1 / wavelength) * f32(originalMaxPositions));
  const smooth = f32(f32(periods - f32(lowFreqFactor)) / f32(highFreqFactor - lowFreqFactor));
  return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
}

/** Tables for positions 0 to `positions` - 1. */
export function ropeTables(
  { rope, headDim }: Pick<DecoderConfig, "rope" | "headDim">,
  positions: number,
): RopeTables {
  const frequencies = inverseFrequencies(rope, headDim);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    frequencies.forEach((frequency, i) => {
      const angle = f32(position * frequency);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    });
  }
  return { cos, sin };
}
