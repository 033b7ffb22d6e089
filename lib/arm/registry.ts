/**
 * The arms of the paper by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
import { Data, Either, Struct } from "effect";
import { Acceptance, Corruption, type Probe, SALIENCY, Trigger } from "../dpc/mod.ts";
import type { Calibration } from "../prompt/mod.ts";
import { oneOf, Registry, type UnknownName } from "../registry/mod.ts";
import { type Arm, make } from "./arm.ts";
import { type LearnedOptions, selector, stateRouter, wordRouter } from "./learned/mod.ts";

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
  /** What is missing: a calibration, or in it the heads of ACT, the contrast or the learned models. */
  readonly missing: "calibration" | "heads" | "heads of the code" | "contrast" | "models";
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot ${this.what} as ${REASONS[this.missing]}`;
  }
}

const REASONS: Readonly<Record<NotCalibrated["missing"], string>> = {
  calibration: "the prompt has no calibration",
  heads: "no heads are chosen for the prompt",
  "heads of the code": "no heads are chosen for the prompt by that rule",
  contrast: "no contrast is chosen for the prompt",
  models: "no models are learned for the prompt",
};

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
    description:
      "the same with calibrated attention sinks, those above 5/N as the paper has it (Yu et al. 2024)",
    make: ({ calibration }) =>
      calibration?.act === undefined
        ? Either.left(new NotCalibrated({ what: "run the arm 'act'", missing: "heads" }))
        : Either.right({ act: calibration.act }),
  },
  "act:code": {
    description:
      "the same, sinks being all above 0.15 but for the first, as the code of the paper's authors has it",
    make: ({ calibration }) =>
      calibration?.actCode === undefined
        ? Either.left(
          new NotCalibrated({ what: "run the arm 'act:code'", missing: "heads of the code" }),
        )
        : Either.right({ act: calibration.actCode }),
  },
  contrast: {
    description:
      "logits with the prompt and without it contrasted, (1 + a) z - a z', where they diverge; a is chosen on dev",
    make: ({ calibration }) =>
      calibration?.contrast === undefined
        ? Either.left(new NotCalibrated({ what: "run the arm 'contrast'", missing: "contrast" }))
        : Either.right({ contrast: Struct.pick(calibration.contrast, "weight", "threshold") }),
  },
  selfConsistency: {
    description: "the majority of sampled answers (Wang et al. 2023)",
    make: (options) =>
      Either.map(acceptanceByName("selfConsistency", options), (acceptance) => ({ acceptance })),
  },
  random: {
    description: "always corrected, at a random position",
    make: (options) => corrected("always", "randomPosition", options),
  },
  untriggered: {
    description: "always corrected, where information accumulates",
    make: (options) => corrected("always", "accumulated", options),
  },
  dpc: {
    description: "corrected where the trigger chosen for the prompt fires",
    make: (options) => corrected("dpc", "accumulated", options, "run the arm 'dpc'"),
  },
  route: {
    description:
      "no prompt, the prompt or a corrupted one, as a model of the question's hidden state chooses before the answer",
    make: (options) =>
      learned("route", options, (calibration) => ({ route: stateRouter(calibration) })),
  },
  "route:words": {
    description: "its control: the same by the words of the question",
    make: (options) =>
      learned("route:words", options, (calibration) => ({ route: wordRouter(calibration) })),
  },
  select: {
    description:
      "one of the answers, as a model of their confidence, agreement, length and flow chooses",
    make: (options) =>
      Either.flatMap(
        corruptionByName("accumulated", options),
        (corruption) =>
          learned("select", options, ({ learned }) => ({
            select: selector(learned.select, corruption),
          })),
      ),
  },
  best: {
    description: "the arm that the prompt's calibration names as the best on dev",
    make: (options) => best(options),
  },
  ...Object.fromEntries(
    Registry.names(Trigger.calibrated).map((trigger): [string, ArmEntry] => [`dpc:${trigger}`, {
      description: trigger === "affectedRatio"
        ? "the paper's: corrected where affectedRatio fires"
        : `corrected where ${trigger} fires`,
      make: (options) => corrected(trigger, "accumulated", options, `run the arm 'dpc:${trigger}'`),
    }]),
  ),
};

/** All arms by name, but for the rule that may follow one after a "+". */
export const arms: Registry.Registry<ArmEntry> = { kind: "arm", entries: ARMS };

/** The parts of an arm of this trigger and this corruption; without a calibration that it needs, `what` is not possible. */
function corrected(
  trigger: string,
  corruption: string,
  options: ArmOptions,
  what?: string,
): Either.Either<ArmParts, ArmFailure> {
  return Either.gen(function* () {
    return {
      trigger: yield* triggerByName(trigger, options, what),
      corruption: yield* corruptionByName(corruption, options),
    };
  });
}

/** An arm whose model was learned with the prompt. */
function learned(
  name: string,
  { calibration, gamma }: ArmOptions,
  make: (options: LearnedOptions) => ArmParts,
): Either.Either<ArmParts, ArmFailure> {
  const what = `run the arm '${name}'`;
  if (calibration === undefined) {
    return Either.left(new NotCalibrated({ what, missing: "calibration" }));
  }
  const { learned } = calibration;
  return learned === undefined
    ? Either.left(new NotCalibrated({ what, missing: "models" }))
    : Either.right(make({ ...calibration, ...(gamma === undefined ? {} : { gamma }), learned }));
}

/** The arm that a calibration names. */
function best(options: ArmOptions): Either.Either<ArmParts, ArmFailure> {
  const { calibration } = options;
  if (calibration === undefined) {
    return Either.left(new NotCalibrated({ what: "run the arm 'best'", missing: "calibration" }));
  }
  const { best, triggers } = calibration;
  if (best === undefined || best.arm === "best") {
    const reason = "Cannot run the arm 'best' as the prompt's calibration names none";
    return Either.left(new ArmError({ reason }));
  }
  const [trigger = ""] = best.arm.split("/");
  const known = triggers[trigger];
  const { threshold } = best;
  const tuned = known === undefined || threshold === undefined
    ? calibration
    : { ...calibration, triggers: { ...triggers, [trigger]: { ...known, threshold } } };
  return Either.map(
    byName(best.arm, { ...options, calibration: tuned }),
    ({ name: _, ...parts }) => parts,
  );
}

/** What corruptions take of the options of arms. */
export const corruptionSettings = (
  { calibration, seed, gamma }: ArmOptions,
): Corruption.CorruptionSettings => ({
  seed,
  ...(gamma === undefined ? {} : { gamma }),
  ...(calibration === undefined ? {} : {
    layers: calibration.shallow,
    deep: calibration.deep,
    probe: probeOf(calibration),
    ...(calibration.positions === undefined ? {} : { positions: calibration.positions }),
  }),
});

/** The saliency that a prompt was calibrated with. */
export const probeOf = ({ loss }: Pick<Calibration, "loss">): Probe => ({ ...SALIENCY, loss });

/**
 * Makes an arm of its name, such as "dpc:lateFlow" or "dpc+moreConfident", or of the names of a trigger and a corruption, such as
 * "lateFlow/static" or "dpc/randomPosition" with the trigger of `dpc`; or says why it can't be.
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
    const [trigger = "", corruption] = arm.split("/");
    const parts = corruption === undefined
      ? yield* (yield* Registry.find(arms, arm)).make(options)
      : yield* corrected(trigger, corruption, options);
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

/**
 * Makes the trigger of a name: one of `Trigger.registry`, "random(0.3)" with its only option, "dpc" for the calibration's own, or
 * "lowestConfidence~lateFlow", a cascade. Its threshold is the calibrated one.
 *
 * @param what is not possible without a calibration that it needs
 */
export function triggerByName(
  name: string,
  options: ArmOptions,
  what = `use the trigger '${name}'`,
): Either.Either<Trigger.Trigger, ArmFailure> {
  return Either.gen(function* () {
    if (name === "dpc") return yield* calibratedTrigger(undefined, what, options);
    const [cheap = name, costly] = name.split("~");
    if (costly !== undefined) return yield* cascadeOf(cheap, costly, what, options);
    const [, known = name, argument] = /^(\w+)\((.+)\)$/.exec(name) ?? [];
    const { needs, defaults = {}, make } = yield* Trigger.find(known);
    const settings = triggerSettings(options);
    if (argument !== undefined) {
      // what stands in brackets is the trigger's only option
      const [option] = Object.keys(defaults);
      if (option === undefined) yield* oneOf("trigger", name, Registry.names(Trigger.registry));
      return yield* attempt(() => make({ ...settings, [option!]: Number(argument) }));
    }
    if (options.calibration === undefined && needs.includes("rate")) {
      yield* Either.left(new NotCalibrated({ what, missing: "calibration" }));
    }
    return needs.includes("threshold")
      ? yield* calibratedTrigger(name, what, options)
      : yield* attempt(() => make(settings));
  });
}

/** A cascade of two calibrated triggers. */
function cascadeOf(
  cheap: string,
  costly: string,
  what: string,
  options: ArmOptions,
): Either.Either<Trigger.Trigger, ArmFailure> {
  return Either.gen(function* () {
    const triggers = {
      cheap: yield* triggerByName(cheap, options, what),
      costly: yield* triggerByName(costly, options, what),
    };
    const doubt = options.calibration?.triggers[cheap]?.doubt;
    if (doubt === undefined) {
      const reason =
        `Cannot ${what} as the prompt's calibration does not say where '${cheap}' is in doubt`;
      return yield* Either.left(new ArmError({ reason }));
    }
    return yield* attempt(() => Trigger.cascade({ ...triggers, doubt }));
  });
}

/** Makes the corruption of a name, with the options that are given or the calibration's. */
export const corruptionByName = (
  name: string,
  options: ArmOptions,
  more: Readonly<Record<string, number>> = {},
): Either.Either<Corruption.Corruption, ArmFailure> =>
  Either.flatMap(
    Corruption.find(name),
    ({ make }) => attempt(() => make({ ...corruptionSettings(options), ...more })),
  );

/** Makes the trigger of a name, the calibration's own by default, with its calibrated threshold; `what` is not possible without. */
function calibratedTrigger(
  asked: string | undefined,
  what: string,
  options: ArmOptions,
): Either.Either<Trigger.Trigger, ArmFailure> {
  const { calibration } = options;
  if (calibration === undefined) {
    return Either.left(new NotCalibrated({ what, missing: "calibration" }));
  }
  const name = asked ?? calibration.trigger;
  const { threshold, beta } = calibration.triggers[name] ?? {};
  const reason = `Cannot ${what} as the prompt's calibration has no trigger '${name}'`;
  return threshold === undefined ? Either.left(new ArmError({ reason })) : Either.map(
    Trigger.find(name),
    ({ make }) =>
      make({ ...triggerSettings(options), threshold, ...(beta === undefined ? {} : { beta }) }),
  );
}

/** What triggers take of the options of arms; one that needs a calibration is not made without. */
export const triggerSettings = ({ calibration, seed }: ArmOptions): Trigger.TriggerSettings => {
  if (calibration === undefined) return { threshold: 0, beta: 0, seed };
  const { beta, shallow, deep, trigger, triggers } = calibration;
  const rate = triggers[trigger]?.rate;
  const probe = probeOf(calibration);
  return { threshold: 0, beta, seed, shallow, deep, probe, ...(rate !== undefined && { rate }) };
};

/** What is made, or why an option's value is refused. */
const attempt = <A>(make: () => A): Either.Either<A, ArmError> =>
  Either.try({ try: make, catch: (error) => new ArmError({ reason: (error as Error).message }) });
