/**
 * How the vectors of a soft prompt lie: those of prefix tuning are keys and values of each layer, in PEFT's order.
 *
 * @module
 */
import type { DecoderConfig } from "../../checkpoint/mod.ts";
import type { SoftPrompt, TuningMethod } from "../../soft_prompt.ts";
import type { KeysValues as AnyKeysValues } from "./kv_cache.ts";

/** In this process. */
type KeysValues = AnyKeysValues<Float32Array>;

/** What of a model decides how large a soft prompt for it is. */
export type PromptSizes = Pick<DecoderConfig, "hiddenSize" | "layers" | "kvHeads" | "headDim">;

/** Numbers of one virtual token: d, or 2 * layers * kv * D for keys and values of each layer. */
export const promptWidth = (
  { hiddenSize, layers, kvHeads, headDim }: PromptSizes,
  method: TuningMethod,
): number => method === "prompt" ? hiddenSize : 2 * layers * kvHeads * headDim;

/** Number of virtual tokens, n. */
export const virtualTokensOf = (
  sizes: PromptSizes,
  { method, vectors }: Pick<SoftPrompt, "method" | "vectors">,
): number => vectors.length / promptWidth(sizes, method);

/** Keys and values that a soft prompt is made of; undefined for one whose positions have to be computed. */
export function ownKeysValues(
  sizes: PromptSizes,
  prompt: Pick<SoftPrompt, "method" | "vectors">,
): KeysValues | undefined {
  if (prompt.method === "prompt") return undefined;
  const { vectors } = prompt;
  const made = emptyKeysValues(sizes, virtualTokensOf(sizes, prompt));
  eachPiece(sizes, made, (piece, at) => piece.set(vectors.subarray(at, at + piece.length)));
  return made;
}

/** The inverse of {@linkcode ownKeysValues}: [n, layers, 2, kv, D] row-major. */
export function vectorsOf(sizes: PromptSizes, keysValues: KeysValues): Float32Array {
  const vectors = new Float32Array(keysValues.positions * promptWidth(sizes, "prefix"));
  eachPiece(sizes, keysValues, (piece, at) => vectors.set(piece, at));
  return vectors;
}

/** Keys and values of one position after the other. */
export function joinKeysValues(
  sizes: PromptSizes,
  first: KeysValues,
  second: KeysValues,
): KeysValues {
  const { kvHeads, headDim } = sizes;
  const positions = first.positions + second.positions;
  const join = (a: Float32Array, b: Float32Array) => {
    const joined = new Float32Array(a.length + b.length);
    for (let head = 0; head < kvHeads; head++) {
      const of = (from: Float32Array, { positions }: KeysValues) =>
        from.subarray(head * positions * headDim, (head + 1) * positions * headDim);
      joined.set(of(a, first), head * positions * headDim);
      joined.set(of(b, second), (head * positions + first.positions) * headDim);
    }
    return joined;
  };
  return {
    positions,
    keys: first.keys.map((keys, l) => join(keys, second.keys[l]!)),
    values: first.values.map((values, l) => join(values, second.values[l]!)),
  };
}

function emptyKeysValues({ layers, kvHeads, headDim }: PromptSizes, positions: number): KeysValues {
  const make = () =>
    Array.from({ length: layers }, () => new Float32Array(kvHeads * positions * headDim));
  return { positions, keys: make(), values: make() };
}

/** Visits each [D] of keys and values, with its place among the vectors. */
function eachPiece(
  { layers, kvHeads, headDim }: PromptSizes,
  { positions, keys, values }: KeysValues,
  visit: (piece: Float32Array, at: number) => void,
): void {
  let at = 0;
  for (let position = 0; position < positions; position++) {
    for (let layer = 0; layer < layers; layer++) {
      for (const array of [keys[layer]!, values[layer]!]) {
        for (let head = 0; head < kvHeads; head++, at += headDim) {
          const start = (head * positions + position) * headDim;
          visit(array.subarray(start, start + headDim), at);
        }
      }
    }
  }
}
