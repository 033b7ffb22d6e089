/**
 * `npm start`: evaluates arms over a dataset, into a run directory that the same command continues.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { namedArms } from "./cli/arm_choice.ts";
import { evaluationOptions, runArms } from "./cli/run_arms.ts";
import { describe } from "./cli/output.ts";
import { main } from "./cli/program.ts";
import * as Shared from "./cli/options.ts";
import { arms } from "../lib/arm/mod.ts";
import { Acceptance } from "../lib/dpc/mod.ts";
import { Registry } from "../lib/registry/mod.ts";

const options = {
  ...evaluationOptions,
  arms: Shared.list("arms").pipe(
    Options.withDefault(["base", "pt", "random", "untriggered", "dpc"]),
    Options.withDescription(
      `Arms, separated by commas: ${
        Registry.help(arms)
      }. After an arm that corrects, + and the rule for which answer counts: ${
        Registry.help(Acceptance.registry)
      }`,
    ),
  ),
  gamma: Shared.gamma,
  ...Shared.samplingOptions,
};

const evaluateCommand = Command.make(
  "evaluate",
  options,
  (args) => runArms(args, namedArms(args.arms, args)),
).pipe(Command.withDescription(describe(
  "Evaluates arms over a dataset. The same command on the same run directory continues where it stopped.",
  [
    ["All arms on the embedded model and benchmark", "npm start"],
    ["The first 50 problems, results as JSON", "npm start --silent -- --limit 50 --quiet --json"],
    [
      "A model, a prompt and data of your own",
      "npm start -- --model MODEL --prompt prompts/a --task gsm8k --data test.jsonl --arms base,pt,dpc --run runs/a",
    ],
    [
      "Questions and answers in a file of any form",
      "npm start -- --task jsonl --data mine.jsonl --fields question=problem,answer=solution",
    ],
  ],
)));

main(Command.run(evaluateCommand, { name: "npm start --", version: "0.1.0" }));
