/**
 * What a trigger is, and what its entry in the table of triggers says of it.
 *
 * @module
 */
import type { Registry } from "../registry/mod.ts";
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

/** Options of {@linkcode make}. */
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

/** A trigger on the saliency; without one (an empty answer has none) it scores 0. */
export const onSaliency = (
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

/** What a trigger is made with when it is chosen by name. */
export interface TriggerSettings {
  /** Score above which it fires. */
  readonly threshold: number;
  /** Mean flow of the former halves of the rationales (METHOD.md, Stage 1). */
  readonly beta: number;
  /** Layers that count as shallow; the first half by default. */
  readonly shallow?: LayerRange;
  /** Layers that count as deep; the second half by default. */
  readonly deep?: LayerRange;
  /** Share of the instances, of a trigger that fires at random. */
  readonly p: number;
  /** Seed of what is random. */
  readonly seed: number;
}

/** A trigger in the table of triggers. */
export interface TriggerEntry extends Registry.Entry<TriggerSettings, Trigger> {
  /** Which of the settings it depends on. */
  readonly needs: readonly (keyof TriggerSettings)[];
  /** Its score of the flow s_t, where it needs beta: that is known only once every instance has been seen. */
  readonly scoreFlow?: (flow: readonly number[], beta: number) => number;
}
