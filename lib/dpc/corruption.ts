/**
 * Stage 2, Dynamic Corruption: the soft prompt P becomes P_c, under which the answer is generated again.
 *
 * @module
 */
import { type Accumulation, topPositions } from "./accumulation.ts";
import { uniform } from "./random.ts";

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
  /** How tables and run.json call it. */
  readonly name: string;
  /** Whether it reads the saliency of the first answer. */
  readonly needsSaliency: boolean;
  /** Makes the corrupted prompt of an instance. */
  readonly corrupt: (input: CorruptionInput) => Corrupted;
}

/** Options that corruptions of vectors share. */
export interface GammaOptions {
  /** Share of the other rows' entries, the smallest by absolute value, that become 0; 0.1 by default. */
  readonly gamma?: number;
}

const GAMMA = 0.1;

/** What stands in the place of a masked row, [d]. */
type Fill = (input: CorruptionInput, positions: readonly number[]) => Float32Array;

const zeros: Fill = ({ vectors, virtualTokens }) =>
  new Float32Array(vectors.length / virtualTokens);

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
  fill: Fill = zeros,
): Corruption {
  if (!(gamma >= 0 && gamma <= 1)) {
    throw new RangeError(`Gamma is a share and must lie in 0 to 1: found ${gamma}`);
  }
  return {
    name,
    needsSaliency,
    corrupt: (input) => {
      const width = input.vectors.length / input.virtualTokens;
      const positions = choose(input);
      const vectors = pruned(input.vectors, width, new Set(positions), gamma);
      const row = fill(input, positions);
      for (const j of positions) vectors.set(row, j * width);
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
    ({ id, virtualTokens }) => [Math.floor(uniform(seed, "position", id) * virtualTokens)],
    gamma,
  );
}

/** The k positions with the most flow. */
export function topK(options: GammaOptions & { readonly k: number }): Corruption {
  const { gamma = GAMMA, k } = options;
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`The number of positions must be a whole number of 1 or more: found ${k}`);
  }
  return masking(`topK(${k})`, true, accumulating(k), gamma);
}

/** Row j* becomes the mean of the other rows instead of 0; 0 where there is no other. */
export function mean({ gamma = GAMMA }: GammaOptions = {}): Corruption {
  return masking("mean", true, accumulating(1), gamma, meanOfOthers);
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
