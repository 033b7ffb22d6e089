/**
 * Random instances of the method for property tests.
 *
 * @module
 */
import fc from "fast-check";
import type { Saliency, Trigger } from "../../lib/dpc/mod.ts";

/** Sizes of a saliency; what is not given is random. */
export interface Sizes {
  readonly layers: number;
  readonly questionRows: number;
  readonly rationaleRows: number;
  readonly virtualTokens: number;
}

/** A saliency of the given flow I_l[i, j]; its other fields count up. */
export function saliencyOf(
  sizes: Sizes,
  flow: (layer: number, i: number, j: number) => number,
): Saliency {
  const { layers, questionRows, rationaleRows, virtualTokens } = sizes;
  const rows = questionRows + rationaleRows;
  return {
    ...sizes,
    promptFlow: Float32Array.from({ length: layers * rows * virtualTokens }, (_, at) => {
      const row = Math.floor(at / virtualTokens);
      return flow(Math.floor(row / rows), row % rows, at % virtualTokens);
    }),
    questionToRationale: Float32Array.from({ length: layers }, (_, layer) => layer),
    rationaleToRationale: Float32Array.from({ length: layers }, (_, layer) => layer / 2),
  };
}

/** Any saliency, rationales of none or one token and prompts of one vector included. */
export const saliency: fc.Arbitrary<Saliency> = fc
  .record({
    layers: fc.integer({ min: 1, max: 6 }),
    questionRows: fc.integer({ min: 1, max: 4 }),
    rationaleRows: fc.integer({ min: 0, max: 6 }),
    virtualTokens: fc.integer({ min: 1, max: 5 }),
  })
  .chain((sizes) => {
    const length = sizes.layers * (sizes.questionRows + sizes.rationaleRows) * sizes.virtualTokens;
    // Few values, so that equal ones are common.
    const value = fc.oneof(fc.constantFrom(0, 0.25, 1), fc.float({ min: 0, max: 2, noNaN: true }));
    return fc
      .array(value, { minLength: length, maxLength: length })
      .map((values) => ({
        ...saliencyOf(sizes, () => 0),
        promptFlow: Float32Array.from(values),
      }));
  });

/** Any instance that a trigger may see, that of an empty answer included. */
export const instance: fc.Arbitrary<Trigger.MeasuredInstance> = fc.record({
  id: fc.string(),
  question: fc.string(),
  text: fc.string(),
  ids: fc.array(fc.nat(), { maxLength: 6 }),
  saliency: fc.option(saliency, { nil: undefined }),
  logProbabilities: fc.array(fc.double({ min: -20, max: 0, noNaN: true }), { maxLength: 6 }),
});

/** An empty answer. */
export const ANSWER = { question: "", text: "", ids: [], logProbabilities: [] } as const;
