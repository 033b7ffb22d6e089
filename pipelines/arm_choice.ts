/**
 * Which arms to run, as plain data: what run.json records is what a worker on another machine makes the same arms of.
 *
 * @module
 */
import { Either } from "effect";
import { Arm, ArmError, byName, grid } from "../lib/eval/mod.ts";
import type { Calibration } from "../lib/prompt/mod.ts";
import { Schema } from "../lib/schema/mod.ts";

const Names = Schema.Array(Schema.String);

/** Arms by name (`npm start`). */
const NamedArms = Schema.Struct({ names: Names, gamma: Schema.Number });

/** Every trigger with every corruption (`npm run ablate`); lists of numbers as they were given. */
const GridArms = Schema.Struct({
  triggers: Names,
  corruptions: Names,
  gammas: Schema.String,
  ks: Schema.String,
  rhos: Schema.String,
});

/** The form of {@linkcode ArmChoice}. */
export const ArmChoice = Schema.Union(NamedArms, GridArms);

/** A choice of arms. */
export type ArmChoice = typeof ArmChoice.Type;

/** The arms of these names, separated by commas. */
export const namedArms = (arms: string, gamma: number): ArmChoice => ({
  names: arms.split(",").map((name) => name.trim()),
  gamma,
});

/** The arms of a choice under a prompt with this calibration. */
export function makeArms(
  choice: ArmChoice,
  { calibration, seed }: { readonly calibration: Calibration | undefined; readonly seed: number },
): Either.Either<readonly Arm.Arm[], ArmError> {
  if ("names" in choice) {
    const { names, gamma } = choice;
    return Either.all(names.map((name) => byName(name, { calibration, seed, gamma })));
  }
  return Either.gen(function* () {
    const { triggers, corruptions, gammas, ks, rhos } = choice;
    return yield* grid({
      triggers,
      corruptions,
      gammas: yield* numbers("gammas", gammas),
      ks: yield* numbers("ks", ks),
      rhos: yield* numbers("rhos", rhos),
      calibration,
      seed,
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
