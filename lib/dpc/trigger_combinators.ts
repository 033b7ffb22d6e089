/**
 * Triggers made of triggers.
 *
 * @module
 */
import type { Instance, Trigger } from "./make_trigger.ts";

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
