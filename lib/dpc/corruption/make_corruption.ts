/**
 * What a corruption is, and how one masks positions that a rule chooses.
 *
 * @module
 */
import { type Accumulation, type AccumulationRows, topPositions } from "../accumulation.ts";
import type { SoftPrompt } from "../../prompt/mod.ts";
import type { Probe } from "../probe.ts";
import type { LayerRange } from "../saliency.ts";

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
  /** What measures it; `SALIENCY` by default. */
  readonly probe?: Probe;
  /** Layers that the accumulation it is given is summed over; the first half by default. */
  readonly layers?: LayerRange | "all";
  /** Rows that it is summed over; all by default. */
  readonly rows?: AccumulationRows;
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
  readonly layers?: LayerRange | "all";
  /** What measures the flow; `SALIENCY` by default. */
  readonly probe?: Probe;
}

/** What stands in the place of a masked row, [width]. */
export type Fill = (prompt: SoftPrompt, positions: readonly number[]) => Float32Array;

const zeros: Fill = ({ vectors, virtualTokens }) =>
  new Float32Array(vectors.length / virtualTokens);

/** The prompt with positions of which nothing is read any more, keys and values in any layer. */
export const hidden = (prompt: SoftPrompt, positions: readonly number[]): SoftPrompt =>
  prompt.with({ hidden: [...prompt.hidden, ...positions] });

/** Chooses positions. */
export type Choose = (prompt: SoftPrompt, context: CorruptionContext) => readonly number[];

/** Positions that may be chosen. */
export const intact: Choose = ({ virtualTokens }, { corrupted = [] }) =>
  Array.from({ length: virtualTokens }, (_, j) => j).filter((j) => !corrupted.includes(j));

/** The k with the most flow; without accumulation (an empty answer) the first ones stand in. */
export const accumulating = (k: number): Choose => (prompt, context) => {
  const { accumulation, corrupted = [] } = context;
  const order = accumulation && topPositions(accumulation, prompt.virtualTokens);
  return (order?.filter((j) => !corrupted.includes(j)) ?? intact(prompt, context)).slice(0, k);
};

/** Options of {@linkcode masking}; with `accumulates` it is given the accumulation, over the default layers by default. */
export interface Masking {
  readonly name: string;
  readonly choose: Choose;
  readonly gamma: number | undefined;
  readonly accumulates?: Reading;
  readonly fill?: Fill;
}

/**
 * A corruption that sets chosen rows to 0, or to what fills them, and the smallest entries of the others to 0. Rows that are keys and values
 * are hidden from attention instead of being 0: a key of zeros takes the attention of a score of 0.
 */
export function masking(
  { name, choose, gamma = DEFAULTS.gamma, accumulates, fill }: Masking,
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
      if (fill === undefined && prompt.method === "prefix") {
        return { prompt: hidden(prompt.with({ vectors }), positions), positions };
      }
      const row = (fill ?? zeros)(prompt, positions);
      for (const j of positions) vectors.set(row, j * width);
      return { prompt: prompt.with({ vectors }), positions };
    },
  };
}

/** Which accumulation a corruption is given. */
export type Reading = Pick<AccumulationOptions, "layers" | "probe"> & Pick<Corruption, "rows">;

/** What a corruption says of the accumulation that it reads, if it reads one. */
export const reading = (
  accumulates: Reading | undefined,
): Pick<Corruption, "needsSaliency" | keyof Reading> => {
  if (accumulates === undefined) return { needsSaliency: false };
  const { layers, probe, rows } = accumulates;
  return {
    needsSaliency: true,
    ...layers && { layers },
    ...probe && { probe },
    ...rows && { rows },
  };
};

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
