/**
 * How the soft prompt drives each step of the rationale in the deep layers (METHOD.md, "Stage 1").
 *
 * @module
 */
import { deepLayers, type LayerRange, promptFlow, type Saliency } from "./saliency.ts";

/**
 * s_t = mean over deep l of sum over j in P of I_l[t, j], for each rationale token t.
 *
 * @param layers which layers count as deep; the second half by default
 * @returns [T]
 */
export function tokenFlow(
  s: Saliency,
  layers: LayerRange = deepLayers(s.layers),
): readonly number[] {
  return Array.from({ length: s.rationaleRows }, (_, t) => {
    let sum = 0;
    for (let layer = layers.start; layer < layers.end; layer++) {
      for (let j = 0; j < s.virtualTokens; j++) sum += promptFlow(s, layer, s.questionRows + t, j);
    }
    return sum / Math.max(1, layers.end - layers.start);
  });
}

/** The flow of the two halves of a rationale. */
export interface Halves {
  /** R1, the former part. */
  readonly former: readonly number[];
  /** R2, the latter part, with the middle token of an odd number. */
  readonly latter: readonly number[];
}

/** R1 and R2: the first and the second half of the rationale. */
export function halves(flow: readonly number[]): Halves {
  const middle = Math.floor(flow.length / 2);
  return { former: flow.slice(0, middle), latter: flow.slice(middle) };
}

/** Mean, 0 of nothing. */
export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;

/** Share of the tokens of R2 that are affected: s_t > beta. */
export function affectedRatio(flow: readonly number[], beta: number): number {
  return mean(halves(flow).latter.map((s) => s > beta ? 1 : 0));
}

/**
 * beta: mean of s_t over R1, over all instances ("the average intensity of information flow from the soft prompt to the former part of
 * the reasoning tokens"). Every token counts the same, whichever instance it is of.
 *
 * @param flows s_t of each instance of the tuning split, or of one instance for the per-instance reading
 */
export function beta(flows: readonly (readonly number[])[]): number {
  return mean(flows.flatMap((flow) => halves(flow).former));
}

/** Late deep flow: mean of s_t over R2. */
export const lateFlow = (flow: readonly number[]): number => mean(halves(flow).latter);

/** Its maximum over R2, 0 of nothing. */
export const lateFlowMaximum = (flow: readonly number[]): number =>
  halves(flow).latter.reduce((most, s) => Math.max(most, s), 0);
