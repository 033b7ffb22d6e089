/**
 * Which arms to run, as plain data, of which a worker on another machine makes the same arms.
 *
 * @module
 */
import { Either } from "effect";
import { Arm, type ArmFailure, type ArmOptions, byName, grid } from "../../lib/arm/mod.ts";
import { Acceptance, Corruption } from "../../lib/dpc/mod.ts";
import type { RunConfiguration } from "../../lib/run/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";

const Names = Schema.Array(Schema.String);
const Numbers = Schema.Array(Schema.Number);

const Sampling = { samples: Schema.Number, temperature: Schema.Number };

/** Arms by name (`evaluate`). */
const NamedArms = Schema.Struct({ names: Names, gamma: Schema.Number, ...Sampling });

/** Every trigger with every corruption (`ablate`). */
const GridArms = Schema.Struct({
  triggers: Names,
  corruptions: Names,
  gammas: Numbers,
  ks: Numbers,
  rhos: Numbers,
  acceptances: Names,
  rounds: Numbers,
  ...Sampling,
});

/** The form of {@linkcode ArmChoice}. */
export const ArmChoice = Schema.Union(NamedArms, GridArms);

/** A choice of arms. */
export type ArmChoice = typeof ArmChoice.Type;

/** The arms of these names; of the options what concerns them. */
export const namedArms = (
  names: readonly string[],
  {
    gamma = Corruption.DEFAULTS.gamma,
    samples = Acceptance.SAMPLING.count,
    sampleTemperature: temperature = Acceptance.SAMPLING.temperature,
  }: Pick<ArmOptions, "gamma" | "samples"> & { readonly sampleTemperature?: number } = {},
): ArmChoice => ({ names, gamma, samples, temperature });

/** What run.json says of a choice. */
export const describeArms = (
  choice: ArmChoice,
): Pick<RunConfiguration, "arms" | "gamma" | "sampling" | "grid"> => {
  if (!("names" in choice)) return { grid: choice };
  const { names, gamma, samples, temperature } = choice;
  return { arms: names, gamma, sampling: { samples, temperature } };
};

/** The arms of a choice under a prompt with this calibration. */
export function makeArms(
  choice: ArmChoice,
  context: Pick<ArmOptions, "calibration" | "seed">,
): Either.Either<readonly Arm.Arm[], ArmFailure> {
  if (!("names" in choice)) return grid({ ...choice, ...context });
  const { names, ...options } = choice;
  return Either.all(names.map((name) => byName(name, { ...options, ...context })));
}
