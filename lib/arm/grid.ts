/**
 * Grids of arms: every trigger with every corruption.
 *
 * @module
 */
import { Either } from "effect";
import { Corruption, Trigger } from "../dpc/mod.ts";
import { type Arm, make } from "./arm.ts";
import {
  acceptanceByName,
  type ArmError,
  type ArmOptions,
  CALIBRATED_TRIGGERS,
  refuse,
  shallowOf,
  triggerByName,
} from "./registry.ts";

/** The axes of a grid, and what arms need beside. */
export interface GridOptions extends Omit<ArmOptions, "gamma"> {
  /** "always", "random(0.3)" for that share of the instances, or names with a calibrated threshold. */
  readonly triggers: readonly string[];
  /** "accumulated", "randomPosition", "topK", "mean", "attentionMask" or "gammaOnly". */
  readonly corruptions: readonly string[];
  /** Shares of entries that a corruption sets to 0. */
  readonly gammas: readonly number[];
  /** Positions that topK masks. */
  readonly ks: readonly number[];
  /** Thresholds of affectedRatio instead of the calibrated one; none for that. */
  readonly rhos: readonly number[];
  /** "second", "moreConfident" or "selfConsistency"; the first alone by default. */
  readonly acceptances?: readonly string[];
  /** Most corruptions of an instance; 1 alone by default. */
  readonly rounds?: readonly number[];
}

/**
 * Arms base and pt, then one for each point of the grid, named after it: "affectedRatio/topK k=2 gamma=0.1", with what is not
 * the default of the last two axes: "always/mean gamma=0.1/moreConfident/3 rounds".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { grid } from "dynamic-prompt-corruption/arm";
 *
 * const arms = Either.getOrThrow(grid({
 *   triggers: ["always", "random(0.5)"],
 *   corruptions: ["accumulated", "topK"],
 *   gammas: [0.1],
 *   ks: [2],
 *   rhos: [],
 *   calibration: undefined,
 *   seed: 0,
 * }));
 * assert.equal(arms.length, 2 + 2 * 2);
 * assert.equal(arms[3]?.name, "always/topK k=2 gamma=0.1");
 * ```
 */
export function grid(options: GridOptions): Either.Either<readonly Arm[], ArmError> {
  const { acceptances = ["second"], rounds = [1] } = options;
  return Either.gen(function* () {
    const axes = {
      trigger: yield* Either.all(options.triggers.flatMap((name) => triggersOf(name, options))),
      corruption: yield* Either.all(
        options.corruptions.flatMap((name) => corruptionsOf(name, options)),
      ),
      acceptance: yield* Either.all(
        acceptances.map((name) =>
          Either.map(
            acceptanceByName(name, options),
            (value) => [name === "second" ? "" : name, value] as const,
          )
        ),
      ),
      rounds: rounds.map((count) => [count === 1 ? "" : `${count} rounds`, count] as const),
    };
    const points = axes.trigger.flatMap(([a, trigger]) =>
      axes.corruption.flatMap(([b, corruption]) =>
        axes.acceptance.flatMap(([c, acceptance]) =>
          axes.rounds.map(([d, rounds]) =>
            make({
              name: [a, b, c, d].filter((part) => part !== "").join("/"),
              trigger,
              corruption,
              acceptance,
              rounds,
            })
          )
        )
      )
    );
    return [make({ name: "base", prompted: false }), make({ name: "pt" }), ...points];
  });
}

type Named<A> = Either.Either<readonly [name: string, value: A], ArmError>;

function triggersOf(name: string, options: GridOptions): readonly Named<Trigger.Trigger>[] {
  const { calibration, rhos, seed } = options;
  if (name === "always") return [Either.right([name, Trigger.always])];
  const share = /^random\((0|1|0?\.\d+)\)$/.exec(name)?.[1];
  if (share !== undefined) {
    return [Either.right([name, Trigger.random({ p: Number(share), seed })])];
  }
  if (!Object.hasOwn(CALIBRATED_TRIGGERS, name)) {
    const known = ["always", "random(p)", ...Object.keys(CALIBRATED_TRIGGERS)].join(", ");
    return [refuse(`Cannot use a trigger '${name}': the triggers are ${known}`)];
  }
  if (name === "affectedRatio" && rhos.length > 0 && calibration !== undefined) {
    return rhos.map((rho) =>
      Either.right(
        [`${name} rho=${rho}`, CALIBRATED_TRIGGERS.affectedRatio(rho, calibration)] as const,
      )
    );
  }
  return [
    Either.map(
      triggerByName(name, `use the trigger '${name}'`, calibration),
      (trigger) => [name, trigger] as const,
    ),
  ];
}

function corruptionsOf(
  name: string,
  { gammas, ks, seed, calibration }: GridOptions,
): readonly Named<Corruption.Corruption>[] {
  const layers = shallowOf(calibration);
  const withGamma = (of: (gamma: number) => Corruption.Corruption) =>
    gammas.map((gamma) => Either.right([`${name} gamma=${gamma}`, of(gamma)] as const));
  switch (name) {
    case "accumulated":
      return withGamma((gamma) => Corruption.accumulated({ gamma, ...layers }));
    case "randomPosition":
      return withGamma((gamma) => Corruption.randomPosition({ gamma, seed }));
    case "mean":
      return withGamma((gamma) => Corruption.mean({ gamma, ...layers }));
    case "gammaOnly":
      return withGamma((gamma) => Corruption.gammaOnly({ gamma }));
    case "attentionMask":
      return [Either.right([name, Corruption.attentionMask(layers)])];
    case "topK":
      return ks.flatMap((k) =>
        gammas.map((gamma) =>
          Either.right(
            [`${name} k=${k} gamma=${gamma}`, Corruption.topK({ k, gamma, ...layers })] as const,
          )
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
