/**
 * Stage 1, Dynamic Trigger: whether an instance is to be corrected. A trigger gives each instance a score, higher where the answer
 * is more likely wrong, and fires above its threshold.
 *
 * @module
 */
import { accumulation } from "./accumulation.ts";
import { affectedRatio as ratioOf, beta as betaOf, lateFlow as lateFlowOf } from "./flow.ts";
import { lateFlowMaximum as lateFlowMaximumOf, tokenFlow } from "./flow.ts";
import { randomOf } from "./random.ts";
import type { LayerRange, Saliency } from "./saliency.ts";

/** What a trigger may look at. */
export interface Instance {
  readonly id: string;
  /** Saliency of the first answer; absent when no trigger of the arm needs it, or the answer is empty. */
  readonly saliency: Saliency | undefined;
  /** Natural log-probability of each token of the first answer. */
  readonly logProbabilities: readonly number[];
}

/** A rule that decides which instances are corrected. */
export interface Trigger {
  readonly name: string;
  /** Whether it reads the saliency: if not, none is computed for it. */
  readonly needsSaliency: boolean;
  /** Higher means more likely wrong. */
  readonly score: (instance: Instance) => number;
  /** Whether the instance is corrected. */
  readonly fires: (instance: Instance) => boolean;
}

/** A trigger that fires above a threshold. */
function above(
  name: string,
  needsSaliency: boolean,
  threshold: number,
  score: Trigger["score"],
): Trigger {
  return { name, needsSaliency, score, fires: (instance) => score(instance) > threshold };
}

/** A score from the saliency; 0, which no threshold of flow lies below, where there is none. */
const ofSaliency = (score: (s: Saliency) => number) => ({ saliency }: Instance) =>
  saliency === undefined ? 0 : score(saliency);

/** Corrects nothing. */
export const never: Trigger = above("never", false, 0.5, () => 0);

/** Corrects everything. */
export const always: Trigger = above("always", false, 0.5, () => 1);

/** Corrects a share p of the instances, chosen by seed and id. */
export function random(options: { readonly p: number; readonly seed: number }): Trigger {
  const { p, seed } = options;
  return above(`random(${p})`, false, 1 - p, ({ id }) => randomOf(seed, id).number());
}

/** A threshold, and which layers count as deep. */
export interface ThresholdOptions {
  readonly threshold: number;
  readonly layers?: LayerRange;
}

/** Options of {@linkcode affectedRatio}. */
export interface AffectedRatioOptions {
  /** A token is affected when its flow is above beta; "instance" takes each instance's own mean over R1. */
  readonly beta: number | "instance";
  /** It fires when the share of affected tokens in the latter half is above rho. */
  readonly rho: number;
  readonly layers?: LayerRange;
}

/** The paper's trigger: the share of affected tokens in the latter half of the rationale. */
export function affectedRatio({ beta, rho, layers }: AffectedRatioOptions): Trigger {
  return above(
    "affectedRatio",
    true,
    rho,
    ofSaliency((s) => {
      const flow = tokenFlow(s, layers);
      return ratioOf(flow, beta === "instance" ? betaOf([flow]) : beta);
    }),
  );
}

/** Mean flow of the latter half. */
export function lateFlow({ threshold, layers }: ThresholdOptions): Trigger {
  return above("lateFlow", true, threshold, ofSaliency((s) => lateFlowOf(tokenFlow(s, layers))));
}

/** Largest flow of the latter half. */
export function lateFlowMaximum({ threshold, layers }: ThresholdOptions): Trigger {
  return above(
    "lateFlowMaximum",
    true,
    threshold,
    ofSaliency((s) => lateFlowMaximumOf(tokenFlow(s, layers))),
  );
}

/** Share of the flow that accumulates at one position; `layers` are the shallow ones. */
export function accumulationShare({ threshold, layers }: ThresholdOptions): Trigger {
  return above(
    "accumulationShare",
    true,
    threshold,
    ofSaliency((s) => accumulation(s, layers).share),
  );
}

/** The control that needs no gradient: the negative log-probability of the least likely token. */
export function lowestConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return above(
    "lowestConfidence",
    false,
    threshold,
    ({ logProbabilities }) => logProbabilities.reduce((most, p) => Math.max(most, -p), 0),
  );
}

/** The control in the mean: the negative mean log-probability of the tokens. */
export function meanConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return above(
    "meanConfidence",
    false,
    threshold,
    ({ logProbabilities }) =>
      -logProbabilities.reduce((sum, p) => sum + p, 0) / Math.max(1, logProbabilities.length),
  );
}

/** Fires where both do; scores the smaller of the two. */
export function and(a: Trigger, b: Trigger): Trigger {
  return {
    name: `${a.name} and ${b.name}`,
    needsSaliency: a.needsSaliency || b.needsSaliency,
    score: (instance) => Math.min(a.score(instance), b.score(instance)),
    fires: (instance) => a.fires(instance) && b.fires(instance),
  };
}

/** Fires where one of the two does; scores the larger of the two. */
export function or(a: Trigger, b: Trigger): Trigger {
  return {
    name: `${a.name} or ${b.name}`,
    needsSaliency: a.needsSaliency || b.needsSaliency,
    score: (instance) => Math.max(a.score(instance), b.score(instance)),
    fires: (instance) => a.fires(instance) || b.fires(instance),
  };
}

/** Fires where the other does not; scores its negative. */
export function not(a: Trigger): Trigger {
  return {
    name: `not ${a.name}`,
    needsSaliency: a.needsSaliency,
    score: (instance) => -a.score(instance),
    fires: (instance) => !a.fires(instance),
  };
}
