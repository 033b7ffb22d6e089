/**
 * The arms of the paper by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
import { Data, Either } from "effect";
import { Corruption, Trigger } from "../dpc/mod.ts";
import type { Calibration } from "../prompt/mod.ts";
import { type Arm, make } from "./arm.ts";

/** An arm that can't be made. */
export class ArmError extends Data.TaggedError("ArmError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** What arms need beside their names. */
export interface ArmOptions {
  /** Of the prompt; arms that decide by a threshold need it. */
  readonly calibration: Calibration | undefined;
  /** Seed of random positions and random triggers. */
  readonly seed: number;
  /** Share of the other rows' entries that a corruption sets to 0; 0.1 by default. */
  readonly gamma?: number;
}

/** Triggers that a calibration gives thresholds for, by name. */
export const CALIBRATED_TRIGGERS = {
  affectedRatio: (threshold: number, { beta, deep }: Calibration) =>
    Trigger.affectedRatio({ beta, rho: threshold, layers: deep }),
  lateFlow: (threshold: number, { deep }: Calibration) =>
    Trigger.lateFlow({ threshold, layers: deep }),
  lateFlowMaximum: (threshold: number, { deep }: Calibration) =>
    Trigger.lateFlowMaximum({ threshold, layers: deep }),
  accumulationShare: (threshold: number, { shallow }: Calibration) =>
    Trigger.accumulationShare({ threshold, layers: shallow }),
  lowestConfidence: (threshold: number) => Trigger.lowestConfidence({ threshold }),
  meanConfidence: (threshold: number) => Trigger.meanConfidence({ threshold }),
} as const;

/** Name of a trigger with a calibrated threshold. */
export type CalibratedTrigger = keyof typeof CALIBRATED_TRIGGERS;

/** The names that {@linkcode byName} knows, with what they are. */
export const ARM_NAMES: Readonly<Record<string, string>> = {
  base: "no soft prompt",
  pt: "the soft prompt as it is",
  random: "always corrected, at a random position",
  untriggered: "always corrected, where information accumulates",
  dpc: "corrected where the prompt's default trigger fires",
  ...Object.fromEntries(
    Object.keys(CALIBRATED_TRIGGERS).map((name) => [
      `dpc:${name}`,
      `corrected where the trigger ${name} fires`,
    ]),
  ),
};

/** Makes an arm of its name, or says why it can't be. */
export function byName(
  name: string,
  { calibration, seed, gamma = 0.1 }: ArmOptions,
): Either.Either<Arm, ArmError> {
  const accumulated = Corruption.accumulated({ gamma });
  switch (name) {
    case "base":
      return Either.right(make({ name, prompted: false }));
    case "pt":
      return Either.right(make({ name }));
    case "random":
      return Either.right(make({
        name,
        trigger: Trigger.always,
        corruption: Corruption.randomPosition({ gamma, seed }),
      }));
    case "untriggered":
      return Either.right(make({ name, trigger: Trigger.always, corruption: accumulated }));
  }
  const [kind, asked] = name.split(":");
  if (kind !== "dpc" || !Object.hasOwn(ARM_NAMES, name)) {
    return refuse(
      `Cannot run an arm '${name}': the arms are ${Object.keys(ARM_NAMES).join(", ")}`,
    );
  }
  if (calibration === undefined) {
    return refuse(
      `Cannot run the arm '${name}' as the prompt has no calibration: ` +
        "run `npm run calibrate -- --prompt DIR` first",
    );
  }
  const trigger = asked ?? calibration.trigger;
  const chosen = calibration.triggers[trigger];
  if (chosen === undefined || !Object.hasOwn(CALIBRATED_TRIGGERS, trigger)) {
    return refuse(
      `Cannot run the arm '${name}' as the prompt's calibration has no trigger '${trigger}'`,
    );
  }
  return Either.right(make({
    name,
    trigger: CALIBRATED_TRIGGERS[trigger as CalibratedTrigger](chosen.threshold, calibration),
    corruption: accumulated,
  }));
}

const refuse = (reason: string) => Either.left(new ArmError({ reason }));
