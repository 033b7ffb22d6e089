/**
 * What a trigger is, and what its entry in the table of triggers says of it.
 *
 * @module
 */
import type { Registry } from "../registry/mod.ts";
import type { Corruption } from "./corruption/mod.ts";
import { type Probe, SALIENCY } from "./probe.ts";
import type { LayerRange, Saliency } from "./saliency.ts";

/** What a trigger may look at: the question and its first answer. */
export interface Instance {
  /** The example's id, which seeds what is random. */
  readonly id: string;
  /** The question as the dataset has it. */
  readonly question: string;
  /** Text of the first answer. */
  readonly text: string;
  /** Its tokens. */
  readonly ids: readonly number[];
  /** Natural log-probability of each of them. */
  readonly logProbabilities: readonly number[];
  /** Whether another answer says the same; absent for triggers that compare with none. */
  readonly agrees?: boolean;
}

/** The same with what is measured for triggers that need it. */
export interface MeasuredInstance extends Instance {
  /** Saliency of the first answer; absent where the answer is empty, and for triggers that don't need it. */
  readonly saliency: Saliency | undefined;
}

/** A rule that decides which instances are corrected: those that it scores above its threshold. */
export interface Trigger {
  /** How tables and run.json call it. */
  readonly name: string;
  /** Whether it reads the saliency: if not, none is computed for it. */
  readonly needsSaliency: boolean;
  /** What measures the saliency that it reads; `SALIENCY` by default. */
  readonly probe?: Probe;
  /** Which answer `agrees` compares the first one with: without the soft prompt, or under a corrupted one; none by default. */
  readonly against?: "base" | Corruption;
  /** Higher means more likely wrong. */
  readonly score: (instance: MeasuredInstance) => number;
  /** The score where it is clear without what is measured, else undefined; absent where it never is. */
  readonly early?: (instance: Instance) => number | undefined;
  /** Score above which it fires. */
  readonly threshold: number;
}

/** What a trigger says of an instance. */
export interface Decision {
  /** The trigger's name. */
  readonly name: string;
  /** Its score. */
  readonly score: number;
  /** Whether the instance is corrected. */
  readonly fired: boolean;
}

/** Scores an instance, once, and compares with the threshold. */
export function decide({ name, score, threshold }: Trigger, instance: MeasuredInstance): Decision {
  const value = score(instance);
  return { name, score: value, fired: value > threshold };
}

/** A trigger that reads the answer and its log-probabilities alone. */
export interface TriggerOptions extends Pick<Trigger, "name" | "threshold"> {
  /** Higher means more likely wrong. */
  readonly score: (instance: Instance) => number;
  /** Saliency is given only to triggers that ask for it. */
  readonly needsSaliency?: false;
}

/** A trigger that reads the saliency. */
export interface SaliencyTriggerOptions extends Pick<Trigger, "name" | "threshold" | "score"> {
  /** Has saliency measured, which costs a pass forward and back. */
  readonly needsSaliency: true;
  /** What measures it; `SALIENCY` by default. */
  readonly probe?: Probe;
}

/**
 * A trigger that fires where its score is above its threshold.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const long = Trigger.make({ name: "long", threshold: 2, score: ({ ids }) => ids.length });
 * const instance = {
 *   id: "gsm8k/7", question: "What is 3 + 4?", text: "It is 7.", ids: [11, 12, 13],
 *   logProbabilities: [-0.1, -0.5, -0.2], saliency: undefined,
 * };
 * assert.deepEqual(Trigger.decide(long, instance), { name: "long", score: 3, fired: true });
 * ```
 */
export function make(options: TriggerOptions | SaliencyTriggerOptions): Trigger {
  return { needsSaliency: false, ...options };
}

/** A trigger on the saliency; without one (an empty answer has none) it scores 0. */
export const onSaliency = (
  name: string,
  threshold: number,
  score: (saliency: Saliency) => number,
  probe: Probe = SALIENCY,
): Trigger =>
  make({
    name,
    threshold,
    probe,
    needsSaliency: true,
    score: ({ saliency }) => saliency === undefined ? 0 : score(saliency),
  });

/** What a trigger is made with when it is chosen by name. */
export interface TriggerSettings {
  /** Score above which it fires. */
  readonly threshold: number;
  /** Mean flow of the former halves of the rationales (lib/dpc/README.md, "Trigger"). */
  readonly beta: number;
  /** Layers that count as shallow; the first half by default. */
  readonly shallow?: LayerRange;
  /** Layers that count as deep; the second half by default. */
  readonly deep?: LayerRange;
  /** What measures the flow; `SALIENCY` by default. */
  readonly probe?: Probe;
  /** Share of the development examples that the prompt's own trigger fires on. */
  readonly rate?: number;
  /** Share of the instances, of a trigger that fires at random. */
  readonly p?: number;
  /** Seed of what is random. */
  readonly seed: number;
}

/** A trigger in the table of triggers. */
export interface TriggerEntry extends Registry.Entry<TriggerSettings, Trigger> {
  /** Which of the settings it depends on. */
  readonly needs: readonly (keyof TriggerSettings)[];
  /** Whether it is a control, which a calibration never chooses for a prompt; false by default. */
  readonly control?: boolean;
  /** The paper's letter for its threshold, where a grid may vary it. */
  readonly axis?: "rho";
  /** Its score of the flow s_t, where it needs beta: that is known only once every instance has been seen. */
  readonly scoreFlow?: (flow: readonly number[], beta: number) => number;
}
