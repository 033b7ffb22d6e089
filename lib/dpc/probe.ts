/**
 * Ways to measure the flow of information from the soft prompt. Each gives the form of saliency, so that triggers and accumulation read any.
 *
 * @module
 */
import type { Loss } from "../model/mod.ts";
import { Registry } from "../registry/mod.ts";

/** Names of the probes. */
export type ProbeName =
  | "saliency"
  | "attention"
  | "gradientInput"
  | "divergence"
  | "occlusion"
  | "lateFlowChange";

/** A probe with its options. */
export interface Probe {
  /** Which probe. */
  readonly name: ProbeName;
  /** Of which loss it takes the gradient, where it takes one: the mean over the answer's tokens, or the sum. */
  readonly loss: Loss;
}

/** A probe in the table of probes. */
export interface ProbeEntry {
  /** What it measures, in a few words. */
  readonly description: string;
  /** Passes over question and answer that it takes, for n virtual tokens. */
  readonly passes: (n: number) => Passes;
}

/** Passes over a text. */
export interface Passes {
  /** Forward and back. */
  readonly gradients: number;
  /** Forward alone. */
  readonly forwards: number;
}

/** The paper's, with the mean: flows of answers of different lengths then shrink with the length. */
export const SALIENCY: Probe = { name: "saliency", loss: "mean" };

/** All probes. */
export const probes: Registry.Registry<ProbeEntry, ProbeName> = {
  kind: "probe",
  entries: {
    saliency: {
      description: "attention times its gradient, the paper's",
      passes: () => ({ gradients: 1, forwards: 0 }),
    },
    attention: {
      description: "attention alone, mean of the heads",
      passes: () => ({ gradients: 0, forwards: 1 }),
    },
    gradientInput: {
      description:
        "gradient times input of each vector, of the loss of either half of the rationale",
      passes: () => ({ gradients: 2, forwards: 0 }),
    },
    divergence: {
      description:
        "KL of the next token's distributions with and without the prompt, the same for all positions",
      passes: () => ({ gradients: 0, forwards: 2 }),
    },
    occlusion: {
      description: "KL of the next token's distributions with all vectors and without each of them",
      passes: (n) => ({ gradients: 0, forwards: 2 * n }),
    },
    lateFlowChange: {
      description: "by how much hiding each vector changes the late flow",
      passes: (n) => ({ gradients: n + 1, forwards: 0 }),
    },
  },
};

/** Whether two probes measure the same. */
export const sameProbe = (a: Probe, b: Probe): boolean => a.name === b.name && a.loss === b.loss;

/** A name such as "lateFlow@attention": what reads the flow, and the probe that measures it where that is another than saliency. */
export function splitProbe(name: string): { readonly reader: string; readonly probe?: string } {
  const at = name.indexOf("@");
  return at < 0 ? { reader: name } : { reader: name.slice(0, at), probe: name.slice(at + 1) };
}
