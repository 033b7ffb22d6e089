/**
 * `npm run calibrate`: chooses beta and the thresholds of all triggers on a development split and keeps them with the prompt.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect } from "effect";
import { calibratePrompt } from "./calibration.ts";
import * as Shared from "./options.ts";
import { main } from "./program.ts";
import { chooseTemplate, templateOptions } from "./template_option.ts";
import { Model, openModel, Progress, Table } from "../lib/eval/mod.ts";
import { PromptError } from "../lib/prompt/mod.ts";
import { byName as taskByName, examples } from "../lib/task/mod.ts";

const options = {
  model: Shared.model,
  prompt: Options.directory("prompt").pipe(
    Options.withDescription("Soft prompt in PEFT's format; dpc.json is written beside it"),
  ),
  task: Shared.task,
  data: Shared.data,
  split: Options.text("split").pipe(
    Options.withDefault("dev"),
    Options.withDescription("Which split to read when --data is a folder; never the test split"),
  ),
  limit: Shared.limit,
  ...templateOptions,
  gamma: Options.float("gamma").pipe(Options.withDefault(0.1)),
  maxNewTokens: Options.integer("max-new-tokens").pipe(Options.optional),
  seed: Shared.seed,
  ...Shared.placementOptions,
  quiet: Shared.quiet,
};

const calibrateCommand = Command.make(
  "calibrate",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const { model, workers, threads, slots, gamma, split } = given;
      const path = yield* Path.Path;
      const directory = given.prompt;
      // a file such as test.jsonl or gsm8k_test.json is a test split whatever --split says
      const isTest = split === "test" ||
        /(^|[^a-z])test([^a-z]|$)/i.test(path.basename(given.data));
      if (isTest) {
        const reason =
          "its thresholds must not be chosen on a test split: give a part of train or dev";
        return yield* new PromptError({ directory, reason });
      }
      const task = yield* taskByName(given.task);
      const opened = yield* openModel({
        directory: model,
        ...Shared.given({ workers, threads, slots }),
      });
      const template = yield* chooseTemplate(task, given);
      const calibration = yield* calibratePrompt({
        directory,
        task,
        examples: examples(task, {
          path: given.data,
          split,
          ...Shared.given({ limit: given.limit }),
        }),
        split,
        tokenize: { template, ...Shared.given({ maxNewTokens: given.maxNewTokens }) },
        gamma,
      }).pipe(
        Effect.provideService(Model, opened),
        Effect.provide(Progress.layer({ quiet: given.quiet })),
      );
      const rows = Object.entries(calibration.triggers).map(([name, each]) => [
        name === calibration.trigger ? `${name} *` : name,
        each.threshold.toPrecision(4),
        Table.percent(each.accuracy),
        each.auc === null ? "-" : each.auc.toFixed(3),
        Table.percent(each.rate),
      ]);
      yield* Console.log([
        "",
        Table.render([
          { title: "trigger" },
          { title: "threshold", align: "right" },
          { title: "accuracy, cross-validated", align: "right" },
          { title: "AUC", align: "right" },
          { title: "fires", align: "right" },
        ], rows),
        "",
        `On ${calibration.rows} examples: ${
          Table.percent(calibration.firstAccuracy)
        } % with the prompt, ` +
        `${Table.percent(calibration.secondAccuracy)} % with it corrupted everywhere. ` +
        `The arm "dpc" uses ${calibration.trigger}; beta is ${calibration.beta.toPrecision(4)}.`,
      ].join("\n"));
    })),
).pipe(Command.withDescription(
  "Chooses the triggers' thresholds on a development split and keeps them with the prompt.",
));

main(Command.run(calibrateCommand, { name: "npm run calibrate --", version: "0.1.0" }));
