/**
 * Stage 2, Dynamic Corruption: the soft prompt P becomes P_c, under which the answer is generated again.
 *
 * @module
 */
import { type Accumulation, topPositions } from "./accumulation.ts";
import { randomOf } from "./random.ts";

/** What a corruption may look at. */
export interface CorruptionInput {
  /** Id of the instance. */
  readonly id: string;
  /** P, [n, d] row-major. */
  readonly vectors: Float32Array;
  /** n. */
  readonly virtualTokens: number;
  /** Where information accumulates; absent when the corruption does not need it, or the first answer is empty. */
  readonly accumulation: Accumulation | undefined;
}

/** A corrupted prompt. */
export interface Corrupted {
  /** P_c, [n, d] row-major; a new array. */
  readonly vectors: Float32Array;
  /** Virtual tokens that nothing may attend to. */
  readonly hidden: readonly number[];
  /** The positions that were chosen. */
  readonly positions: readonly number[];
}

/** A way to corrupt a prompt. */
export interface Corruption {
  readonly name: string;
  readonly needsSaliency: boolean;
  readonly corrupt: (input: CorruptionInput) => Corrupted;
}

/** Options that corruptions of vectors share. */
export interface GammaOptions {
  /** Share of the other rows' entries, the smallest by absolute value, that become 0; 0.1 by default. */
  readonly gamma?: number;
}

const GAMMA = 0.1;

/** Chooses positions; without accumulation (an empty answer) the first ones stand in. */
type Choose = (input: CorruptionInput) => readonly number[];

const accumulating = (k: number): Choose => ({ accumulation, virtualTokens }) =>
  accumulation === undefined
    ? Array.from({ length: Math.min(k, virtualTokens) }, (_, j) => j)
    : topPositions(accumulation, k);

function masking(
  name: string,
  needsSaliency: boolean,
  choose: Choose,
  gamma: number,
  fill: (vectors: Float32Array, width: number) => Float32Array = (_, width) =>
    new Float32Array(width),
): Corruption {
  return {
    name,
    needsSaliency,
    corrupt: (input) => {
      const width = input.vectors.length / input.virtualTokens;
      const positions = choose(input);
      const vectors = pruned(input.vectors, width, new Set(positions), gamma);
      for (const j of positions) vectors.set(fill(input.vectors, width), j * width);
      return { vectors, hidden: [], positions };
    },
  };
}

/** The paper's: row j* times 0, then the smallest Gamma of the other rows' entries set to 0. */
export function accumulated({ gamma = GAMMA }: GammaOptions = {}): Corruption {
  return masking("accumulated", true, accumulating(1), gamma);
}

/** The control: a position drawn by seed and id instead of j*. */
export function randomPosition(options: GammaOptions & { readonly seed: number }): Corruption {
  const { gamma = GAMMA, seed } = options;
  return masking(
    "randomPosition",
    false,
    ({ id, virtualTokens }) => [Math.floor(randomOf(seed, id).number() * virtualTokens)],
    gamma,
  );
}

/** The k positions with the most flow. */
export function topK(options: GammaOptions & { readonly k: number }): Corruption {
  const { gamma = GAMMA, k } = options;
  return masking(`topK(${k})`, true, accumulating(k), gamma);
}

/** Row j* becomes the mean of the prompt's rows instead of 0. */
export function mean({ gamma = GAMMA }: GammaOptions = {}): Corruption {
  return masking("mean", true, accumulating(1), gamma, (vectors, width) => {
    const n = vectors.length / width;
    return Float32Array.from({ length: width }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += vectors[j * width + i]!;
      return sum / n;
    });
  });
}

/** No position attends to j*; the vectors stay as they are. */
export const attentionMask: Corruption = {
  name: "attentionMask",
  needsSaliency: true,
  corrupt: (input) => {
    const positions = accumulating(1)(input);
    return { vectors: input.vectors.slice(), hidden: positions, positions };
  },
};

/** The smallest Gamma of all entries set to 0, no row masked. */
export function gammaOnly({ gamma = GAMMA }: GammaOptions = {}): Corruption {
  return masking("gammaOnly", false, () => [], gamma);
}

/** The smallest `gamma` of the entries outside of the `except`ed rows set to 0: floor(gamma * entries) of them, of equals the first. */
function pruned(
  vectors: Float32Array,
  width: number,
  except: ReadonlySet<number>,
  gamma: number,
): Float32Array {
  const entries = Array.from(vectors.keys()).filter((i) => !except.has(Math.floor(i / width)));
  const result = vectors.slice();
  entries.sort((a, b) => Math.abs(vectors[a]!) - Math.abs(vectors[b]!) || a - b)
    .slice(0, Math.floor(gamma * entries.length))
    .forEach((i) => result[i] = 0);
  return result;
}
