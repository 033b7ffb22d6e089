/**
 * Triggers made of triggers.
 *
 * @module
 */
import type { Instance, MeasuredInstance, Trigger } from "./make_trigger.ts";
import { SALIENCY, sameProbe } from "./probe.ts";

/** How far a score lies above its threshold: what scores of different kinds have in common. */
const margin = (trigger: Trigger, instance: MeasuredInstance) =>
  trigger.score(instance) - trigger.threshold;

/** What measures the flow for both; they are given one. */
function measured(a: Trigger, b: Trigger): Pick<Trigger, "needsSaliency" | "probe"> {
  const [first, other = first] = [a, b].filter(({ needsSaliency }) => needsSaliency);
  if (first === undefined) return { needsSaliency: false };
  const { probe = SALIENCY } = first;
  if (!sameProbe(probe, other?.probe ?? SALIENCY)) {
    throw new RangeError(`${a.name} and ${b.name} read the flow by different probes`);
  }
  return { needsSaliency: true, probe };
}

/** Fires where both do; scores the smaller of their margins. */
export function and(a: Trigger, b: Trigger): Trigger {
  return {
    name: `(${a.name} and ${b.name})`,
    ...measured(a, b),
    score: (instance) => Math.min(margin(a, instance), margin(b, instance)),
    threshold: 0,
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
 * const instance = {
 *   id: "gsm8k/7", question: "What is 3 + 4?", text: "It is 7.", ids: [11, 12, 13, 14],
 *   logProbabilities: [-0.25, -0.25, 0, -1.25], saliency: undefined,
 * };
 * // one token is unlikely, though the mean is not
 * assert.equal(Trigger.decide(either, instance).fired, true);
 * ```
 */
export function or(a: Trigger, b: Trigger): Trigger {
  return {
    name: `(${a.name} or ${b.name})`,
    ...measured(a, b),
    score: (instance) => Math.max(margin(a, instance), margin(b, instance)),
    threshold: 0,
  };
}

/**
 * Fires where the other does not; scores the negative of its margin, and just above 0 where that is 0, as the other does not fire at its
 * threshold.
 */
export function not(a: Trigger): Trigger {
  return {
    name: `not ${a.name}`,
    ...measured(a, a),
    score: (instance) => -margin(a, instance) || Number.MIN_VALUE,
    threshold: 0,
  };
}

/** A score far from every threshold, yet finite, as records are JSON. */
const CERTAIN = 1e9;

/** Options of {@linkcode cascade}. */
export interface CascadeOptions {
  /** Decides alone where its score is at most the first of `doubt`, and does not fire, or above the second, and fires. */
  readonly cheap: Trigger;
  /** Decides between them; its flow is measured there alone. */
  readonly costly: Trigger;
  /** Scores of the cheap one between which it is not trusted. */
  readonly doubt: readonly [low: number, high: number];
}

/** Measures the flow only where a trigger that needs none is in doubt. */
export function cascade({ cheap, costly, doubt: [low, high] }: CascadeOptions): Trigger {
  if (cheap.needsSaliency) {
    throw new RangeError(`${cheap.name} reads the flow, which a cascade is to save`);
  }
  const early = (instance: Instance) => {
    const score = cheap.score({ ...instance, saliency: undefined });
    return score <= low ? -CERTAIN : score > high ? CERTAIN : undefined;
  };
  return {
    name: `${cheap.name}~${costly.name}`,
    ...measured(costly, costly),
    early,
    score: (instance) => early(instance) ?? margin(costly, instance),
    threshold: 0,
  };
}
