/**
 * What evaluating and ablating share: options, loading, the run, the table.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect, Option, type Redacted, type Stream } from "effect";
import { about } from "./about.ts";
import { type ArmChoice, describeArms } from "./arm_choice.ts";
import { showRun, usualTables } from "./finished_run.ts";
import * as Shared from "./options.ts";
import * as Output from "./output.ts";
import {
  chooseTask,
  type DatasetChoice,
  datasetOptions,
  jsonlOptions,
  selectionOf,
  skipping,
} from "./dataset_options.ts";
import { continues } from "./program.ts";
import { loadPrompts, plannedPrompts, promptArmsOf } from "./prompts.ts";
import { addressOf, notice, queue } from "./queue_options.ts";
import {
  chooseTemplate,
  describeTemplate,
  type TemplateChoice,
  templateOptions,
} from "./template_option.ts";
import packageJson from "../../package.json" with { type: "json" };
import {
  configurationHash,
  MAX_ERRORS,
  parseShard,
  RunConfiguration,
  runEvaluation,
  shardOf,
} from "../../lib/run/mod.ts";
import { describeModel, Model, openModel, withoutEngine } from "../../lib/stage/mod.ts";
import { localEvaluator } from "../../lib/arm/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { type Summary } from "../../lib/results/mod.ts";
import { writeLmEval } from "../../lib/export/mod.ts";
import type { Placement } from "../../lib/model/mod.ts";
import { codeHash, coordinator } from "../../lib/queue/mod.ts";
import { ChatError, type Example, examples, hashDataset, inChat } from "../../lib/task/mod.ts";

/** The options of a program that runs arms over a dataset. */
export const evaluationOptions = {
  model: Shared.model,
  prompt: Options.directory("prompt").pipe(
    Options.repeated,
    Options.withDescription(
      "Soft prompt in PEFT's format; may be given several times, the results are pooled",
    ),
  ),
  promptSeeds: Shared.list("prompt-seeds").pipe(
    Options.withDefault(["0"]),
    Options.withDescription(
      "Prompts of the embedded model when no --prompt is given: seeds separated by commas, or all",
    ),
  ),
  ...datasetOptions,
  maxNewTokens: Shared.count("max-new-tokens").pipe(
    Options.optional,
    Options.withDescription("Longest answer; the task's own by default"),
  ),
  ...templateOptions,
  chat: Options.boolean("chat").pipe(
    Options.withDescription("Put each prompt into the checkpoint's chat template"),
  ),
  format: Options.choice("format", ["lm-eval"]).pipe(
    Options.optional,
    Options.withDescription(
      "Write the results also in this layout, into the run directory: lm-eval for lm-evaluation-harness'",
    ),
  ),
  run: Options.directory("run").pipe(
    Options.optional,
    Options.withDescription("Run directory; by default one of runs/ named after the settings"),
  ),
  maxErrors: Shared.count("max-errors", 0).pipe(
    Options.withDefault(MAX_ERRORS),
    Options.withDescription(
      "Stop once more examples than this have failed; fewer are listed in errors.jsonl",
    ),
  ),
  seed: Shared.seed,
  ...Shared.placementOptions,
  shard: Options.text("shard").pipe(
    Options.optional,
    Options.withDescription("Run only part i of n, as i/n; npx dpc merge joins the parts"),
  ),
  queue: queue.pipe(Options.optional),
  queueAhead: Shared.count("queue-ahead").pipe(
    Options.withDefault(4096),
    Options.withDescription("Examples in the queue at a time: more than all workers together take"),
  ),
  quiet: Shared.quiet,
  json: Output.json,
  open: Output.open,
};

/** The values of {@linkcode evaluationOptions}. */
export interface EvaluationGiven extends TemplateChoice, DatasetChoice {
  readonly model: string;
  readonly prompt: readonly string[];
  readonly promptSeeds: readonly string[];
  readonly maxNewTokens: Option.Option<number>;
  readonly chat: boolean;
  readonly maxErrors: number;
  readonly format: Option.Option<"lm-eval">;
  readonly run: Option.Option<string>;
  readonly workers: Option.Option<number>;
  readonly threads: Option.Option<number>;
  readonly slots: Option.Option<number>;
  readonly quantization: Option.Option<"q8" | "q4">;
  readonly shard: Option.Option<string>;
  readonly queue: Option.Option<Redacted.Redacted<string>>;
  readonly queueAhead: number;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly open: boolean;
}

/** The model here, or only what a coordinator needs of it. */
function modelFor({ model, queue, workers, threads, slots, quantization }: EvaluationGiven) {
  return Option.isSome(queue)
    ? Effect.map(describeModel(model, Option.getOrUndefined(quantization)), withoutEngine)
    : openModel({ directory: model, ...Shared.given({ workers, threads, slots, quantization }) });
}

/** Runs the arms over the dataset and prints the table. */
export function runArms(
  given: EvaluationGiven,
  arms: ArmChoice,
  tablesOf: (summary: Summary) => readonly string[] = usualTables,
) {
  return Effect.scoped(Effect.gen(function* () {
    const { model, seed } = given;
    const task = yield* chooseTask(given);
    const opened = yield* modelFor(given);
    const prompts = yield* loadPrompts(given, opened.config.hiddenSize);
    const promptArms = yield* promptArmsOf(prompts, arms, seed);
    const chat = !given.chat
      ? undefined
      : yield* opened.tokenizer.chat === undefined
        ? new ChatError({ reason: `'${model}' has none` })
        : inChat(opened.tokenizer.chat);
    const selection = selectionOf(given);
    const { skipped, option: skipBad } = skipping(given);
    const template = yield* chooseTemplate(task, { ...given, data: selection.path });
    const maxNewTokens = Shared.given({ maxNewTokens: given.maxNewTokens });
    const config = Schema.encodeSync(RunConfiguration)({
      task: task.name,
      ...(given.task === "jsonl" ? { jsonl: jsonlOptions(given) } : {}),
      data: { ...selection, sha256: yield* hashDataset(task, selection) },
      template: describeTemplate(template),
      model: opened.fingerprint,
      prompts: prompts.length === 0 ? [null] : prompts.map(({ prompt, calibration = null }) => ({
        name: prompt.name,
        sha256: prompt.hash,
        calibration,
      })),
      ...describeArms(arms),
      seed,
      chat: given.chat,
      ...maxNewTokens,
      // the only loss and device that there are
      loss: "mean",
      device: "cpu",
    });
    const digest = configurationHash(config).slice(0, 8);
    const part = yield* partOf(
      given,
      examples(task, { ...selection, ...skipBad }),
    );
    const directory = Option.getOrElse(
      given.run,
      () => `runs/${task.name}-${digest}${part.suffix}`,
    );
    const evaluator = Option.isNone(given.queue) ? localEvaluator(task, promptArms) : coordinator({
      address: yield* addressOf(given.queue.value),
      plan: {
        format: 1,
        configuration: configurationHash({ ...config, ...part.config }),
        model: opened.fingerprint,
        code: yield* codeHash(packageJson.dependencies),
        task: task.name,
        ...Shared.given({ extractor: given.extractor }),
        seed,
        prompts: plannedPrompts(prompts),
        arms,
      },
      lookAhead: given.queueAhead,
      notice,
    });
    if (!given.quiet && Option.isNone(given.queue)) {
      yield* Console.error(placed(model, opened.placement));
    }
    const summary = yield* runEvaluation({
      directory,
      config: { ...config, ...part.config },
      about: yield* about({ model, ...opened.placement }),
      task,
      tokenize: { template, ...maxNewTokens, ...(chat ? { inChat: chat } : {}) },
      examples: part.examples,
      skipped: () => [...skipped.values()],
      prompts: promptArms.map(({ prompt }) => prompt.name),
      maxErrors: given.maxErrors,
    }).pipe(
      continues(directory),
      Effect.provide(evaluator),
      Effect.provideService(Model, opened),
      Effect.provide(Progress.layer({ quiet: given.quiet })),
    );
    const lmEval = Option.isNone(given.format) ? [] : [
      `lm-eval: ${yield* writeLmEval({
        directory,
        task,
        // all of it, whose bad rows the run may never have reached
        dataset: examples(task, {
          path: selection.path,
          split: given.split,
          skipBad: () => Effect.void,
        }),
        model,
        shots: template.shots.length,
        stop: [...task.stop, ...template.stop],
        maxNewTokens: maxNewTokens.maxNewTokens ?? task.maxNewTokens,
        date: new Date(),
        seed,
      })}`,
    ];
    const path = yield* Path.Path;
    const skips = skipped.size === 0
      ? ""
      : `Skipped ${skipped.size} ${skipped.size === 1 ? "row" : "rows"} that cannot be read: ` +
        `see ${path.join(directory, "skipped.json")}`;
    const tables = [...tablesOf(summary), skips];
    yield* showRun({ directory, summary, tables, lines: lmEval }, given);
  }));
}

/** How the cores are used, and what makes it otherwise. */
const placed = (model: string, { workers, threads, slots }: Placement): string =>
  `${model}: ${workers} ${workers === 1 ? "worker" : "workers"} with ${threads} ` +
  `${threads === 1 ? "thread" : "threads"} and ${slots} answers at a time each ` +
  "(--workers, --threads, --slots)";

/** The examples of the shard asked for, or all; what the configuration and the directory's name say of it. */
function partOf<E, R>(
  { shard }: Pick<EvaluationGiven, "shard">,
  all: Stream.Stream<Example, E, R>,
) {
  return Effect.gen(function* () {
    if (Option.isNone(shard)) return { examples: all, config: {}, suffix: "" };
    const { index, of } = yield* parseShard(shard.value);
    const { examples, ids, places, total } = yield* shardOf(all, { index, of });
    return {
      examples,
      config: { shard: { index, of, ids, places: places.join(" "), total } },
      suffix: `-shard-${index}-of-${of}`,
    };
  });
}
