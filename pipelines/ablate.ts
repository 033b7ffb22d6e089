/**
 * `dpc ablate`: every trigger with every corruption over a dataset. What the arms share is computed once.
 *
 * @module
 */
import { namedArms } from "./cli/arm_choice.ts";
import { program } from "./cli/command.ts";
import { usualTables } from "./cli/finished_run.ts";
import * as Option from "./cli/options.ts";
import { evaluationOptions, runArms } from "./cli/run_arms.ts";
import { Acceptance, Corruption, Trigger } from "../lib/dpc/mod.ts";
import { Registry } from "../lib/registry/mod.ts";
import { Stage } from "../lib/stage/mod.ts";
import { PAPER_ARMS, paperTable } from "../lib/terminal/mod.ts";

/** An axis of the grid, of names out of a registry. */
const axis = (
  kinds: string,
  registry: Registry.Registry<{ readonly description: string }>,
  standard: readonly string[],
  more = "",
) => Option.list(`${kinds}: ${more}${Registry.help(registry)}`, standard);

/** An axis of numbers. */
const numbers = (standard: readonly number[], about: string) => Option.numbers(about, standard);

const { gamma, k } = Corruption.DEFAULTS;

/** All arms of the layout but ACT, which is not an ablation. */
const TABLE_2 = Object.keys(PAPER_ARMS).filter((name) => !name.startsWith("act"));

/** The command. */
export const command = program({
  name: "ablate",
  about:
    "Runs every trigger with every corruption. The same command on the same run directory continues where it stopped.",
  examples: {
    "All corruptions, always and where the paper's trigger fires": "npx dpc ablate --limit 200",
    "The paper's table 2": "npx dpc ablate --table2 --prompt-seeds all",
    "How much depends on gamma and rho":
      "npx dpc ablate --triggers affectedRatio --corruptions accumulated --gammas 0,0.1,0.3 --rhos 0.1,0.3,0.5",
  },
  options: {
    ...evaluationOptions,
    ...Option.grouped("Arms", {
      triggers: axis(
        "Triggers",
        Trigger.registry,
        [Trigger.always.name, "affectedRatio"],
        "dpc (that of the arm dpc), ",
      ),
      corruptions: axis("Corruptions", Corruption.registry, Registry.names(Corruption.registry)),
      gammas: numbers([gamma], "Shares of entries that a corruption sets to 0"),
      ks: numbers([k], "Positions that topK masks"),
      rhos: numbers([], "Thresholds of affectedRatio instead of the calibrated one"),
      acceptances: axis("Rules for which answer counts", Acceptance.registry, [
        Acceptance.second.name,
      ]),
      rounds: numbers([Stage.ROUNDS], "Most corruptions of one instance"),
      ...Option.samplingOptions,
      table2: Option.flag("The arms of the paper's table 2: instead of a grid, in its layout"),
    }, ["ks", "rhos", "rounds", "samples", "sampleTemperature", "acceptances", "gammas"]),
  },
}, function* (args) {
  if (args.table2) {
    return yield* runArms(
      args,
      namedArms(TABLE_2),
      (summary) => [paperTable(summary), ...usualTables(summary)],
    );
  }
  const { triggers, corruptions, acceptances, gammas, ks, rhos, rounds } = args;
  const axes = { triggers, corruptions, acceptances, gammas, ks, rhos, rounds };
  yield* runArms(args, { ...axes, samples: args.samples, temperature: args.sampleTemperature });
});
