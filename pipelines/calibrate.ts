/**
 * `dpc calibrate`: chooses beta and the thresholds of all triggers on a development split and keeps them with the prompt.
 *
 * @module
 */
import { HelpDoc, Options } from "@effect/cli";
import { Console, Effect, Stream } from "effect";
import { calibratePrompt, LOSS, MAX_POSITIONS, STANDARD } from "./cli/calibrate_prompt.ts";
import { program } from "./cli/command.ts";
import { chooseData, datasetOptions, noticeSkipped } from "./cli/dataset_options.ts";
import { json } from "./cli/finished_run.ts";
import * as Option from "./cli/options.ts";
import { whenStopped } from "./cli/program.ts";
import { chooseTemplate, templateOptions } from "./cli/template_option.ts";
import { CONTRASTS, isTestSplit } from "../lib/arm/mod.ts";
import { probes } from "../lib/dpc/mod.ts";
import { Registry } from "../lib/registry/mod.ts";
import { readRecipe } from "../lib/model/training/mod.ts";
import { describeModel, inspectModel, Model, openModel } from "../lib/stage/mod.ts";
import { Progress, Table } from "../lib/terminal/mod.ts";
import {
  type Calibration,
  type ChosenHeads,
  loadCalibration,
  loadPrompt,
  PromptError,
} from "../lib/prompt/mod.ts";
import { examples } from "../lib/task/mod.ts";

/** Layers, such as "0-2", both included. */
const layerRange = Option.kind((name) =>
  Options.mapTryCatch(
    Options.text(name),
    (text) => {
      const found = /^(\d+)-(\d+)$/.exec(text);
      if (!found) throw new Error(`'${text}' is not a range of layers such as 0-2`);
      return { start: Number(found[1]), end: Number(found[2]) + 1 };
    },
    (error) => HelpDoc.p(`--${name}: ${(error as Error).message}`),
  ), "A-B");

/** The command. */
export const command = program({
  name: "calibrate",
  about: "Chooses the triggers' thresholds on a development split and keeps them with the prompt.",
  examples: {
    "On examples that the prompt was not tuned on":
      "npx dpc calibrate --model MODEL --prompt prompts/a --task gsm8k --data dev.jsonl --limit 200",
    "On questions and answers in a file of any form":
      "npx dpc calibrate --prompt prompts/a --task jsonl --data dev.jsonl --fields question=problem,answer=solution",
  },
  options: {
    ...Option.grouped("Model", {
      model: Option.model,
      adapter: Option.adapter,
      prompt: Option.directory.required(
        "Soft prompt in PEFT's format; dpc.json is written beside it",
      ),
    }),
    ...datasetOptions,
    ...Option.grouped("Data", {
      split: Option.text(
        "Split to read where --data is a folder; never the test split",
        "dev",
      ),
    }),
    ...templateOptions,
    gamma: Option.gamma,
    loss: Option.choice(["sum", "mean"])(
      "Loss of the saliency: the sum over the answer's tokens, or their mean, as prompts without a loss in dpc.json have it",
      LOSS,
    ),
    probes: Option.list(
      `Probes beside saliency: their flow triggers are calibrated too, as lateFlow@attention: ${
        Registry.help(probes)
      }`,
      STANDARD.probes,
    ),
    corruptions: Option.list(
      "Corruptions that the arm best is chosen among: beside accumulated and, of short prompts, static and staticBest",
      STANDARD.corruptions,
    ),
    positions: Option.atLeast(0)(
      "Vectors of a prompt up to which each position is corrupted in turn, an answer each: what static as a part of best, and staticBest, need; 0 saves them",
      MAX_POSITIONS,
    ),
    shallow: layerRange(
      "Layers where information accumulates; the first half by default; first and last, counted from 0",
    ),
    deep: layerRange(
      "Layers whose flow the triggers read; the second half by default; first and last, counted from 0",
    ),
    act: Option.atLeast(0)(
      "Rows to choose the heads of the arm act on: each is tried; 0 takes all that may be calibrated",
    ),
    actCode: Option.atLeast(0)(
      "The same by the rule of its authors' code",
    ),
    contrast: Option.atLeast(1)(
      `Rows to choose the arm contrast on; ${CONTRASTS.length} answers to each`,
    ),
    learn: Option.flag(
      "Learn the models of the arms route and select too, which takes three more answers for each example",
    ),
    maxNewTokens: Option.maxNewTokens,
    seed: Option.seed,
    ...Option.placementOptions,
    quiet: Option.quiet,
    json,
  },
}, function* (args) {
  const { prompt: directory, split, gamma, loss, shallow, deep, maxNewTokens } = args;
  const { probes, corruptions, positions, act, actCode, contrast } = args;
  const { task, selection, rows, skipped } = yield* chooseData(args);
  if (isTestSplit(selection.path, split)) {
    const reason = "its thresholds must not be chosen on a test split: give a part of train or dev";
    return yield* new PromptError({ directory, reason });
  }
  // what can be refused without weights is refused before they are read
  const template = yield* chooseTemplate(task, { ...args, data: selection.path });
  yield* Stream.runDrain(examples(task, rows));
  const files = yield* inspectModel(args.model, args.adapter);
  const prompt = yield* loadPrompt(directory, files.config);
  const before = yield* Effect.orElseSucceed(loadCalibration(directory, prompt), () => undefined);
  const tunedOn = yield* readRecipe(directory);
  const model = yield* openModel(
    yield* Option.placed(args),
    yield* describeModel(args.model, args.quantization, files),
  );
  const calibration = yield* calibratePrompt({
    directory,
    task,
    examples: examples(task, rows),
    split,
    tokenize: { template, ...Option.defined({ maxNewTokens }) },
    gamma,
    learn: args.learn,
    loss,
    probes,
    corruptions,
    positions,
    ...Option.defined({ shallow, deep, act, actCode, contrast }),
  }).pipe(
    whenStopped(`nothing is changed in '${directory}'; the same command begins anew`),
    Effect.provideService(Model, model),
    Effect.provide(Progress.layer(args)),
  );
  yield* noticeSkipped(selection.path, skipped);
  yield* Effect.forEach(
    doubts({ calibration, before, tunedOn, selection }),
    (line) => Console.error(line),
  );
  yield* Console.log(args.json ? JSON.stringify(calibration, null, 2) : tableOf(calibration));
});

/** What makes a calibration less than it seems, and what it replaced: a line each. */
export function doubts(
  { calibration, before, tunedOn, selection }: {
    readonly calibration: Calibration;
    /** What dpc.json had. */
    readonly before: Calibration | undefined;
    /** Recipe of the tuning, where the prompt's directory has it. */
    readonly tunedOn: Readonly<Record<string, unknown>> | undefined;
    /** The rows of the calibration. */
    readonly selection: { readonly path: string; readonly split: string };
  },
): readonly string[] {
  const { rows, firstAccuracy } = calibration;
  return [
    ...firstAccuracy < 1 ? [] : [
      `None of the ${rows} answers is wrong: there is nothing to choose a threshold by, and those of ` +
      "dpc.json say nothing. Calibrate on rows that the prompt does not all get right.",
    ],
    ...tunedOn?.["data"] !== selection.path ||
        // a file is one split, whatever it is called
        tunedOn["split"] !== selection.split && !/\.jsonl?$/.test(selection.path)
      ? []
      : [
        `The prompt was tuned on rows of the same data ('${selection.path}'): ` +
        "answers to rows that it knows are right more often than others, and thresholds chosen on them mislead.",
      ],
    ...before === undefined ? [] : [
      `dpc.json is replaced: it had ${before.trigger}, chosen on ${before.rows} rows of ${before.split}.`,
    ],
  ];
}

function tableOf(
  { triggers, trigger, beta, loss, positions, best, learned, act, actCode, contrast, ...measured }:
    Calibration,
): string {
  const { rows, firstAccuracy, secondAccuracy } = measured;
  const table = Table.render(
    ["trigger", ...["threshold", "accuracy, cross-validated", "AUC", "fires"].map(Table.right)],
    Object.entries(triggers).map(([name, { threshold, accuracy, auc, rate }]) => [
      name === trigger ? `${name} *` : name,
      threshold.toPrecision(4),
      Table.percent(accuracy),
      auc === null ? "-" : auc.toFixed(3),
      Table.percent(rate),
    ]),
  );
  return [
    `\n${table}\n`,
    `On ${rows} examples: ${Table.percent(firstAccuracy)} % with the prompt, ` +
    `${Table.percent(secondAccuracy)} % with it corrupted everywhere. ` +
    `The arm "dpc" uses ${trigger}; beta is ${beta.toPrecision(4)}, by the ${loss} of the loss.`,
    ...staticLine(positions),
    ...learnedLines(learned),
    ...(best === undefined ? [] : [
      `The arm "best" is ${best.arm}: ${Table.percent(best.accuracy ?? null)} %, ` +
      "cross-validated, and the best of many, so that it will be less.",
    ]),
    ...headLine("act", act),
    ...headLine("act:code", actCode),
    ...(contrast === undefined ? [] : [
      `The arm "contrast" has a = ${contrast.weight} where the divergence is above ${contrast.threshold}: ` +
      `${Table.percent(contrast.accuracy)} %, cross-validated on ${contrast.rows} examples.`,
    ]),
  ].join("\n");
}

function headLine(arm: string, chosen: ChosenHeads | undefined): readonly string[] {
  if (chosen === undefined) return [];
  const heads = chosen.heads.map((head) => head.join(".")).join(", ") || "(none helped)";
  return [
    `The arm "${arm}" calibrates the heads ${heads} (layer.head), chosen on ${chosen.rows} examples.`,
  ];
}

function staticLine(positions: Calibration["positions"]): readonly string[] {
  if (positions === undefined) return [];
  const { frequent, best } = positions;
  const line =
    `Information accumulates most often at position ${frequent} (the corruption "static")`;
  return [
    best === undefined
      ? `${line}.`
      : `${line}; corrupting ${best} everywhere is best ("staticBest").`,
  ];
}

function learnedLines(learned: Calibration["learned"]): readonly string[] {
  if (learned === undefined) return [];
  const { route, words, select, baseAccuracy } = learned;
  const choice = ({ options, accuracy }: typeof select) =>
    `${Table.percent(accuracy)} % between ${options.join(", ")}`;
  return [
    `Cross-validated: the arm "route" ${
      choice(route)
    }, by layer ${route.layer}; its control "route:words" ${choice(words)}; the arm "select" ${
      choice(select)
    }. Without a prompt ${Table.percent(baseAccuracy)} %.`,
  ];
}
