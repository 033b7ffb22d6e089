/**
 * Corruptions of the positions where information accumulates, the paper's among them.
 *
 * @module
 */
import {
  accumulating,
  type AccumulationOptions,
  type Corruption,
  DEFAULTS,
  type Fill,
  type GammaOptions,
  hidden,
  masking,
  reading,
} from "./make_corruption.ts";

/**
 * The paper's: row j* times 0, then the smallest Gamma of the other rows' entries set to 0. Of prefix tuning row j* is hidden from attention.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Corruption } from "dynamic-prompt-corruption/dpc";
 * import { SoftPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * const vectors = Float32Array.of(1, 2, 3, 4, 5, -0.5);
 * const prompt = new SoftPrompt({ name: "own", vectors, virtualTokens: 3 });
 * const corrupted = Corruption.accumulated({ gamma: 0.25 }).corrupt(prompt, {
 *   id: "gsm8k/7",
 *   accumulation: { perPosition: [2, 5, 3], position: 1, share: 0.5, concentration: 1.5 },
 * });
 * // row 1 is masked, and a quarter of the four other entries: the smallest
 * assert.deepEqual([...corrupted.prompt.vectors], [1, 2, 0, 0, 5, 0]);
 * ```
 */
export function accumulated({ gamma, ...accumulates }: AccumulationOptions = {}): Corruption {
  return masking({ name: "accumulated", choose: accumulating(1), gamma, accumulates });
}

/** The k positions with the most flow. */
export function topK(options: AccumulationOptions & { readonly k?: number } = {}): Corruption {
  const { gamma, k = DEFAULTS.k, ...accumulates } = options;
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`The number of positions must be a whole number of 1 or more: found ${k}`);
  }
  return masking({ name: `topK(${k})`, choose: accumulating(k), gamma, accumulates });
}

/** Row j* becomes the mean of the other rows instead of 0; 0 where there is no other. */
export function mean({ gamma, ...accumulates }: AccumulationOptions = {}): Corruption {
  return masking({
    name: "mean",
    choose: accumulating(1),
    gamma,
    accumulates,
    fill: meanOfOthers,
  });
}

const meanOfOthers: Fill = ({ vectors, virtualTokens }, positions) => {
  const width = vectors.length / virtualTokens;
  const others = Array.from({ length: virtualTokens }, (_, j) => j)
    .filter((j) => !positions.includes(j));
  return Float32Array.from(
    { length: width },
    (_, i) =>
      others.reduce((sum, j) => sum + vectors[j * width + i]!, 0) / Math.max(1, others.length),
  );
};

/**
 * No position attends to j*; the vectors stay as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Corruption } from "dynamic-prompt-corruption/dpc";
 * import { SoftPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * const vectors = Float32Array.of(1, 9, 3);
 * const prompt = new SoftPrompt({ name: "own", vectors, virtualTokens: 3 });
 * const corrupted = Corruption.attentionMask().corrupt(prompt, {
 *   id: "gsm8k/7",
 *   accumulation: { perPosition: [2, 5, 3], position: 1, share: 0.5, concentration: 1.5 },
 * });
 * assert.deepEqual(corrupted.prompt.hidden, [1]);
 * assert.deepEqual(corrupted.prompt.vectors, vectors);
 * ```
 */
export function attentionMask(
  accumulates: Omit<AccumulationOptions, "gamma"> = {},
): Corruption {
  return {
    name: "attentionMask",
    ...reading(accumulates),
    corrupt: (prompt, context) => {
      const positions = accumulating(1)(prompt, context);
      return { prompt: hidden(prompt, positions), positions };
    },
  };
}

/** The smallest Gamma of all entries set to 0, no row masked. */
export function gammaOnly({ gamma }: GammaOptions = {}): Corruption {
  return masking({ name: "gammaOnly", choose: () => [], gamma });
}
