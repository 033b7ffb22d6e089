/**
 * Triggers that look at nothing, or at what costs nothing to see: the controls.
 *
 * @module
 */
import { accumulated, type Corruption } from "./corruption/mod.ts";
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

/** Long answers are more often wrong: a control for every trigger that grows with the length. */
export function length({ threshold }: { readonly threshold: number }): Trigger {
  return make({ name: "length", threshold, score: ({ ids }) => ids.length });
}

/**
 * Fires where the first answer differs from another one: that without the soft prompt, or that under a corrupted one. It costs that
 * answer for every instance.
 */
export function disagreement(
  { against }: { readonly against: "base" | Corruption },
): Trigger {
  return {
    ...make({
      name: against === "base" ? "disagreementBase" : "disagreement",
      threshold: 0.5,
      score: ({ agrees }) => agrees === false ? 1 : 0,
    }),
    against,
  };
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
  sameRate: {
    description: "corrects at random as many as the prompt's trigger does on dev",
    needs: ["rate", "seed"],
    make: ({ rate, seed }) => {
      if (rate === undefined) {
        throw new RangeError(
          "Cannot correct at the trigger's rate as the prompt has no calibration",
        );
      }
      return { ...random({ p: rate, seed }), name: "sameRate" };
    },
  },
  length: {
    description: "tokens of the answer",
    needs: ["threshold"],
    control: true,
    make: length,
  },
  disagreement: {
    description: "the answer differs from that under the prompt corrupted as the paper does",
    needs: ["shallow"],
    control: true,
    make: ({ shallow, probe }) =>
      disagreement({
        against: accumulated({ ...(shallow && { layers: shallow }), ...(probe && { probe }) }),
      }),
  },
  disagreementBase: {
    description: "the answer differs from that without a soft prompt",
    needs: [],
    control: true,
    make: () => disagreement({ against: "base" }),
  },
};
