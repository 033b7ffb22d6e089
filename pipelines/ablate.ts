/**
 * `npm run ablate`: every trigger with every corruption over a dataset. What the arms share is computed once.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Either } from "effect";
import { evaluationOptions, runArms } from "./evaluation.ts";
import { main } from "./program.ts";
import { ArmError, grid } from "../lib/eval/mod.ts";

const list = (name: string, standard: string, description: string) =>
  Options.text(name).pipe(
    Options.withDefault(standard),
    Options.withDescription(`${description}; separated by commas`),
  );

const options = {
  ...evaluationOptions,
  triggers: list("triggers", "always,affectedRatio", "always, or triggers of the calibration"),
  corruptions: list(
    "corruptions",
    "accumulated,randomPosition,topK,mean,attentionMask,gammaOnly",
    "accumulated, randomPosition, topK, mean, attentionMask, gammaOnly",
  ),
  gammas: list("gammas", "0.1", "Shares of entries that a corruption sets to 0"),
  ks: list("ks", "2", "Positions that topK masks"),
  rhos: list("rhos", "", "Thresholds of affectedRatio instead of the calibrated one"),
};

/** The parts of a list, as text and as numbers. */
const parts = (text: string): readonly string[] =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "");

const numbers = (option: string, text: string): Either.Either<readonly number[], ArmError> => {
  const bad = parts(text).find((part) => !Number.isFinite(Number(part)));
  return bad === undefined ? Either.right(parts(text).map(Number)) : Either.left(
    new ArmError({ reason: `Cannot use --${option} '${text}': '${bad}' is no number` }),
  );
};

const ablateCommand = Command.make("ablate", options, (given) => {
  const axes = { triggers: parts(given.triggers), corruptions: parts(given.corruptions) };
  const { gammas, ks, rhos, seed } = given;
  return runArms(given, {
    arms: (calibration) =>
      Either.gen(function* () {
        return yield* grid({
          ...axes,
          gammas: yield* numbers("gammas", gammas),
          ks: yield* numbers("ks", ks),
          rhos: yield* numbers("rhos", rhos),
          calibration,
          seed,
        });
      }),
    config: { ...axes, gammas, ks, rhos },
  });
}).pipe(Command.withDescription(
  "Runs every trigger with every corruption. The same command on the same run directory continues where it stopped.",
));

main(Command.run(ablateCommand, { name: "npm run ablate --", version: "0.1.0" }));
