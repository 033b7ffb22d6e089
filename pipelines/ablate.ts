/**
 * `npm run ablate`: every trigger with every corruption over a dataset. What the arms share is computed once.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { namedArms, parts } from "./cli/arm_choice.ts";
import { evaluationOptions, runArms, samplingOptions } from "./cli/run_arms.ts";
import { usualTables } from "./cli/finished_run.ts";
import { describe } from "./cli/output.ts";
import { main } from "./cli/program.ts";
import { PAPER_ARMS, paperTable } from "../lib/terminal/mod.ts";

const list = (name: string, standard: string, description: string) =>
  Options.text(name).pipe(
    Options.withDefault(standard),
    Options.withDescription(`${description}; separated by commas`),
  );

const options = {
  ...evaluationOptions,
  triggers: list(
    "triggers",
    "always,affectedRatio",
    "always, random(p), or triggers of the calibration",
  ),
  corruptions: list(
    "corruptions",
    "accumulated,randomPosition,topK,mean,attentionMask,gammaOnly",
    "accumulated, randomPosition, topK, mean, attentionMask, gammaOnly",
  ),
  gammas: list("gammas", "0.1", "Shares of entries that a corruption sets to 0"),
  ks: list("ks", "2", "Positions that topK masks"),
  rhos: list("rhos", "", "Thresholds of affectedRatio instead of the calibrated one"),
  acceptances: list(
    "acceptances",
    "second",
    "Which answer counts: second, moreConfident, selfConsistency",
  ),
  rounds: list("rounds", "1", "Most corruptions of one instance"),
  ...samplingOptions,
  table2: Options.boolean("table2").pipe(
    Options.withDescription("Run the arms of the paper's table 2 instead of a grid, in its layout"),
  ),
};

/** All arms of the layout but ACT, which is no ablation. */
const TABLE_2 = Object.keys(PAPER_ARMS).filter((name) => name !== "act").join(",");

const ablateCommand = Command.make("ablate", options, (given) => {
  const { triggers, corruptions, acceptances, gammas, ks, rhos, rounds, samples, temperature } =
    given;
  if (given.table2) {
    return runArms(
      given,
      namedArms(TABLE_2, { gamma: 0.1 }),
      (summary) => [paperTable(summary), ...usualTables(summary)],
    );
  }
  return runArms(given, {
    triggers: parts(triggers),
    corruptions: parts(corruptions),
    acceptances: parts(acceptances),
    gammas,
    ks,
    rhos,
    rounds,
    samples,
    temperature,
  });
}).pipe(Command.withDescription(describe(
  "Runs every trigger with every corruption. The same command on the same run directory continues where it stopped.",
  [
    [
      "All corruptions, always and where the paper's trigger fires",
      "npm run ablate -- --limit 200",
    ],
    ["The paper's table 2", "npm run ablate -- --table2 --prompt-seeds all"],
    [
      "How much depends on gamma and rho",
      "npm run ablate -- --triggers affectedRatio --corruptions accumulated --gammas 0,0.1,0.3 --rhos 0.1,0.3,0.5",
    ],
  ],
)));

main(Command.run(ablateCommand, { name: "npm run ablate --", version: "0.1.0" }));
