/**
 * Information flow from saliency (lib/dpc/README.md, Eq. 1): I_l[i, j] is the strength of the flow from position j to position i in layer l.
 *
 * P are the n virtual tokens of the soft prompt, Q the question's tokens, R the rationale's. The engine gives I_l reduced to the
 * columns of P; rows are those of Q, then those of R.
 *
 * @module
 */
import type { SaliencyResult } from "../model/mod.ts";
import type { Probe } from "./probe.ts";

/** Saliency of one instance, or what another probe measured in its place. */
export type Saliency = Omit<SaliencyResult, "maps" | "logProbabilities"> & {
  /** What measured it; saliency of the mean loss by default. */
  readonly probe?: Probe;
};

/** Layers from `start` to `end - 1`. */
export interface LayerRange {
  /** The first layer. */
  readonly start: number;
  /** Exclusive end layer. */
  readonly end: number;
}

/** The first half of the layers, where the paper finds accumulation; the only one if there is one. */
export const shallowLayers = (layers: number): LayerRange => ({
  start: 0,
  end: Math.max(1, Math.floor(layers / 2)),
});

/** The second half of the layers, with the middle one of an odd number, where the paper finds the prompt driving later steps. */
export const deepLayers = (layers: number): LayerRange => ({
  start: Math.floor(layers / 2),
  end: layers,
});

/** All layers. */
export const allLayers = (layers: number): LayerRange => ({ start: 0, end: layers });

/** The layers of a range, which must exist in the model and be at least one. */
export function layersOf({ layers }: Saliency, { start, end }: LayerRange): readonly number[] {
  if (
    !(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end &&
      end <= layers)
  ) {
    throw new RangeError(
      `A range of layers must lie in 0 to ${layers}, the end excluded: found ${start} to ${end}`,
    );
  }
  return Array.from({ length: end - start }, (_, at) => start + at);
}

const reductions = new WeakMap<Saliency, Map<string, unknown>>();

/** A reduction of a saliency over layers, kept as long as the saliency: triggers, corruption and report ask for the same ones. */
export function reduceOnce<A>(s: Saliency, name: string, layers: LayerRange, reduce: () => A): A {
  const kept = reductions.get(s) ?? new Map<string, unknown>();
  const key = `${name} ${layers.start} ${layers.end}`;
  if (!kept.has(key)) kept.set(key, reduce());
  reductions.set(s, kept);
  return kept.get(key) as A;
}

/** I_l[i, j] of the flow from the soft prompt; i counts the question's tokens first. */
export function promptFlow(s: Saliency, layer: number, i: number, j: number): number {
  const rows = s.questionRows + s.rationaleRows;
  return s.promptFlow[(layer * rows + i) * s.virtualTokens + j]!;
}

/** Mean flows between blocks, for each layer. */
export interface BlockFlow {
  /** From the prompt to the question. */
  readonly pq: readonly number[];
  /** From the prompt to the rationale. */
  readonly pr: readonly number[];
  /** From the question to the rationale. */
  readonly qr: readonly number[];
  /** From earlier to later tokens of the rationale. */
  readonly rr: readonly number[];
}

/** Mean of I_l[i, j] over i in Q u R, for each layer l and virtual token j, [layers][n]: where in the prompt each layer reads. */
export function positionFlow(s: Saliency): readonly (readonly number[])[] {
  const rows = s.questionRows + s.rationaleRows;
  return Array.from(
    { length: s.layers },
    (_, layer) =>
      Array.from({ length: s.virtualTokens }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < rows; i++) sum += promptFlow(s, layer, i, j);
        return sum / Math.max(1, rows);
      }),
  );
}

/**
 * S_pq, S_pr, S_qr and S_rr: means of I_l over the valid pairs of two blocks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { blockFlow } from "dynamic-prompt-corruption/dpc";
 *
 * const { pq, pr, qr, rr } = blockFlow({
 *   layers: 1, questionRows: 1, rationaleRows: 1, virtualTokens: 2,
 *   promptFlow: Float32Array.of(1, 2, 3, 4),
 *   questionToRationale: Float32Array.of(6), rationaleToRationale: Float32Array.of(7),
 * });
 * assert.deepEqual({ pq, pr, qr, rr }, { pq: [1.5], pr: [3.5], qr: [6], rr: [7] });
 * ```
 */
export function blockFlow(s: Saliency): BlockFlow {
  const layers = Array.from({ length: s.layers }, (_, layer) => layer);
  const mean = (from: number, to: number) => (layer: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) {
      for (let j = 0; j < s.virtualTokens; j++) sum += promptFlow(s, layer, i, j);
    }
    return sum / Math.max(1, (to - from) * s.virtualTokens);
  };
  return {
    pq: layers.map(mean(0, s.questionRows)),
    pr: layers.map(mean(s.questionRows, s.questionRows + s.rationaleRows)),
    qr: Array.from(s.questionToRationale),
    rr: Array.from(s.rationaleToRationale),
  };
}
