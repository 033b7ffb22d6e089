/**
 * Stage 2, Dynamic Corruption: the soft prompt P becomes P_c, under which the answer is generated again.
 *
 * @module
 */
import { type Accumulation, topPositions } from "./accumulation.ts";
import type { Registry } from "../registry/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import { uniform } from "./random.ts";
import type { LayerRange } from "./saliency.ts";

/** What a corruption may look at beside the prompt. */
export interface CorruptionContext {
  /** Id of the instance. */
  readonly id: string;
  /** Where information accumulates; absent when the corruption does not need it, or the first answer is empty. */
  readonly accumulation: Accumulation | undefined;
  /** Positions that earlier rounds corrupted, which are not chosen again; none by default. */
  readonly corrupted?: readonly number[];
}

/** What a corruption made. */
export interface Corrupted {
  /** P_c. */
  readonly prompt: SoftPrompt;
  /** The positions that were chosen. */
  readonly positions: readonly number[];
}

/** A way to corrupt a prompt. */
export interface Corruption {
  /** How tables and run.json call it. */
  readonly name: string;
  /** Whether it reads the saliency of the first answer. */
  readonly needsSaliency: boolean;
  /** Layers that the accumulation it is given is summed over; the first half by default. */
  readonly layers?: LayerRange;
  /** Makes the corrupted prompt of an instance. */
  readonly corrupt: (prompt: SoftPrompt, context: CorruptionContext) => Corrupted;
}

/** Defaults of the options of corruptions. */
export const DEFAULTS: { readonly gamma: number; readonly k: number } = { gamma: 0.1, k: 2 };

/** Options that corruptions of vectors share. */
export interface GammaOptions {
  /** Share of the other rows' entries, the smallest by absolute value, that become 0; that of {@linkcode DEFAULTS} by default. */
  readonly gamma?: number;
}

/** Options of corruptions of the positions where information accumulates. */
export interface AccumulationOptions extends GammaOptions {
  /** Which layers count as shallow. */
  readonly layers?: LayerRange;
}

/** What stands in the place of a masked row, [d]. */
type Fill = (prompt: SoftPrompt, positions: readonly number[]) => Float32Array;

const zeros: Fill = ({ vectors, virtualTokens }) =>
  new Float32Array(vectors.length / virtualTokens);

/** Chooses positions. */
type Choose = (prompt: SoftPrompt, context: CorruptionContext) => readonly number[];

/** Positions that may be chosen. */
const intact: Choose = ({ virtualTokens }, { corrupted = [] }) =>
  Array.from({ length: virtualTokens }, (_, j) => j).filter((j) => !corrupted.includes(j));

/** The k with the most flow; without accumulation (an empty answer) the first ones stand in. */
const accumulating = (k: number): Choose => (prompt, context) => {
  const { accumulation, corrupted = [] } = context;
  const order = accumulation && topPositions(accumulation, prompt.virtualTokens);
  return (order?.filter((j) => !corrupted.includes(j)) ?? intact(prompt, context)).slice(0, k);
};

/** Options of {@linkcode masking}; with `accumulates` it is given the accumulation, over the default layers by default. */
interface Masking {
  readonly name: string;
  readonly choose: Choose;
  readonly gamma: number | undefined;
  readonly accumulates?: { readonly layers: LayerRange | undefined };
  readonly fill?: Fill;
}

function masking(
  { name, choose, gamma = DEFAULTS.gamma, accumulates, fill = zeros }: Masking,
): Corruption {
  if (!(gamma >= 0 && gamma <= 1)) {
    throw new RangeError(`Gamma is a share and must lie in 0 to 1: found ${gamma}`);
  }
  return {
    name,
    ...reading(accumulates),
    corrupt: (prompt, context) => {
      const width = prompt.vectors.length / prompt.virtualTokens;
      const positions = choose(prompt, context);
      const vectors = pruned(prompt.vectors, width, new Set(positions), gamma);
      const row = fill(prompt, positions);
      for (const j of positions) vectors.set(row, j * width);
      return { prompt: prompt.with({ vectors }), positions };
    },
  };
}

const reading = (
  accumulates: Masking["accumulates"],
): Pick<Corruption, "needsSaliency" | "layers"> => ({
  needsSaliency: accumulates !== undefined,
  ...(accumulates?.layers === undefined ? {} : { layers: accumulates.layers }),
});

/**
 * The paper's: row j* times 0, then the smallest Gamma of the other rows' entries set to 0.
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
export function accumulated({ gamma, layers }: AccumulationOptions = {}): Corruption {
  return masking({ name: "accumulated", choose: accumulating(1), gamma, accumulates: { layers } });
}

/** The control: a position drawn by seed and id instead of j*. */
export function randomPosition(options: GammaOptions & { readonly seed: number }): Corruption {
  const { gamma, seed } = options;
  return masking({
    name: "randomPosition",
    choose: (prompt, context) => {
      const positions = intact(prompt, context);
      const drawn = Math.floor(uniform(seed, "position", context.id) * positions.length);
      return positions.slice(drawn, drawn + 1);
    },
    gamma,
  });
}

/** The k positions with the most flow. */
export function topK(options: AccumulationOptions & { readonly k?: number } = {}): Corruption {
  const { gamma, k = DEFAULTS.k, layers } = options;
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`The number of positions must be a whole number of 1 or more: found ${k}`);
  }
  return masking({ name: `topK(${k})`, choose: accumulating(k), gamma, accumulates: { layers } });
}

/** Row j* becomes the mean of the other rows instead of 0; 0 where there is no other. */
export function mean({ gamma, layers }: AccumulationOptions = {}): Corruption {
  return masking({
    name: "mean",
    choose: accumulating(1),
    gamma,
    accumulates: { layers },
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
export function attentionMask({ layers }: Pick<AccumulationOptions, "layers"> = {}): Corruption {
  return {
    name: "attentionMask",
    ...reading({ layers }),
    corrupt: (prompt, context) => {
      const positions = accumulating(1)(prompt, context);
      return { prompt: prompt.with({ hidden: [...prompt.hidden, ...positions] }), positions };
    },
  };
}

/** The smallest Gamma of all entries set to 0, no row masked. */
export function gammaOnly({ gamma }: GammaOptions = {}): Corruption {
  return masking({ name: "gammaOnly", choose: () => [], gamma });
}

/**
 * A copy with the smallest `gamma` of the entries outside of the `except`ed rows set to 0: round(gamma * entries) of them by absolute value,
 * of equals the first.
 */
function pruned(
  vectors: Float32Array,
  width: number,
  except: ReadonlySet<number>,
  gamma: number,
): Float32Array {
  const counts = (at: number) => !except.has(Math.floor(at / width));
  const magnitudes = vectors.map(Math.abs);
  const sorted = magnitudes.filter((_, at) => counts(at)).sort();
  const count = Math.round(gamma * sorted.length);
  const result = vectors.slice();
  if (count === 0) return result;
  const limit = sorted[count - 1]!;
  let equals = count - sorted.findIndex((magnitude) => magnitude === limit);
  for (const [at, magnitude] of magnitudes.entries()) {
    if (!counts(at) || magnitude > limit) continue;
    if (magnitude === limit && equals-- <= 0) continue;
    result[at] = 0;
  }
  return result;
}

/** What a corruption is made with when it is chosen by name; each takes of it what it has. */
export interface CorruptionSettings extends AccumulationOptions {
  /** Positions that topK masks. */
  readonly k?: number;
  /** Seed of random positions. */
  readonly seed: number;
}

const { k, gamma } = DEFAULTS;

/** All corruptions by name; a grid has a point for each value of the options in their `defaults`. */
export const registry: Registry.Registry<Registry.Entry<CorruptionSettings, Corruption>> = {
  kind: "corruption",
  entries: {
    accumulated: {
      description: "the paper's: the position where information accumulates, set to 0",
      defaults: { gamma },
      make: accumulated,
    },
    randomPosition: {
      description: "a position drawn by seed and id, set to 0",
      defaults: { gamma },
      make: randomPosition,
    },
    topK: {
      description: "the k positions with the most flow, set to 0",
      defaults: { k, gamma },
      make: topK,
    },
    mean: {
      description: "the position where information accumulates, set to the mean of the others",
      defaults: { gamma },
      make: mean,
    },
    attentionMask: {
      description: "the position where information accumulates, hidden from attention",
      make: attentionMask,
    },
    gammaOnly: {
      description: "no position, only the smallest entries",
      defaults: { gamma },
      make: gammaOnly,
    },
  },
};
