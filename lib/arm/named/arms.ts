/**
 * The arms of the paper by name.
 *
 * @module
 */
import { Either, Struct } from "effect";
import { Trigger } from "../../dpc/mod.ts";
import { Registry } from "../../registry/mod.ts";
import { type Arm, make } from "../arm.ts";
import { type LearnedOptions, selector, stateRouter, wordRouter } from "../learned/mod.ts";
import { ArmError, type ArmFailure, NotCalibrated } from "./failure.ts";
import { acceptanceByName, type ArmOptions, corruptionByName, triggerByName } from "./parts.ts";

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
    const message = "Cannot run the arm 'best' as the prompt's calibration names none";
    return Either.left(new ArmError({ message }));
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
      const message = `Cannot run an arm '${name}': '${arm}' has no other answer to accept`;
      return yield* Either.left(new ArmError({ message }));
    }
    return make({ ...parts, name, acceptance: yield* acceptanceByName(rule, options) });
  });
}
