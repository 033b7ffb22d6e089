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
  /** Mean seconds of work on its answers, of the samples that say it. */
  readonly work?: number;
  /** Mean seconds of it on the flow, of the same samples. */
  readonly saliency?: number;
}

/** What is known of an arm so far. */
interface Known {
  readonly moments: Statistics.Moments;
  readonly work: Statistics.Moments;
  readonly saliency: Statistics.Moments;
  readonly longest: number;
}

/** Collects times while samples stream by. */
export class TimeCollector {
  readonly #arms = new Map<string, Known>();

  /** Takes one more sample in. */
  add({ arms }: Sample): void {
    for (const [arm, { milliseconds, work: worked }] of Object.entries(arms)) {
      const seconds = milliseconds / 1000;
      const nothing = Statistics.NO_MOMENTS;
      const none = { moments: nothing, work: nothing, saliency: nothing, longest: 0 };
      const { moments, work, saliency, longest } = this.#arms.get(arm) ?? none;
      const { milliseconds: flow = 0 } = worked?.saliency ?? {};
      this.#arms.set(arm, {
        moments: Statistics.addValue(moments, seconds),
        work: worked === undefined ? work : Statistics.addValue(work, worked.milliseconds / 1000),
        saliency: worked === undefined ? saliency : Statistics.addValue(saliency, flow / 1000),
        longest: Math.max(longest, seconds),
      });
    }
  }

  /** The times of all arms. */
  finish(): readonly ArmTime[] {
    return Array.from(this.#arms, ([arm, { moments, work, saliency, longest }]) => ({
      arm,
      mean: moments.mean,
      longest,
      ...(work === Statistics.NO_MOMENTS ? {} : { work: work.mean, saliency: saliency.mean }),
    }));
  }
}
