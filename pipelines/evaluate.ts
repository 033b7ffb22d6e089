/**
 * `dpc evaluate`: evaluates arms over a dataset, into a run directory that the same command continues.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { namedArms } from "./cli/arm_choice.ts";
import { evaluationOptions, runArms } from "./cli/run_arms.ts";
import { describe } from "./cli/output.ts";
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

/** The command. */
export const command = Command.make(
  "evaluate",
  options,
  (args) => runArms(args, namedArms(args.arms, args)),
).pipe(Command.withDescription(describe(
  "Evaluates arms over a dataset. The same command on the same run directory continues where it stopped.",
  [
    ["All arms on the embedded model and benchmark", "npx dpc evaluate"],
    ["The first 50 problems, results as JSON", "npx dpc evaluate --limit 50 --quiet --json"],
    [
      "A model, a prompt and data of your own",
      "npx dpc evaluate --model MODEL --prompt prompts/a --task gsm8k --data test.jsonl --arms base,pt,dpc --run runs/a",
    ],
    [
      "Questions and answers in a file of any form",
      "npx dpc evaluate --task jsonl --data mine.jsonl --fields question=problem,answer=solution",
    ],
  ],
)));
