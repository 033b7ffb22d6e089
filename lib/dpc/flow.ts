/**
 * How the soft prompt drives each step of the rationale in the deep layers (lib/dpc/README.md, "Trigger").
 *
 * @module
 */
import {
  deepLayers,
  type LayerRange,
  layersOf,
  promptFlow,
  reduceOnce,
  type Saliency,
} from "./saliency.ts";

/**
 * s_t = mean over deep l of sum over j in P of I_l[t, j], for each rationale token t.
 *
 * @param layers which layers count as deep; the second half by default
 * @returns [T]
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tokenFlow } from "dynamic-prompt-corruption/dpc";
 *
 * const flow = tokenFlow({
 *   layers: 2, questionRows: 1, rationaleRows: 2, virtualTokens: 2,
 *   promptFlow: Float32Array.of(9, 9, 9, 9, 9, 9, 0, 0, 1, 2, 3, 4), // the deep layer reads 0 to 4
 *   questionToRationale: Float32Array.of(0, 0), rationaleToRationale: Float32Array.of(0, 0),
 * });
 * assert.deepEqual(flow, [3, 7]);
 * ```
 */
export function tokenFlow(
  s: Saliency,
  layers: LayerRange = deepLayers(s.layers),
): readonly number[] {
  return reduceOnce(s, "tokenFlow", layers, () => {
    const deep = layersOf(s, layers);
    return Array.from({ length: s.rationaleRows }, (_, t) => {
      let sum = 0;
      for (const layer of deep) {
        for (let j = 0; j < s.virtualTokens; j++) {
          sum += promptFlow(s, layer, s.questionRows + t, j);
        }
      }
      return sum / deep.length;
    });
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
const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;

/**
 * Share of the tokens of R2 that are affected: s_t > beta.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { affectedRatio } from "dynamic-prompt-corruption/dpc";
 *
 * assert.equal(affectedRatio([1, 1, 0.5, 3], 1), 0.5);
 * ```
 */
export function affectedRatio(flow: readonly number[], beta: number): number {
  return mean(halves(flow).latter.map((s) => s > beta ? 1 : 0));
}

/** What the mean behind beta counts alike: every token, or every instance, however long its rationale. */
export type BetaWeighting = "token" | "instance";

/** The sum behind beta while instances stream by. */
export interface BetaSum {
  /** Sum of what is averaged. */
  readonly sum: number;
  /** How much was summed: tokens or instances. */
  readonly weight: number;
}

/** No instance yet. */
export const NO_BETA: BetaSum = { sum: 0, weight: 0 };

/** Takes the flow s_t of one more instance in; one whose R1 is empty adds nothing. */
export function addToBeta(
  { sum, weight }: BetaSum,
  flow: readonly number[],
  weighting: BetaWeighting = "token",
): BetaSum {
  const { former } = halves(flow);
  const counts = weighting === "token" ? former.length : Math.min(1, former.length);
  return { sum: sum + counts * mean(former), weight: weight + counts };
}

/** beta of the instances so far, 0 of none. */
export const betaOf = ({ sum, weight }: BetaSum): number => weight === 0 ? 0 : sum / weight;

/**
 * beta: mean of s_t over R1, over all instances ("the average intensity of information flow from the soft prompt to the former part of
 * the reasoning tokens").
 *
 * @param flows s_t of each instance of the tuning split, or of one instance for the per-instance reading
 * @param weighting what counts alike; tokens by default
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { beta } from "dynamic-prompt-corruption/dpc";
 *
 * const flows = [[1, 3, 9, 9], [5, 9]];
 * assert.equal(beta(flows), 3); // the mean of 1, 3 and 5
 * assert.equal(beta(flows, "instance"), 3.5); // the mean of 2 and 5
 * ```
 */
export function beta(flows: Iterable<readonly number[]>, weighting?: BetaWeighting): number {
  let total = NO_BETA;
  for (const flow of flows) total = addToBeta(total, flow, weighting);
  return betaOf(total);
}

/** Late deep flow: mean of s_t over R2. */
export const lateFlow = (flow: readonly number[]): number => mean(halves(flow).latter);

/** Its maximum over R2, 0 of nothing. */
export const lateFlowMaximum = (flow: readonly number[]): number =>
  halves(flow).latter.reduce((most, s) => Math.max(most, s), 0);
