/**
 * Grids of arms: every trigger with every corruption.
 *
 * @module
 */
import { Either } from "effect";
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import { Stage } from "../stage/mod.ts";
import { type Arm, make } from "./arm.ts";
import {
  acceptanceByName,
  type ArmFailure,
  type ArmOptions,
  corruptionByName,
  triggerByName,
  triggerSettings,
} from "./named/mod.ts";

/** The axes of a grid, and what arms need beside. */
export interface GridOptions extends Omit<ArmOptions, "gamma"> {
  /** Names of `Trigger.registry`; "random(0.3)" is random with that share of the instances, "dpc" the trigger of the calibration. */
  readonly triggers: readonly string[];
  /** Names of `Corruption.registry`. */
  readonly corruptions: readonly string[];
  /** Shares of entries that a corruption sets to 0. */
  readonly gammas: readonly number[];
  /** Positions that topK masks. */
  readonly ks: readonly number[];
  /** Thresholds of affectedRatio instead of the calibrated one; none for that. */
  readonly rhos: readonly number[];
  /** Names of `Acceptance.registry`; the paper's alone by default. */
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
export function grid(options: GridOptions): Either.Either<readonly Arm[], ArmFailure> {
  const { acceptances = [Acceptance.second.name], rounds = [Stage.ROUNDS] } = options;
  return Either.gen(function* () {
    const axes = {
      trigger: yield* allOf(options.triggers, (name) => triggersOf(name, options)),
      corruption: yield* allOf(options.corruptions, (name) => corruptionsOf(name, options)),
      acceptance: yield* Either.all(
        acceptances.map((name) =>
          Either.map(
            acceptanceByName(name, options),
            (value) => [value === Acceptance.second ? "" : name, value] as const,
          )
        ),
      ),
      rounds: rounds.map((count) =>
        [count === Stage.ROUNDS ? "" : `${count} rounds`, count] as const
      ),
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

/** Values with their names in the name of an arm, or why there are none. */
type Named<A> = Either.Either<readonly (readonly [name: string, value: A])[], ArmFailure>;

const allOf = <A>(names: readonly string[], of: (name: string) => Named<A>): Named<A> =>
  Either.map(Either.all(names.map(of)), (found) => found.flat());

function triggersOf(name: string, options: GridOptions): Named<Trigger.Trigger> {
  const { rhos, calibration } = options;
  const entry = Trigger.registry.entries[name];
  if (entry?.axis !== undefined && rhos.length > 0 && calibration !== undefined) {
    const settings = triggerSettings(options);
    return Either.right(
      rhos.map((
        rho,
      ) => [`${name} ${entry.axis}=${rho}`, entry.make({ ...settings, threshold: rho })]),
    );
  }
  return Either.map(triggerByName(name, options), (trigger) => [[name, trigger]]);
}

/** A corruption at each point of its own options, which are those in the entry's defaults. */
function corruptionsOf(name: string, options: GridOptions): Named<Corruption.Corruption> {
  return Either.gen(function* () {
    const { defaults = {} } = yield* Corruption.find(name);
    const axes: Readonly<Record<string, readonly number[]>> = {
      k: options.ks,
      gamma: options.gammas,
    };
    const points = Object.keys(defaults).reduce<readonly Readonly<Record<string, number>>[]>(
      (points, key) =>
        points.flatMap((point) => axes[key]!.map((value) => ({ ...point, [key]: value }))),
      [{}],
    );
    return yield* Either.all(points.map((point) => {
      const values = Object.entries(point).map(([key, value]) => `${key}=${value}`);
      return Either.map(
        corruptionByName(name, options, point),
        (corruption) => [[name, ...values].join(" "), corruption] as const,
      );
    }));
  });
}
