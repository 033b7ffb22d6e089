/**
 * `dpc calibrate`: chooses beta and the thresholds of all triggers on a development split and keeps them with the prompt.
 *
 * @module
 */
import { Command, HelpDoc, Options } from "@effect/cli";
import { Console, Effect } from "effect";
import { calibratePrompt } from "./cli/calibrate_prompt.ts";
import {
  chooseTask,
  datasetOptions,
  noticeSkipped,
  selectionOf,
  skipping,
} from "./cli/dataset_options.ts";
import * as Shared from "./cli/options.ts";
import * as Output from "./cli/output.ts";
import { whenStopped } from "./cli/program.ts";
import { chooseTemplate, templateOptions } from "./cli/template_option.ts";
import { isTestSplit } from "../lib/arm/mod.ts";
import { Model, openModel } from "../lib/stage/mod.ts";
import { Progress, Table } from "../lib/terminal/mod.ts";
import { PromptError } from "../lib/prompt/mod.ts";
import { examples } from "../lib/task/mod.ts";

/** An option of layers, such as "0-2", both included. */
const layerRange = (name: string, what: string) =>
  Options.text(name).pipe(
    Options.mapTryCatch(
      (text) => {
        const found = /^(\d+)-(\d+)$/.exec(text);
        if (!found) throw new Error(`'${text}' is not a range of layers such as 0-2`);
        return { start: Number(found[1]), end: Number(found[2]) + 1 };
      },
      (error) => HelpDoc.p(`--${name}: ${(error as Error).message}`),
    ),
    Options.optional,
    Options.withDescription(`Layers ${what}; first and last, counted from 0`),
  );

const options = {
  model: Shared.model,
  prompt: Options.directory("prompt").pipe(
    Options.withDescription("Soft prompt in PEFT's format; dpc.json is written beside it"),
  ),
  ...datasetOptions,
  split: Options.text("split").pipe(
    Options.withDefault("dev"),
    Options.withDescription("Which split to read when --data is a folder; never the test split"),
  ),
  ...templateOptions,
  gamma: Shared.gamma,
  shallow: layerRange("shallow", "where information accumulates; the first half by default"),
  deep: layerRange("deep", "whose flow the triggers read; the second half by default"),
  act: Shared.count("act", 0).pipe(
    Options.optional,
    Options.withDescription(
      "Choose the heads of the arm act by trying each on this many examples; 0 takes all that may be calibrated",
    ),
  ),
  maxNewTokens: Shared.count("max-new-tokens").pipe(
    Options.optional,
    Options.withDescription("Longest answer; the task's own by default"),
  ),
  seed: Shared.seed,
  ...Shared.placementOptions,
  quiet: Shared.quiet,
  json: Output.json,
};

/** The command. */
export const command = Command.make(
  "calibrate",
  options,
  (args) =>
    Effect.scoped(Effect.gen(function* () {
      const { model, workers, threads, slots, quantization, gamma, split, shallow, deep, act } =
        args;
      const directory = args.prompt;
      const selection = selectionOf(args);
      if (isTestSplit(selection.path, split)) {
        const reason =
          "its thresholds must not be chosen on a test split: give a part of train or dev";
        return yield* new PromptError({ directory, reason });
      }
      const task = yield* chooseTask(args);
      const opened = yield* openModel({
        directory: model,
        ...Shared.given({ workers, threads, slots, quantization }),
      });
      const template = yield* chooseTemplate(task, { ...args, data: selection.path });
      const { skipped, option: skipBad } = skipping(args);
      const calibration = yield* calibratePrompt({
        directory,
        task,
        examples: examples(task, { ...selection, ...skipBad }),
        split,
        tokenize: { template, ...Shared.given({ maxNewTokens: args.maxNewTokens }) },
        gamma,
        ...Shared.given({ shallow, deep, act }),
      }).pipe(
        whenStopped(`nothing is changed in '${directory}'; the same command begins anew`),
        Effect.provideService(Model, opened),
        Effect.provide(Progress.layer({ quiet: args.quiet })),
      );
      yield* noticeSkipped(selection.path, skipped);
      if (args.json) return yield* Console.log(JSON.stringify(calibration, null, 2));
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
        ...(calibration.act === undefined ? [] : [
          `The arm "act" calibrates the heads ${
            calibration.act.heads.map((head) => head.join(".")).join(", ") || "(none helped)"
          } (layer.head), chosen on ${calibration.act.rows} examples.`,
        ]),
      ].join("\n"));
    })),
).pipe(Command.withDescription(Output.describe(
  "Chooses the triggers' thresholds on a development split and keeps them with the prompt.",
  [[
    "On examples that the prompt was not tuned on",
    "npx dpc calibrate --model MODEL --prompt prompts/a --task gsm8k --data dev.jsonl --limit 200",
  ], [
    "On questions and answers in a file of any form",
    "npx dpc calibrate --prompt prompts/a --task jsonl --data dev.jsonl --fields question=problem,answer=solution",
  ]],
)));
