/**
 * Rotary angles (Su et al. 2021), with float32 where Hugging Face transformers computes in float32: at position 2000 the angle's
 * own rounding is worth 1e-4.
 *
 * @module
 */
import type { Rope, RopeScaling } from "../checkpoint/mod.ts";

const f32 = Math.fround;

/** Frequencies r / 2 of a rotation, each of a pair of numbers. */
export const frequencyCount = ({ dimensions }: Pick<Rope, "dimensions">): number =>
  Math.ceil(dimensions / 2);

/**
 * The shortest text whose positions are rotated as those of a text of `length` are: 0 but for scalings that change the frequencies of
 * texts beyond a context.
 */
export function rotationLength({ scaling }: Pick<Rope, "scaling">, length: number): number {
  switch (scaling.kind) {
    case "dynamic":
      return length > scaling.originalMaxPositions ? length : 0;
    case "longrope":
      return length > scaling.originalMaxPositions ? scaling.originalMaxPositions + 1 : 0;
    default:
      return 0;
  }
}

/**
 * Inverse frequencies, theta^(-2i / r) for i below r / 2, scaled. Where PyTorch divides a number by a tensor it multiplies the
 * tensor's reciprocal by the number, so that is done here.
 *
 * Source: transformers, modeling_rope_utils.py.
 *
 * @param length positions of the whole text
 * @returns [r / 2], radians per position
 */
export function inverseFrequencies(rope: Rope, length = 0): readonly number[] {
  const { scaling, dimensions } = rope;
  const powers = (base: number) =>
    Array.from(
      { length: frequencyCount(rope) },
      (_, i) => f32(Math.pow(base, f32(f32(2 * i) / dimensions))),
    );
  const plain = (base: number) => powers(base).map((power) => f32(1 / power));
  const theta = f32(rope.theta);
  switch (scaling.kind) {
    case "none":
      return plain(theta);
    case "linear":
      return plain(theta).map((frequency) => f32(frequency / f32(scaling.factor)));
    case "dynamic":
      return plain(rotationLength(rope, length) === 0 ? theta : grown(rope, scaling, length));
    case "llama3":
      return plain(theta).map((frequency) => stretch(frequency, scaling));
    case "yarn":
      return powers(theta).map((power, i) => ramp(power, i, scaling));
    case "longrope": {
      const factors = rotationLength(rope, length) === 0 ? scaling.short : scaling.long;
      return powers(theta).map((power, i) => f32(1 / f32(f32(factors[i]!) * power)));
    }
  }
}

/** Factor of cosines and sines. */
const amplitude = (scaling: RopeScaling): number =>
  scaling.kind === "yarn" || scaling.kind === "longrope" ? scaling.attentionFactor : 1;

type Scaling<K extends RopeScaling["kind"]> = Extract<RopeScaling, { readonly kind: K }>;

/** NTK: the base for a text longer than the context. */
function grown({ theta, dimensions }: Rope, scaling: Scaling<"dynamic">, length: number): number {
  const { factor, originalMaxPositions } = scaling;
  const longer = f32(f32(f32(factor * length) / originalMaxPositions) - (factor - 1));
  return f32(theta * f32(Math.pow(longer, dimensions / (dimensions - 2))));
}

/** Llama 3.1: long wavelengths are stretched, short ones kept, those between interpolated. */
function stretch(frequency: number, scaling: Scaling<"llama3">): number {
  const { lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  const factor = f32(scaling.factor);
  const wavelength = f32(f32(1 / frequency) * f32(2 * Math.PI));
  if (wavelength < f32(originalMaxPositions / highFreqFactor)) return frequency;
  if (wavelength > f32(originalMaxPositions / lowFreqFactor)) return f32(frequency / factor);
  const periods = f32(f32(1 / wavelength) * f32(originalMaxPositions));
  const smooth = f32(f32(periods - f32(lowFreqFactor)) / f32(highFreqFactor - lowFreqFactor));
  return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
}

/** YaRN: frequencies from `high` on are divided, those up to `low` kept. */
function ramp(power: number, i: number, { factor, low, high }: Scaling<"yarn">): number {
  const along = f32(f32(i - f32(low)) / f32(high - low));
  const kept = f32(1 - Math.min(Math.max(along, 0), 1));
  const divided = f32(1 / f32(f32(factor) * power));
  return f32(f32(divided * f32(1 - kept)) + f32(f32(1 / power) * kept));
}

/**
 * Writes cosines and sines of positions from `start` on, [positions, r / 2] row-major.
 *
 * @param frequencies of the whole text ({@linkcode inverseFrequencies})
 */
export function rotate(
  { scaling }: Rope,
  frequencies: readonly number[],
  start: number,
  into: { readonly cos: Float32Array; readonly sin: Float32Array },
): void {
  const factor = f32(amplitude(scaling));
  const half = frequencies.length;
  for (let k = 0; k < into.cos.length; k++) {
    const angle = f32((start + Math.floor(k / half)) * frequencies[k % half]!);
    into.cos[k] = f32(Math.cos(angle)) * factor;
    into.sin[k] = f32(Math.sin(angle)) * factor;
  }
}
