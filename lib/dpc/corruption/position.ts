/**
 * Corruptions of other positions: accumulation over other layers and rows, and controls that do not depend on the instance's flow.
 *
 * @module
 */
import { uniform } from "../random.ts";
import {
  accumulating,
  type AccumulationOptions,
  type Corruption,
  type GammaOptions,
  intact,
  masking,
} from "./make_corruption.ts";

/** The position where information accumulates over all layers. */
export function accumulatedAll({ gamma, probe }: AccumulationOptions = {}): Corruption {
  return masking({
    name: "accumulatedAll",
    choose: accumulating(1),
    gamma,
    accumulates: { layers: "all", ...(probe && { probe }) },
  });
}

/** The position that the latter half of the rationale reads most; `layers` are the deep ones, all by default. */
export function accumulatedLate({ gamma, ...reading }: AccumulationOptions = {}): Corruption {
  const accumulates = { layers: "all", ...reading, rows: "latter" } as const;
  return masking({ name: "accumulatedLate", choose: accumulating(1), gamma, accumulates });
}

/** A control: the same position of every instance, such as the prompt's most frequent j*. */
export function fixedPosition(
  { position, gamma, name = `position ${position}` }: GammaOptions & {
    /** From 0. */
    readonly position: number;
    /** How tables call it. */
    readonly name?: string;
  },
): Corruption {
  return masking({
    name,
    choose: ({ virtualTokens }, { corrupted = [] }) => {
      if (position >= virtualTokens) {
        throw new RangeError(
          `Cannot corrupt position ${position} of a prompt of ${virtualTokens} vectors`,
        );
      }
      return corrupted.includes(position) ? [] : [position];
    },
    gamma,
  });
}

/** The control without j*: a position drawn by seed and id of those where information does not accumulate; j* where there is no other. */
export function otherPosition(
  { seed, gamma, ...accumulates }: AccumulationOptions & { readonly seed: number },
): Corruption {
  return masking({
    name: "otherPosition",
    choose: (prompt, context) => {
      const most = accumulating(1)(prompt, context);
      const others = intact(prompt, context).filter((j) => !most.includes(j));
      return others.length === 0 ? most : [drawn(others, seed, context.id)];
    },
    gamma,
    accumulates,
  });
}

const drawn = (positions: readonly number[], seed: number, id: string): number =>
  positions[Math.floor(uniform(seed, "position", id) * positions.length)]!;

/** The control: a position drawn by seed and id instead of j*. */
export function randomPosition(options: GammaOptions & { readonly seed: number }): Corruption {
  const { gamma, seed } = options;
  return masking({
    name: "randomPosition",
    choose: (prompt, context) => {
      const positions = intact(prompt, context);
      return positions.length === 0 ? [] : [drawn(positions, seed, context.id)];
    },
    gamma,
  });
}
