/**
 * The arms of the paper by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
import { Data, Either } from "effect";
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
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
  /** Seed of random positions, random triggers and sampled answers. */
  readonly seed: number;
  /** Share of the other rows' entries that a corruption sets to 0; 0.1 by default. */
  readonly gamma?: number;
  /** Answers that self-consistency samples; 8 by default. */
  readonly samples?: number;
  /** Their temperature; 0.7 by default. */
  readonly temperature?: number;
}

/** What of a calibration the scores of triggers depend on. */
export type TriggerScale = Pick<Calibration, "beta" | "shallow" | "deep">;

/** Triggers that a calibration gives thresholds for, by name. */
export const CALIBRATED_TRIGGERS = {
  affectedRatio: (threshold: number, { beta, deep }: TriggerScale) =>
    Trigger.affectedRatio({ beta, rho: threshold, layers: deep }),
  affectedRatioOwn: (threshold: number, { deep }: TriggerScale) =>
    Trigger.affectedRatio({ beta: "instance", rho: threshold, layers: deep }),
  lateFlow: (threshold: number, { deep }: TriggerScale) =>
    Trigger.lateFlow({ threshold, layers: deep }),
  lateFlowMaximum: (threshold: number, { deep }: TriggerScale) =>
    Trigger.lateFlowMaximum({ threshold, layers: deep }),
  accumulationShare: (threshold: number, { shallow }: TriggerScale) =>
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
  act: "the same with calibrated attention sinks (Yu et al. 2024)",
  selfConsistency: "the majority of sampled answers (Wang et al. 2023)",
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

/** What may follow the name of an arm that corrects, after a "+": which answer counts then. */
export const ACCEPTANCES = {
  second: () => Acceptance.second,
  moreConfident: () => Acceptance.moreConfident,
  selfConsistency: ({ samples = 8, temperature = 0.7, seed }: ArmOptions) =>
    Acceptance.selfConsistency({ count: samples, temperature, seed }),
} as const satisfies Record<string, (options: ArmOptions) => Acceptance.Acceptance>;

/**
 * Makes an arm of its name, such as "dpc:lateFlow" or "dpc+moreConfident", or says why it can't be.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Either } from "effect";
 * import { byName } from "dynamic-prompt-corruption/arm";
 * import { loadCalibration } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const calibration = yield* loadCalibration("data/prompts/seed0");
 *   const arm = yield* byName("dpc:affectedRatio", { calibration, seed: 0 });
 *   assert.equal(arm.trigger.threshold, calibration?.triggers["affectedRatio"]?.threshold);
 *   assert.ok(Either.isLeft(byName("dpc", { calibration: undefined, seed: 0 })));
 * });
 * ```
 */
export function byName(name: string, options: ArmOptions): Either.Either<Arm, ArmError> {
  const [arm = "", ...acceptances] = name.split("+");
  return Either.gen(function* () {
    const parts = yield* partsOf(arm, options);
    if (acceptances.length === 0) return make({ ...parts, name });
    const [acceptance] = acceptances;
    if (parts.trigger === undefined || acceptances.length > 1) {
      return yield* refuse(`Cannot run an arm '${name}': '${arm}' has no other answer to accept`);
    }
    return make({ ...parts, name, acceptance: yield* acceptanceByName(acceptance!, options) });
  });
}

/** Makes an acceptance rule of its name. */
export function acceptanceByName(
  name: string,
  options: ArmOptions,
): Either.Either<Acceptance.Acceptance, ArmError> {
  return Object.hasOwn(ACCEPTANCES, name)
    ? Either.right(ACCEPTANCES[name as keyof typeof ACCEPTANCES](options))
    : refuse(
      `Cannot accept answers by '${name}': the rules are ${Object.keys(ACCEPTANCES).join(", ")}`,
    );
}

/** What the name says before a "+". */
function partsOf(
  name: string,
  options: ArmOptions,
): Either.Either<Partial<Omit<Arm, "name">>, ArmError> {
  const { calibration, seed, gamma = 0.1 } = options;
  const accumulated = Corruption.accumulated({ gamma, ...shallowOf(calibration) });
  switch (name) {
    case "base":
      return Either.right({ prompted: false });
    case "pt":
      return Either.right({});
    case "act":
      return calibration?.act === undefined
        ? refuse(
          "Cannot run the arm 'act' as no heads are chosen for the prompt: " +
            "run `npm run calibrate -- --prompt DIR --act 100` first",
        )
        : Either.right({ act: calibration.act });
    case "selfConsistency":
      return Either.right({ acceptance: ACCEPTANCES.selfConsistency(options) });
    case "random":
      return Either.right({
        trigger: Trigger.always,
        corruption: Corruption.randomPosition({ gamma, seed }),
      });
    case "untriggered":
      return Either.right({ trigger: Trigger.always, corruption: accumulated });
  }
  const [kind, asked] = name.split(":");
  if (kind !== "dpc" || !Object.hasOwn(ARM_NAMES, name)) {
    return refuse(
      `Cannot run an arm '${name}': the arms are ${Object.keys(ARM_NAMES).join(", ")}`,
    );
  }
  return Either.map(
    triggerByName(asked, `run the arm '${name}'`, calibration),
    (trigger) => ({ trigger, corruption: accumulated }),
  );
}

/** Makes the trigger of a name, the calibration's own by default, with its calibrated threshold; `what` is not possible without. */
export function triggerByName(
  asked: string | undefined,
  what: string,
  calibration: Calibration | undefined,
): Either.Either<Trigger.Trigger, ArmError> {
  if (calibration === undefined) {
    return refuse(
      `Cannot ${what} as the prompt has no calibration: ` +
        "run `npm run calibrate -- --prompt DIR` first",
    );
  }
  const name = asked ?? calibration.trigger;
  const chosen = calibration.triggers[name];
  if (chosen === undefined || !Object.hasOwn(CALIBRATED_TRIGGERS, name)) {
    return refuse(`Cannot ${what} as the prompt's calibration has no trigger '${name}'`);
  }
  return Either.right(
    CALIBRATED_TRIGGERS[name as CalibratedTrigger](chosen.threshold, calibration),
  );
}

/** The layers that a calibration calls shallow, as an option. */
export const shallowOf = (
  calibration: Calibration | undefined,
): Pick<Corruption.AccumulationOptions, "layers"> =>
  calibration === undefined ? {} : { layers: calibration.shallow };

/** Fails as an arm. */
export const refuse = (reason: string): Either.Either<never, ArmError> =>
  Either.left(new ArmError({ reason }));
