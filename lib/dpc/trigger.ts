/**
 * Stage 1, Dynamic Trigger: whether an instance is to be corrected. A trigger gives each instance a score, higher where the answer
 * is more likely wrong, and fires above its threshold.
 *
 * @module
 */
import { accumulation } from "./accumulation.ts";
import * as Confidence from "./confidence.ts";
import * as Flow from "./flow.ts";
import { tokenFlow } from "./flow.ts";
import { uniform } from "./random.ts";
import type { LayerRange, Saliency } from "./saliency.ts";

/** What a trigger may look at. */
export interface Instance {
  /** The example's id, which seeds what is random. */
  readonly id: string;
  /** Saliency of the first answer; absent when no trigger of the arm needs it, or the answer is empty. */
  readonly saliency: Saliency | undefined;
  /** Natural log-probability of each token of the first answer. */
  readonly logProbabilities: readonly number[];
}

/** A rule that decides which instances are corrected. */
export interface Trigger {
  /** How tables and run.json call it. */
  readonly name: string;
  /** Whether it reads the saliency: if not, none is computed for it. */
  readonly needsSaliency: boolean;
  /** Higher means more likely wrong. */
  readonly score: (instance: Instance) => number;
  /** Score above which it fires. */
  readonly threshold: number;
  /** Whether the instance is corrected. */
  readonly fires: (instance: Instance) => boolean;
}

/** What {@linkcode make} needs. */
export interface TriggerOptions extends Pick<Trigger, "name" | "score" | "threshold"> {
  /** Whether `score` reads the saliency; false by default. */
  readonly needsSaliency?: boolean;
}

/**
 * A trigger that fires where its score is above its threshold.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const long = Trigger.make({
 *   name: "long",
 *   threshold: 2,
 *   score: ({ logProbabilities }) => logProbabilities.length,
 * });
 * const instance = { id: "gsm8k/7", saliency: undefined, logProbabilities: [-0.1, -0.5, -0.2] };
 * assert.equal(long.fires(instance), true);
 * ```
 */
export function make({ needsSaliency = false, ...trigger }: TriggerOptions): Trigger {
  const { score, threshold } = trigger;
  return { ...trigger, needsSaliency, fires: (instance) => score(instance) > threshold };
}

/** A trigger on the saliency; without one, which an empty answer has not, it scores 0. */
const onSaliency = (
  name: string,
  threshold: number,
  score: (saliency: Saliency) => number,
): Trigger =>
  make({
    name,
    threshold,
    needsSaliency: true,
    score: ({ saliency }) => saliency === undefined ? 0 : score(saliency),
  });

/** Corrects nothing. */
export const never: Trigger = make({ name: "never", threshold: 0, score: () => 0 });

/** Corrects everything. */
export const always: Trigger = make({ name: "always", threshold: 0, score: () => 1 });

/** Corrects a share p of the instances, chosen by seed and id. */
export function random(options: { readonly p: number; readonly seed: number }): Trigger {
  const { p, seed } = options;
  if (!(p >= 0 && p <= 1)) throw new RangeError(`A probability must lie in 0 to 1: found ${p}`);
  // In (0, 1], so that p = 1 takes every instance and p = 0 none.
  const score = ({ id }: Instance) => 1 - uniform(seed, "trigger", id);
  return make({ name: `random(${p})`, threshold: 1 - p, score });
}

/** Options of {@linkcode affectedRatio}. */
export interface AffectedRatioOptions {
  /** A token is affected when its flow is above beta; "instance" takes each instance's own mean over R1. */
  readonly beta: number | "instance";
  /** It fires when the share of affected tokens in the latter half is above rho. */
  readonly rho: number;
  /** Which layers count as deep. */
  readonly layers?: LayerRange;
}

/**
 * The paper's trigger: the share of affected tokens in the latter half of the rationale.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const trigger = Trigger.affectedRatio({ beta: 2, rho: 0.4 });
 * const saliency = {
 *   layers: 1, questionRows: 1, rationaleRows: 4, virtualTokens: 1,
 *   promptFlow: Float32Array.of(0, 2, 2, 1, 3),
 *   questionToRationale: Float32Array.of(0), rationaleToRationale: Float32Array.of(0),
 * };
 * const instance = { id: "gsm8k/7", saliency, logProbabilities: [] };
 * assert.equal(trigger.score(instance), 0.5); // of 1 and 3, one is above beta
 * assert.equal(trigger.fires(instance), true);
 * ```
 */
export function affectedRatio({ beta, rho, layers }: AffectedRatioOptions): Trigger {
  const own = beta === "instance";
  return onSaliency(own ? "affectedRatioOwn" : "affectedRatio", rho, (saliency) => {
    const flow = tokenFlow(saliency, layers);
    return Flow.affectedRatio(flow, own ? Flow.beta([flow]) : beta);
  });
}

/** A threshold, and which layers count as deep. */
export interface ThresholdOptions {
  /** The score above which it fires. */
  readonly threshold: number;
  /** Layers that count; the deep half unless told. */
  readonly layers?: LayerRange;
}

/** Mean flow of the latter half. */
export function lateFlow({ threshold, layers }: ThresholdOptions): Trigger {
  return onSaliency("lateFlow", threshold, (s) => Flow.lateFlow(tokenFlow(s, layers)));
}

/** Largest flow of the latter half. */
export function lateFlowMaximum({ threshold, layers }: ThresholdOptions): Trigger {
  return onSaliency(
    "lateFlowMaximum",
    threshold,
    (s) => Flow.lateFlowMaximum(tokenFlow(s, layers)),
  );
}

/** Share of the flow that accumulates at one position; `layers` are the shallow ones. */
export function accumulationShare({ threshold, layers }: ThresholdOptions): Trigger {
  return onSaliency("accumulationShare", threshold, (s) => accumulation(s, layers).share);
}

/** The control that needs no gradient: the negative log-probability of the least likely token. */
export function lowestConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return make({
    name: "lowestConfidence",
    threshold,
    score: ({ logProbabilities }) => -Confidence.lowestConfidence(logProbabilities),
  });
}

/** The control in the mean: the negative mean log-probability of the tokens. */
export function meanConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return make({
    name: "meanConfidence",
    threshold,
    score: ({ logProbabilities }) => -Confidence.meanConfidence(logProbabilities),
  });
}

/** How far a score lies above its threshold: what scores of different kinds have in common. */
const margin = (trigger: Trigger, instance: Instance) =>
  trigger.score(instance) - trigger.threshold;

/** Fires where both do; scores the smaller of their margins. */
export function and(a: Trigger, b: Trigger): Trigger {
  return {
    name: `(${a.name} and ${b.name})`,
    needsSaliency: a.needsSaliency || b.needsSaliency,
    score: (instance) => Math.min(margin(a, instance), margin(b, instance)),
    threshold: 0,
    fires: (instance) => a.fires(instance) && b.fires(instance),
  };
}

/**
 * Fires where one of the two does; scores the larger of their margins.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const either = Trigger.or(
 *   Trigger.meanConfidence({ threshold: 0.5 }),
 *   Trigger.lowestConfidence({ threshold: 1 }),
 * );
 * const instance = { id: "gsm8k/7", saliency: undefined, logProbabilities: [-0.25, -0.25, 0, -1.25] };
 * assert.equal(either.fires(instance), true); // one token is unlikely, though the mean is not
 * ```
 */
export function or(a: Trigger, b: Trigger): Trigger {
  return {
    name: `(${a.name} or ${b.name})`,
    needsSaliency: a.needsSaliency || b.needsSaliency,
    score: (instance) => Math.max(margin(a, instance), margin(b, instance)),
    threshold: 0,
    fires: (instance) => a.fires(instance) || b.fires(instance),
  };
}

/** Fires where the other does not, so also where that one's score is just at its threshold; scores the negative of its margin. */
export function not(a: Trigger): Trigger {
  return {
    name: `not ${a.name}`,
    needsSaliency: a.needsSaliency,
    score: (instance) => -margin(a, instance),
    threshold: 0,
    fires: (instance) => !a.fires(instance),
  };
}
