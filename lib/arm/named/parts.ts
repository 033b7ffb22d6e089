/**
 * Triggers, corruptions and acceptance rules by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
import { Either } from "effect";
import { Acceptance, Corruption, type Probe, SALIENCY, Trigger } from "../../dpc/mod.ts";
import type { Calibration } from "../../prompt/mod.ts";
import { oneOf, Registry, type UnknownName } from "../../registry/mod.ts";
import { ArmError, type ArmFailure, NotCalibrated } from "./failure.ts";

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
      const message =
        `Cannot ${what} as the prompt's calibration does not say where '${cheap}' is in doubt`;
      return yield* Either.left(new ArmError({ message }));
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
  const message = `Cannot ${what} as the prompt's calibration has no trigger '${name}'`;
  return threshold === undefined ? Either.left(new ArmError({ message })) : Either.map(
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
  Either.try({ try: make, catch: (error) => new ArmError({ message: (error as Error).message }) });

/** What corruptions take of the options of arms. */
const corruptionSettings = (
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
const probeOf = ({ loss }: Pick<Calibration, "loss">): Probe => ({ ...SALIENCY, loss });
