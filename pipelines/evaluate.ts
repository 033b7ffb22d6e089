/**
 * `dpc evaluate`: evaluates arms over a dataset, into a run directory that the same command continues.
 *
 * @module
 */
import { namedArms } from "./cli/arm_choice.ts";
import { program } from "./cli/command.ts";
import * as Option from "./cli/options.ts";
import { evaluationOptions, runArms } from "./cli/run_arms.ts";
import { arms } from "../lib/arm/mod.ts";
import { Acceptance } from "../lib/dpc/mod.ts";
import { Registry } from "../lib/registry/mod.ts";

/** The command. */
export const command = program({
  name: "evaluate",
  about:
    "Evaluates arms over a dataset. The same command on the same run directory continues where it stopped.",
  examples: {
    "All arms on the embedded model and benchmark": "npx dpc evaluate",
    "The first 50 problems, results as JSON": "npx dpc evaluate --limit 50 --quiet --json",
    "A model, a prompt and data of your own":
      "npx dpc evaluate --model MODEL --prompt prompts/a --task gsm8k --data test.jsonl --arms base,pt,dpc --run runs/a",
    "Questions and answers in a file of any form":
      "npx dpc evaluate --task jsonl --data mine.jsonl --fields question=problem,answer=solution",
  },
  options: {
    ...evaluationOptions,
    ...Option.grouped("Arms", {
      arms: Option.list(
        `Arms to run: ${
          Registry.help(arms)
        }. After an arm that corrects, + and the rule for which answer counts: ${
          Registry.help(Acceptance.registry)
        }`,
        ["base", "pt", "random", "untriggered", "dpc"],
      ),
      gamma: Option.gamma,
      ...Option.samplingOptions,
    }, ["samples", "sampleTemperature"]),
  },
}, function* (args) {
  yield* runArms(args, namedArms(args.arms, args));
});
