/**
 * Where information accumulates in the soft prompt (lib/dpc/README.md, "Accumulation").
 *
 * @module
 */
import {
  type LayerRange,
  layersOf,
  promptFlow,
  reduceOnce,
  type Saliency,
  shallowLayers,
} from "./saliency.ts";

/** Flow out of each virtual token, and the one it accumulates at. */
export interface Accumulation {
  /** a(j), [n]. */
  readonly perPosition: readonly number[];
  /** j* = argmax a(j), the first of equals. */
  readonly position: number;
  /** a(j*) / sum of a(j); 1/n when nothing flows. */
  readonly share: number;
  /** The share against a uniform one: share * n, 1 for no accumulation, n for all at one position. */
  readonly concentration: number;
}

/** Rows that an accumulation sums over: question and rationale, or the latter half of the rationale alone. */
export type AccumulationRows = "all" | "latter";

/**
 * a(j) = sum over shallow l, sum over i in Q u R of I_l[i, j].
 *
 * @param s saliency of an instance with a soft prompt, n >= 1
 * @param layers which layers count as shallow; the first half by default
 * @param rows which rows count; all by default
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { accumulation } from "dynamic-prompt-corruption/dpc";
 *
 * const { position, share, concentration } = accumulation({
 *   layers: 2, questionRows: 1, rationaleRows: 1, virtualTokens: 2,
 *   promptFlow: Float32Array.of(1, 2, 0, 1, 9, 0, 9, 0), // the shallow layer reads 1, 2, 0 and 1
 *   questionToRationale: Float32Array.of(0, 0), rationaleToRationale: Float32Array.of(0, 0),
 * });
 * assert.deepEqual({ position, share, concentration }, { position: 1, share: 0.75, concentration: 1.5 });
 * ```
 */
export function accumulation(
  s: Saliency,
  layers: LayerRange = shallowLayers(s.layers),
  rows: AccumulationRows = "all",
): Accumulation {
  return reduceOnce(s, `accumulation ${rows}`, layers, () => {
    const first = rows === "all" ? 0 : s.questionRows + Math.floor(s.rationaleRows / 2);
    const perPosition = new Array<number>(s.virtualTokens).fill(0);
    for (const layer of layersOf(s, layers)) {
      for (let i = first; i < s.questionRows + s.rationaleRows; i++) {
        for (let j = 0; j < s.virtualTokens; j++) perPosition[j]! += promptFlow(s, layer, i, j);
      }
    }
    const total = perPosition.reduce((sum, a) => sum + a, 0);
    const position = perPosition.reduce((best, a, j) => a > perPosition[best]! ? j : best, 0);
    const share = total > 0 ? perPosition[position]! / total : 1 / s.virtualTokens;
    return { perPosition, position, share, concentration: share * s.virtualTokens };
  });
}

/** The k positions with the most flow, the most first; of equals the first. */
export function topPositions({ perPosition }: Accumulation, k: number): readonly number[] {
  return perPosition.map((_, j) => j)
    .sort((a, b) => perPosition[b]! - perPosition[a]! || a - b)
    .slice(0, k);
}
