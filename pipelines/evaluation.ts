/**
 * What evaluating and ablating share: options, loading, the run, the table.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Either, Option } from "effect";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { about } from "./about.ts";
import * as Shared from "./options.ts";
import {
  chooseTask,
  type DatasetChoice,
  datasetOptions,
  jsonlOptions,
  selectionOf,
} from "./dataset_options.ts";
import { continues } from "./program.ts";
import { chooseTemplate, type TemplateChoice, templateOptions } from "./template_option.ts";
import {
  Arm,
  ArmError,
  byName,
  conclusion,
  MAX_ERRORS,
  Model,
  openModel,
  Progress,
  type PromptArms,
  resultsTable,
  runEvaluation,
  strataTable,
  wideStrataTable,
} from "../lib/eval/mod.ts";
import { type Calibration, hashOf, loadCalibration, loadPrompt } from "../lib/prompt/mod.ts";
import { writeReport } from "../lib/report/mod.ts";
import { ChatError, type DatasetError, examples, inChat } from "../lib/task/mod.ts";

/** Prompts of the embedded model, one directory for each seed. */
const EMBEDDED_PROMPTS = "data/prompts";

/** The options of a program that runs arms over a dataset. */
export const evaluationOptions = {
  model: Shared.model,
  prompt: Options.directory("prompt").pipe(
    Options.repeated,
    Options.withDescription(
      "Soft prompt in PEFT's format; may be given several times, the results are pooled",
    ),
  ),
  promptSeeds: Options.text("prompt-seeds").pipe(
    Options.withDefault("0"),
    Options.withDescription(
      "Prompts of the embedded model when no --prompt is given: seeds separated by commas, or all",
    ),
  ),
  ...datasetOptions,
  maxNewTokens: Options.integer("max-new-tokens").pipe(
    Options.optional,
    Options.withDescription("Longest answer; the task's own by default"),
  ),
  ...templateOptions,
  chat: Options.boolean("chat").pipe(
    Options.withDescription("Put each prompt into the checkpoint's chat template"),
  ),
  run: Options.directory("run").pipe(
    Options.optional,
    Options.withDescription("Run directory; by default one of runs/ named after the settings"),
  ),
  maxErrors: Options.integer("max-errors").pipe(
    Options.withDefault(MAX_ERRORS),
    Options.withDescription(
      "Stop once more examples than this have failed; fewer are listed in errors.jsonl",
    ),
  ),
  seed: Shared.seed,
  ...Shared.placementOptions,
  quiet: Shared.quiet,
};

/** The values of {@linkcode evaluationOptions}. */
export interface EvaluationGiven extends TemplateChoice, DatasetChoice {
  readonly model: string;
  readonly prompt: readonly string[];
  readonly promptSeeds: string;
  readonly maxNewTokens: Option.Option<number>;
  readonly chat: boolean;
  readonly maxErrors: number;
  readonly run: Option.Option<string>;
  readonly workers: Option.Option<number>;
  readonly threads: Option.Option<number>;
  readonly slots: Option.Option<number>;
  readonly quiet: boolean;
}

/** Which arms to run. */
export interface ArmChoice {
  /** The arms under a prompt with this calibration. */
  readonly arms: (
    calibration: Calibration | undefined,
  ) => Either.Either<readonly Arm.Arm[], ArmError>;
  /** What run.json says of them. */
  readonly config: unknown;
}

/** The arms of these names, separated by commas. */
export function namedArms(
  arms: string,
  { gamma, seed }: { readonly gamma: number; readonly seed: number },
): ArmChoice {
  const names = arms.split(",").map((name) => name.trim());
  return {
    arms: (calibration) =>
      Either.all(names.map((name) => byName(name, { calibration, seed, gamma }))),
    config: { names, gamma },
  };
}

/** Directories of the prompts: those given, or the embedded model's own. */
function promptDirectories({ model, prompt, promptSeeds }: EvaluationGiven) {
  return Effect.gen(function* () {
    if (prompt.length > 0 || model !== Shared.EMBEDDED_MODEL) return prompt;
    const fs = yield* FileSystem.FileSystem;
    const found = yield* Effect.orElseSucceed(fs.readDirectory(EMBEDDED_PROMPTS), () => []);
    const known = found.filter((name) => name.startsWith("seed")).sort();
    if (promptSeeds === "all") return known.map((name) => `${EMBEDDED_PROMPTS}/${name}`);
    const asked = promptSeeds.split(",").map((seed) => `seed${seed.trim()}`);
    const unknown = asked.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      return yield* new ArmError({
        reason: `Cannot use --prompt-seeds '${promptSeeds}' as '${EMBEDDED_PROMPTS}' has ` +
          `${known.join(", ") || "none"}`,
      });
    }
    return asked.map((name) => `${EMBEDDED_PROMPTS}/${name}`);
  });
}

/** The prompts of a run with their arms, and what run.json says of them. */
function loadPromptArms(directories: readonly string[], { arms }: ArmChoice) {
  return Effect.gen(function* () {
    const { config } = yield* Model;
    const path = yield* Path.Path;
    const loaded = yield* Effect.forEach(directories, (directory) =>
      Effect.gen(function* () {
        const prompt = yield* loadPrompt(directory, config.hiddenSize);
        const calibration = yield* loadCalibration(directory, prompt);
        const name = path.basename(path.resolve(directory));
        return {
          promptArms: {
            prompt: { ...prompt, name },
            arms: yield* arms(calibration),
          } satisfies PromptArms,
          config: { name, sha256: hashOf(prompt), calibration: calibration ?? null },
        };
      }));
    if (loaded.length > 0) return loaded;
    const chosen = yield* arms(undefined);
    const prompted = chosen.filter((arm) => arm.prompted).map(({ name }) => name);
    if (prompted.length > 0) {
      return yield* new ArmError({
        reason: `Cannot run ${prompted.join(", ")} without a soft prompt: give --prompt DIR`,
      });
    }
    const prompt = { name: "base", vectors: new Float32Array(0), virtualTokens: 0 };
    return [{ promptArms: { prompt, arms: chosen } satisfies PromptArms, config: null }];
  });
}

/** Runs the arms over the dataset and prints the table. */
export function runArms(given: EvaluationGiven, choice: ArmChoice) {
  return Effect.scoped(Effect.gen(function* () {
    const { model, workers, threads, slots, seed } = given;
    const task = yield* chooseTask(given);
    const opened = yield* openModel({
      directory: model,
      ...Shared.given({ workers, threads, slots }),
    });
    const loaded = yield* Effect.provideService(
      loadPromptArms(yield* promptDirectories(given), choice),
      Model,
      opened,
    );
    const chat = !given.chat
      ? undefined
      : yield* opened.tokenizer.chat === undefined
        ? new ChatError({ reason: `'${model}' has none` })
        : inChat(opened.tokenizer.chat);
    const selection = selectionOf(given);
    const skipped = new Map<number | undefined, DatasetError>();
    const skipBad = (error: DatasetError) => Effect.sync(() => void skipped.set(error.line, error));
    const template = yield* chooseTemplate(task, { ...given, data: selection.path });
    const maxNewTokens = Shared.given({ maxNewTokens: given.maxNewTokens });
    const config = {
      task: task.name,
      ...(given.task === "jsonl" ? { jsonl: yield* jsonlOptions(given) } : {}),
      data: selection,
      template: { name: template.name, shots: template.shots.map(({ id }) => id) },
      model: opened.fingerprint,
      prompts: loaded.map((each) => each.config),
      arms: choice.config,
      seed,
      chat: given.chat,
      ...maxNewTokens,
    };
    const digest = createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 8);
    const directory = Option.getOrElse(given.run, () => `runs/${task.name}-${digest}`);
    const summary = yield* runEvaluation({
      directory,
      config,
      about: yield* about({ model, ...opened.placement }),
      task,
      tokenize: { template, ...maxNewTokens, ...(chat ? { inChat: chat } : {}) },
      examples: examples(task, given.skipBad ? { ...selection, skipBad } : selection),
      skipped: () => [...skipped.values()],
      promptArms: loaded.map((each) => each.promptArms),
      maxErrors: given.maxErrors,
    }).pipe(
      continues(directory),
      Effect.provideService(Model, opened),
      Effect.provide(Progress.layer({ quiet: given.quiet })),
    );
    const path = yield* Path.Path;
    const report = pathToFileURL(path.resolve(yield* writeReport(directory))).href;
    const skips = skipped.size === 0
      ? ""
      : `Skipped ${skipped.size} ${skipped.size === 1 ? "row" : "rows"} that cannot be read: ` +
        `see ${path.join(directory, "skipped.json")}`;
    const tables = [resultsTable(summary), strataTable(summary), wideStrataTable(summary), skips]
      .filter((text) => text !== "");
    yield* Console.log(
      `\n${tables.join("\n\n")}\n\n${conclusion(summary)}\nRun: ${directory}\nReport: ${report}`,
    );
  }));
}
