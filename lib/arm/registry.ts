/**
 * The arms of the paper by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
import { Data, Either } from "effect";
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import type { Calibration } from "../prompt/mod.ts";
import { Registry, type UnknownName } from "../registry/mod.ts";
import { type Arm, make } from "./arm.ts";

/** An arm that can't be made. */
export class ArmError extends Data.TaggedError("ArmError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** An arm that needs a calibration its prompt does not have. */
export class NotCalibrated extends Data.TaggedError("NotCalibrated")<{
  /** What can't be done: "run the arm 'dpc'". */
  readonly what: string;
  /** What is missing: a calibration, or the heads of ACT in it. */
  readonly missing: "calibration" | "heads";
}> {
  /** One line for the user. */
  override get message(): string {
    return this.missing === "heads"
      ? `Cannot ${this.what} as no heads are chosen for the prompt`
      : `Cannot ${this.what} as the prompt has no calibration`;
  }
}

/** Why an arm can't be made. */
export type ArmFailure = ArmError | NotCalibrated | UnknownName;

/** What arms need beside their names. */
export interface ArmOptions {
  /** Of the prompt; arms that decide by a threshold need it. */
  readonly calibration: Calibration | undefined;
  /** Seed of random positions, random triggers and sampled answers. */
  readonly seed: number;
  /** Share of the other rows' entries that a corruption sets to 0; `Corruption.DEFAULTS` by default. */
  readonly gamma?: number;
  /** Answers that self-consistency samples; `Acceptance.SAMPLING` by default. */
  readonly samples?: number;
  /** Their temperature. */
  readonly temperature?: number;
}

/** An arm but for its name; what is absent is as in the paper. */
export type ArmParts = Partial<Omit<Arm, "name">>;

/** An arm in the table of arms. */
export type ArmEntry = Registry.Entry<ArmOptions, Either.Either<ArmParts, ArmFailure>>;

const ARMS: Readonly<Record<string, ArmEntry>> = {
  base: { description: "no soft prompt", make: () => Either.right({ prompted: false }) },
  pt: { description: "the soft prompt as it is", make: () => Either.right({}) },
  act: {
    description: "the same with calibrated attention sinks (Yu et al. 2024)",
    make: ({ calibration }) =>
      calibration?.act === undefined
        ? Either.left(new NotCalibrated({ what: "run the arm 'act'", missing: "heads" }))
        : Either.right({ act: calibration.act }),
  },
  selfConsistency: {
    description: "the majority of sampled answers (Wang et al. 2023)",
    make: (options) =>
      Either.map(acceptanceByName("selfConsistency", options), (acceptance) => ({ acceptance })),
  },
  random: {
    description: "always corrected, at a random position",
    make: (options) => corrected(Trigger.always, "randomPosition", options),
  },
  untriggered: {
    description: "always corrected, where information accumulates",
    make: (options) => corrected(Trigger.always, "accumulated", options),
  },
  dpc: {
    description: "corrected where the trigger chosen for the prompt fires",
    make: (options) => dpc("dpc", undefined, options),
  },
  ...Object.fromEntries(
    Registry.names(Trigger.calibrated).map((trigger): [string, ArmEntry] => [`dpc:${trigger}`, {
      description: `corrected where ${trigger} fires`,
      make: (options) => dpc(`dpc:${trigger}`, trigger, options),
    }]),
  ),
};

/** All arms by name, but for the rule that may follow one after a "+". */
export const arms: Registry.Registry<ArmEntry> = { kind: "arm", entries: ARMS };

function dpc(name: string, trigger: string | undefined, options: ArmOptions) {
  return Either.flatMap(
    calibratedTrigger(trigger, `run the arm '${name}'`, options),
    (found) => corrected(found, "accumulated", options),
  );
}

function corrected(trigger: Trigger.Trigger, corruption: string, options: ArmOptions) {
  return Either.map(
    Registry.find(Corruption.registry, corruption),
    ({ make }) => ({ trigger, corruption: make(corruptionSettings(options)) }),
  );
}

/** What corruptions take of the options of arms. */
export const corruptionSettings = (
  { calibration, seed, gamma }: ArmOptions,
): Corruption.CorruptionSettings => ({
  seed,
  ...(gamma === undefined ? {} : { gamma }),
  ...(calibration === undefined ? {} : { layers: calibration.shallow }),
});

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
export function byName(name: string, options: ArmOptions): Either.Either<Arm, ArmFailure> {
  const [arm = "", ...rules] = name.split("+");
  return Either.gen(function* () {
    const parts = yield* (yield* Registry.find(arms, arm)).make(options);
    const [rule] = rules;
    if (rule === undefined) return make({ ...parts, name });
    if (parts.trigger === undefined || rules.length > 1) {
      const reason = `Cannot run an arm '${name}': '${arm}' has no other answer to accept`;
      return yield* Either.left(new ArmError({ reason }));
    }
    return make({ ...parts, name, acceptance: yield* acceptanceByName(rule, options) });
  });
}

/** Makes an acceptance rule of its name. */
export function acceptanceByName(
  name: string,
  { samples, temperature, seed }: ArmOptions,
): Either.Either<Acceptance.Acceptance, UnknownName> {
  return Either.map(Registry.find(Acceptance.registry, name), ({ make }) =>
    make({
      ...(samples === undefined ? {} : { count: samples }),
      ...(temperature === undefined ? {} : { temperature }),
      seed,
    }));
}

/** Makes the trigger of a name, the calibration's own by default, with its calibrated threshold; `what` is not possible without. */
export function calibratedTrigger(
  asked: string | undefined,
  what: string,
  { calibration, seed }: ArmOptions,
): Either.Either<Trigger.Trigger, ArmFailure> {
  if (calibration === undefined) {
    return Either.left(new NotCalibrated({ what, missing: "calibration" }));
  }
  const name = asked ?? calibration.trigger;
  const threshold = calibration.triggers[name]?.threshold;
  const reason = `Cannot ${what} as the prompt's calibration has no trigger '${name}'`;
  return threshold === undefined ? Either.left(new ArmError({ reason })) : Either.map(
    Registry.find(Trigger.calibrated, name),
    ({ make }) => make({ ...triggerSettings({ calibration, seed }), threshold }),
  );
}

/** What triggers take of the options of arms; one that needs a calibration is not made without. */
export const triggerSettings = (
  { calibration, seed }: ArmOptions,
): Trigger.TriggerSettings => {
  const { beta = 0, shallow, deep } = calibration ?? {};
  return { threshold: 0, beta, seed, ...(shallow && { shallow }), ...(deep && { deep }) };
};
