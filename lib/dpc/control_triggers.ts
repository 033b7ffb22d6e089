/**
 * Triggers that look at nothing: the controls.
 *
 * @module
 */
import { type Instance, make, type Trigger, type TriggerEntry } from "./make_trigger.ts";
import { uniform } from "./random.ts";

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

/** Their entries in the table of triggers. */
export const CONTROL_TRIGGERS: Readonly<Record<string, TriggerEntry>> = {
  never: { description: "corrects nothing", needs: [], make: () => never },
  always: { description: "corrects everything", needs: [], make: () => always },
  random: {
    description: "corrects the share p of the instances: random(0.3)",
    defaults: { p: 0.5 },
    needs: ["p", "seed"],
    make: ({ p = 0.5, seed }) => random({ p, seed }),
  },
};
