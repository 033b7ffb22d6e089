/**
 * Ways to measure the flow of information from the soft prompt. Each gives the same form, so that triggers and accumulation read any.
 *
 * @module
 */
import type { Loss } from "../model/mod.ts";

/** Names of the probes. */
export type ProbeName = "saliency";

/** A probe with its options. */
export interface Probe {
  /** Which probe. */
  readonly name: ProbeName;
  /** Of which loss it takes the gradient, where it takes one: the mean over the answer's tokens, or the sum. */
  readonly loss: Loss;
}

/** The paper's, with the mean: flows of answers of different lengths then shrink with the length. */
export const SALIENCY: Probe = { name: "saliency", loss: "mean" };

/** Whether two probes measure the same. */
export const sameProbe = (a: Probe, b: Probe): boolean => a.name === b.name && a.loss === b.loss;
