/**
 * What evaluating and ablating share: options, loading, the run, the table.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Console, Effect, Stream } from "effect";
import { about } from "./about.ts";
import { type ArmChoice, describeArms } from "./arm_choice.ts";
import { chooseData, datasetOptions, jsonlOptions } from "./dataset_options.ts";
import { json, open, showRun, usualTables } from "./finished_run.ts";
import * as Option from "./options.ts";
import { continues, type Environment, type Failure } from "./program.ts";
import {
  loadPrompts,
  lossOf,
  plannedPrompts,
  primaryOf,
  promptArmsOf,
  promptOptions,
  warnOfOtherModel,
} from "./prompts.ts";
import { addressOf, log, queue } from "./queue_options.ts";
import {
  chatOptions,
  chooseChat,
  chooseTemplate,
  describeChat,
  describeTemplate,
  noticeTemplate,
  templateOptions,
} from "./template_option.ts";
import packageJson from "../../package.json" with { type: "json" };
import * as Run from "../../lib/run/mod.ts";
import {
  describeModel,
  inspectModel,
  Model,
  openModel,
  withoutEngine,
} from "../../lib/stage/mod.ts";
import { ArmError, localEvaluator } from "../../lib/arm/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { type Summary } from "../../lib/results/mod.ts";
import { writeLmEval } from "../../lib/export/mod.ts";
import type { Placement } from "../../lib/model/mod.ts";
import { codeHash, coordinator, WAIT_FOR_WORKERS } from "../../lib/queue/mod.ts";
import { datasetCommit, type Example, examples, hashDataset } from "../../lib/task/mod.ts";

/** The options of a program that runs arms over a dataset. */
export const evaluationOptions = {
  ...Option.grouped("Model", {
    model: Option.model,
    adapter: Option.adapter,
    ...promptOptions(["0"]),
  }, ["adapter"]),
  ...datasetOptions,
  ...Option.grouped("Asking", { maxNewTokens: Option.maxNewTokens }),
  ...templateOptions,
  ...chatOptions,
  ...Option.decodingOptions,
  ...Option.grouped("Run", {
    run: Option.directory("Run directory; by default one of runs/ named after the settings"),
    format: Option.choice(["lm-eval"])(
      "Write the results also in another layout: lm-eval for lm-evaluation-harness', into the run directory",
    ),
    maxErrors: Option.tolerance(
      "Stop once more examples than this have failed: a number or a share of all such as 5%; fewer are listed in errors.jsonl",
      Run.MAX_ERRORS,
    ),
    primary: Option.text(
      "The one arm to test against pt: named beforehand, it is tested alone, outside Holm's correction",
    ),
    seed: Option.seed,
    quiet: Option.quiet,
    json,
    open,
  }, ["maxErrors", "format"]),
  ...Option.placementOptions,
  ...Option.grouped("Machines", {
    shard: Option.text("Run only part i of n, as i/n: npx dpc merge joins the parts"),
    queue,
    queueAhead: Option.count(
      "Examples in the queue at a time: more than all workers together take",
      4096,
    ),
    queueWait: Option.count(
      "Seconds to go on without any worker, or without an answer of the queue's server",
      WAIT_FOR_WORKERS,
    ),
  }, ["queueAhead", "queueWait"]),
};

/** The values of {@linkcode evaluationOptions}. */
export type EvaluationGiven = Option.Given<typeof evaluationOptions>;

/** Runs the arms over the dataset and prints the table. */
export function runArms(
  given: EvaluationGiven,
  arms: ArmChoice,
  tablesOf: (summary: Summary) => readonly string[] = usualTables,
): Effect.Effect<void, Failure, Environment> {
  return Effect.scoped(Effect.gen(function* () {
    const { model, adapter, seed, queue, maxErrors } = given;
    const { task, selection, rows, skipped } = yield* chooseData(given);
    const options = yield* Option.placed(given);
    // what can be refused without weights is refused before they are read: data, template and shard first, which need no model
    const template = yield* chooseTemplate(task, { ...given, data: selection.path });
    const part = yield* partOf(given.shard, examples(task, rows));
    yield* Stream.runDrain(part.examples);
    const files = yield* inspectModel(model, adapter);
    const prompts = yield* loadPrompts(given, files.config);
    const promptArms = yield* promptArmsOf(prompts, arms, given);
    const primary = given.primary === undefined
      ? {}
      : { primary: yield* primaryOf(given.primary, promptArms[0]!.arms) };
    const chat = yield* chooseChat(files.tokenizer.chat, given);
    const described = yield* describeModel(model, given.quantization, files);
    const decoding = yield* Option.decodingOf(given);
    if (given.format !== undefined && given.answers > 1) {
      const message = `Cannot write --format ${given.format} with --answers ${given.answers} ` +
        "as it has one answer to a question: leave it out, and write them by dpc export";
      return yield* new ArmError({ message });
    }
    const maxNewTokens = Option.defined({ maxNewTokens: given.maxNewTokens });
    const whole = Schema.encodeSync(Run.RunConfiguration)({
      task: task.name,
      ...(given.task === "jsonl" ? { jsonl: jsonlOptions(given) } : {}),
      data: { ...selection, sha256: yield* hashDataset(task, selection) },
      template: describeTemplate(template),
      model: described.fingerprint,
      ...(described.adapter && { adapter: described.adapter.sha256, base: described.adapter.base }),
      tokenizer: described.tokenizerHash,
      prompts: prompts.length === 0 ? [null] : prompts.map(({ prompt, calibration = null }) => ({
        name: prompt.name,
        ...(prompt.method === "prefix" && { method: prompt.method }),
        sha256: prompt.hash,
        calibration,
      })),
      ...describeArms(arms),
      ...primary,
      seed,
      ...describeChat(given),
      ...maxNewTokens,
      ...(decoding === undefined ? {} : { decoding }),
      ...(given.answers === 1 ? {} : { answers: given.answers }),
      loss: yield* lossOf(prompts),
      device: options.device.name,
    });
    const config = { ...whole, ...part.config };
    const digest = Run.configurationHash(whole).slice(0, 8);
    const { run: directory = `runs/${task.name}-${digest}${part.suffix}` } = given;
    yield* Run.Journal.check(directory, config);
    yield* warnOfOtherModel(prompts, described.fingerprint);
    if (!given.quiet) yield* noticeTemplate(model, template.name);
    // a coordinator needs no engine
    const opened = queue === undefined
      ? yield* openModel(options, described)
      : withoutEngine(described);
    const evaluator = queue === undefined ? localEvaluator(task, promptArms) : coordinator({
      address: yield* addressOf(queue),
      plan: {
        format: 1,
        configuration: Run.configurationHash(config),
        model: described.fingerprint,
        tokenizer: described.tokenizerHash,
        device: options.device.name,
        code: yield* codeHash(packageJson.dependencies),
        task: task.name,
        ...Option.defined({ extractor: given.extractor }),
        seed,
        prompts: plannedPrompts(prompts),
        arms,
      },
      task,
      promptArms,
      lookAhead: given.queueAhead,
      waitTimeout: given.queueWait,
      log,
    });
    if (!given.quiet && queue === undefined) yield* Console.error(placed(model, opened.placement));
    const summary = yield* Run.runEvaluation({
      directory,
      config,
      about: yield* about({
        model,
        ...Option.defined({
          adapter,
          commit: described.checkpoint.commit,
          dataCommit: yield* datasetCommit(task, selection),
        }),
        ...opened.placement,
      }),
      task,
      tokenize: {
        template,
        ...maxNewTokens,
        ...Option.defined({ inChat: chat, sampling: decoding && { ...decoding, seed } }),
      },
      examples: part.examples,
      skipped: () => [...skipped.values()],
      prompts: promptArms.map(({ prompt }) => prompt.name),
      answers: given.answers,
      maxErrors,
    }).pipe(
      continues(directory),
      Effect.provide(evaluator),
      Effect.provideService(Model, opened),
      Effect.provide(Progress.layer(given)),
    );
    const lmEval = given.format === undefined ? [] : [
      `lm-eval: ${yield* writeLmEval({
        directory,
        task,
        // all of it, whose bad rows the run may never have reached
        dataset: examples(task, {
          ...Option.defined({ path: selection.path, split: given.split, config: given.config }),
          skipBad: () => Effect.void,
        }),
        model,
        shots: template.shots.length,
        stop: [...task.stop, ...template.stop],
        maxNewTokens: given.maxNewTokens ?? task.maxNewTokens,
        date: new Date(),
        seed,
        ...Option.defined({ decoding }),
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
function partOf<E, R>(shard: string | undefined, all: Stream.Stream<Example, E, R>) {
  return Effect.gen(function* () {
    if (shard === undefined) return { examples: all, config: {}, suffix: "" };
    const { index, of } = yield* Run.parseShard(shard);
    const { examples, ids, places, total } = yield* Run.shardOf(all, { index, of });
    return {
      examples,
      config: { shard: { index, of, ids, places: places.join(" "), total } },
      suffix: `-shard-${index}-of-${of}`,
    };
  });
}
