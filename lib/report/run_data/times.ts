/**
 * How long examples took, arm by arm.
 *
 * @module
 */
import { type Sample } from "../../results/mod.ts";
import * as Statistics from "../../statistics/mod.ts";

/** Seconds from an example's start to an arm's answer. */
export interface ArmTime {
  readonly arm: string;
  readonly mean: number;
  readonly longest: number;
}

/** Collects times while samples stream by. */
export class TimeCollector {
  readonly #arms = new Map<string, { moments: Statistics.Moments; longest: number }>();

  /** Takes one more sample in. */
  add({ arms }: Sample): void {
    for (const [arm, { milliseconds }] of Object.entries(arms)) {
      const seconds = milliseconds / 1000;
      const { moments, longest } = this.#arms.get(arm) ??
        { moments: Statistics.NO_MOMENTS, longest: 0 };
      this.#arms.set(arm, {
        moments: Statistics.addValue(moments, seconds),
        longest: Math.max(longest, seconds),
      });
    }
  }

  /** The times of all arms. */
  finish(): readonly ArmTime[] {
    return Array.from(
      this.#arms,
      ([arm, { moments, longest }]) => ({ arm, mean: moments.mean, longest }),
    );
  }
}
