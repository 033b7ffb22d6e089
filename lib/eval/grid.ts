/**
 * Grids of arms: every trigger with every corruption.
 *
 * @module
 */
import { Either } from "effect";
import { Corruption, Trigger } from "../dpc/mod.ts";
import type { Calibration } from "../prompt/mod.ts";
import { type Arm, make } from "./arm.ts";
import { ArmError, CALIBRATED_TRIGGERS, type CalibratedTrigger } from "./arms.ts";

/** The axes of a grid. */
export interface GridOptions {
  /** "always", or names with a calibrated threshold. */
  readonly triggers: readonly string[];
  /** "accumulated", "randomPosition", "topK", "mean", "attentionMask" or "gammaOnly". */
  readonly corruptions: readonly string[];
  /** Shares of entries that a corruption sets to 0. */
  readonly gammas: readonly number[];
  /** Positions that topK masks. */
  readonly ks: readonly number[];
  /** Thresholds of affectedRatio instead of the calibrated one; none for that. */
  readonly rhos: readonly number[];
  /** The prompt's calibration, where it has one. */
  readonly calibration: Calibration | undefined;
  /** Seed of random triggers and corruptions. */
  readonly seed: number;
}

/** Arms base and pt, then one for each point of the grid, named after it: "affectedRatio/topK k=2 gamma=0.1". */
export function grid(options: GridOptions): Either.Either<readonly Arm[], ArmError> {
  return Either.gen(function* () {
    const triggers = yield* Either.all(
      options.triggers.flatMap((name) => triggersOf(name, options)),
    );
    const corruptions = yield* Either.all(
      options.corruptions.flatMap((name) => corruptionsOf(name, options)),
    );
    const points = triggers.flatMap(([triggerName, trigger]) =>
      corruptions.map(([corruptionName, corruption]) =>
        make({ name: `${triggerName}/${corruptionName}`, trigger, corruption })
      )
    );
    return [make({ name: "base", prompted: false }), make({ name: "pt" }), ...points];
  });
}

type Named<A> = Either.Either<readonly [name: string, value: A], ArmError>;

function triggersOf(name: string, options: GridOptions): readonly Named<Trigger.Trigger>[] {
  if (name === "always") return [Either.right([name, Trigger.always])];
  const { calibration } = options;
  if (!Object.hasOwn(CALIBRATED_TRIGGERS, name)) {
    const known = ["always", ...Object.keys(CALIBRATED_TRIGGERS)].join(", ");
    return [refuse(`Cannot use a trigger '${name}': the triggers are ${known}`)];
  }
  const chosen = calibration?.triggers[name];
  if (calibration === undefined || chosen === undefined) {
    return [
      refuse(
        `Cannot use the trigger '${name}' as the prompt has no calibration for it: ` +
          "run `npm run calibrate -- --prompt DIR` first",
      ),
    ];
  }
  const makeTrigger = CALIBRATED_TRIGGERS[name as CalibratedTrigger];
  if (name === "affectedRatio" && options.rhos.length > 0) {
    return options.rhos.map((rho) =>
      Either.right([`${name} rho=${rho}`, makeTrigger(rho, calibration)] as const)
    );
  }
  return [Either.right([name, makeTrigger(chosen.threshold, calibration)])];
}

function corruptionsOf(
  name: string,
  { gammas, ks, seed }: GridOptions,
): readonly Named<Corruption.Corruption>[] {
  const withGamma = (of: (gamma: number) => Corruption.Corruption) =>
    gammas.map((gamma) => Either.right([`${name} gamma=${gamma}`, of(gamma)] as const));
  switch (name) {
    case "accumulated":
      return withGamma((gamma) => Corruption.accumulated({ gamma }));
    case "randomPosition":
      return withGamma((gamma) => Corruption.randomPosition({ gamma, seed }));
    case "mean":
      return withGamma((gamma) => Corruption.mean({ gamma }));
    case "gammaOnly":
      return withGamma((gamma) => Corruption.gammaOnly({ gamma }));
    case "attentionMask":
      return [Either.right([name, Corruption.attentionMask])];
    case "topK":
      return ks.flatMap((k) =>
        gammas.map((gamma) =>
          Either.right([`${name} k=${k} gamma=${gamma}`, Corruption.topK({ k, gamma })] as const)
        )
      );
    default:
      return [
        refuse(
          `Cannot use a corruption '${name}': the corruptions are accumulated, randomPosition, topK, ` +
            "mean, attentionMask, gammaOnly",
        ),
      ];
  }
}

const refuse = (reason: string) => Either.left(new ArmError({ reason }));
