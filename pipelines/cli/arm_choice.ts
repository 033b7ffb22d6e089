/**
 * Which arms to run, as plain data: what run.json records is what a worker on another machine makes the same arms of.
 *
 * @module
 */
import { Either } from "effect";
import { Arm, ArmError, type ArmOptions, byName, grid } from "../../lib/arm/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";

const Names = Schema.Array(Schema.String);

/** What self-consistency samples unless told. */
export const SAMPLING = { samples: 8, temperature: 0.7 };

const Sampling = { samples: Schema.Number, temperature: Schema.Number };

/** Arms by name (`npm start`). */
const NamedArms = Schema.Struct({ names: Names, gamma: Schema.Number, ...Sampling });

/** Every trigger with every corruption (`npm run ablate`); lists of numbers as they were given. */
const GridArms = Schema.Struct({
  triggers: Names,
  corruptions: Names,
  gammas: Schema.String,
  ks: Schema.String,
  rhos: Schema.String,
  acceptances: Names,
  rounds: Schema.String,
  ...Sampling,
});

/** The form of {@linkcode ArmChoice}. */
export const ArmChoice = Schema.Union(NamedArms, GridArms);

/** A choice of arms. */
export type ArmChoice = typeof ArmChoice.Type;

/** The arms of these names, separated by commas; of the options what concerns them. */
export const namedArms = (
  arms: string,
  options: { readonly gamma: number } & Partial<typeof SAMPLING>,
): ArmChoice => {
  const { gamma, samples, temperature } = { ...SAMPLING, ...options };
  return {
    names: arms.split(",").map((name) => name.trim()),
    gamma,
    samples,
    temperature,
  };
};

/** The arms of a choice under a prompt with this calibration. */
export function makeArms(
  choice: ArmChoice,
  context: Pick<ArmOptions, "calibration" | "seed">,
): Either.Either<readonly Arm.Arm[], ArmError> {
  if ("names" in choice) {
    const { names, ...options } = choice;
    return Either.all(names.map((name) => byName(name, { ...options, ...context })));
  }
  return Either.gen(function* () {
    const { gammas, ks, rhos, rounds, ...axes } = choice;
    return yield* grid({
      ...axes,
      gammas: yield* numbers("gammas", gammas),
      ks: yield* numbers("ks", ks),
      rhos: yield* numbers("rhos", rhos),
      rounds: yield* numbers("rounds", rounds),
      ...context,
    });
  });
}

/** The parts of a list that commas separate. */
export const parts = (text: string): readonly string[] =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "");

function numbers(option: string, text: string): Either.Either<readonly number[], ArmError> {
  const bad = parts(text).find((part) => !Number.isFinite(Number(part)));
  return bad === undefined ? Either.right(parts(text).map(Number)) : Either.left(
    new ArmError({ reason: `Cannot use --${option} '${text}': '${bad}' is no number` }),
  );
}
