/**
 * All weights of a decoder as one flat array: what is trained, summed, clipped and stored as one.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";
import { sizeOf } from "../../onnx/mod.ts";
import { type DecoderConfig, expectedTensors } from "../checkpoint/mod.ts";

/** A weight and its place in the flat array. */
export interface Parameter {
  /** Hugging Face's name. */
  readonly name: string;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Index of its first element. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
}

/** The weights in their order in the flat array, without gaps. */
export type Parameters = readonly Parameter[];

/** The weights that a decoder is trained in; a tied output matrix is the embedding, once. */
export function parametersOf(config: DecoderConfig): Parameters {
  let end = 0;
  return Array.from(expectedTensors(config), ([name, shape]) => {
    const offset = end;
    const size = sizeOf(shape);
    end += size;
    return { name, shape, offset, size };
  });
}

/** Elements of all weights together. */
export function countOf(parameters: Parameters): number {
  const last = parameters.at(-1);
  return last === undefined ? 0 : last.offset + last.size;
}

/** A weight's elements in a flat array, as a view. */
export function viewOf({ offset, size }: Parameter, flat: Float32Array): Float32Array {
  return flat.subarray(offset, offset + size);
}

/** Options of {@linkcode initialWeights}. */
export interface InitOptions {
  /** Any integer; equal seeds give equal weights. */
  readonly seed: number;
  /** Standard deviation of a matrix's elements, `initializer_range` of config.json. */
  readonly range: number;
}

/**
 * First weights, as Hugging Face's `_init_weights` makes them: matrices from N(0, range), biases 0, norms 1.
 *
 * @returns all weights, flat
 */
export function initialWeights(parameters: Parameters, { seed, range }: InitOptions): Float32Array {
  const random = new PCGRandom(seed);
  const flat = new Float32Array(countOf(parameters));
  for (const parameter of parameters) {
    const weight = viewOf(parameter, flat);
    if (parameter.name.endsWith(".bias")) continue;
    if (parameter.shape.length === 1) weight.fill(1);
    else for (let i = 0; i < weight.length; i++) weight[i] = range * normal(random);
  }
  return flat;
}

/** A number from N(0, 1) (Box & Muller 1958). */
function normal(random: PCGRandom): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.number()));
  return radius * Math.cos(2 * Math.PI * random.number());
}
