/**
 * `dpc ablate`: every trigger with every corruption over a dataset. What the arms share is computed once.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { namedArms } from "./cli/arm_choice.ts";
import * as Shared from "./cli/options.ts";
import { evaluationOptions, runArms } from "./cli/run_arms.ts";
import { usualTables } from "./cli/finished_run.ts";
import { describe } from "./cli/output.ts";
import { Acceptance, Corruption, Trigger } from "../lib/dpc/mod.ts";
import { Registry } from "../lib/registry/mod.ts";
import { Stage } from "../lib/stage/mod.ts";
import { PAPER_ARMS, paperTable } from "../lib/terminal/mod.ts";

/** An axis of the grid, of names out of a registry. */
const axis = (
  name: string,
  registry: Registry.Registry<{ readonly description: string }>,
  standard: readonly string[],
) =>
  Shared.list(name).pipe(
    Options.withDefault(standard),
    Options.withDescription(
      `Separated by commas, by default ${standard.join(",")}: ${Registry.help(registry)}`,
    ),
  );

/** An axis of numbers. */
const numbers = (name: string, standard: readonly number[], description: string) =>
  Shared.numbers(name).pipe(
    Options.withDefault(standard),
    Options.withDescription(`${description}; separated by commas`),
  );

const { gamma, k } = Corruption.DEFAULTS;

const options = {
  ...evaluationOptions,
  triggers: axis("triggers", Trigger.registry, [Trigger.always.name, "affectedRatio"]),
  corruptions: axis("corruptions", Corruption.registry, Registry.names(Corruption.registry)),
  gammas: numbers("gammas", [gamma], "Shares of entries that a corruption sets to 0"),
  ks: numbers("ks", [k], "Positions that topK masks"),
  rhos: numbers("rhos", [], "Thresholds of affectedRatio instead of the calibrated one"),
  acceptances: axis("acceptances", Acceptance.registry, [Acceptance.second.name]),
  rounds: numbers("rounds", [Stage.ROUNDS], "Most corruptions of one instance"),
  ...Shared.samplingOptions,
  table2: Options.boolean("table2").pipe(
    Options.withDescription("Run the arms of the paper's table 2 instead of a grid, in its layout"),
  ),
};

/** All arms of the layout but ACT, which is no ablation. */
const TABLE_2 = Object.keys(PAPER_ARMS).filter((name) => name !== "act");

/** The command. */
export const command = Command.make("ablate", options, (args) => {
  const { table2, triggers, corruptions, acceptances, gammas, ks, rhos, rounds } = args;
  const { samples, temperature } = args;
  if (table2) {
    return runArms(
      args,
      namedArms(TABLE_2),
      (summary) => [paperTable(summary), ...usualTables(summary)],
    );
  }
  const axes = { triggers, corruptions, acceptances, gammas, ks, rhos, rounds };
  return runArms(args, { ...axes, samples, temperature });
}).pipe(Command.withDescription(describe(
  "Runs every trigger with every corruption. The same command on the same run directory continues where it stopped.",
  [
    [
      "All corruptions, always and where the paper's trigger fires",
      "npx dpc ablate --limit 200",
    ],
    ["The paper's table 2", "npx dpc ablate --table2 --prompt-seeds all"],
    [
      "How much depends on gamma and rho",
      "npx dpc ablate --triggers affectedRatio --corruptions accumulated --gammas 0,0.1,0.3 --rhos 0.1,0.3,0.5",
    ],
  ],
)));
