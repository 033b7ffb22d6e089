/**
 * `npm start`: evaluates arms over a dataset, into a run directory that the same command continues.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect, Option } from "effect";
import { createHash } from "node:crypto";
import { about } from "./about.ts";
import * as Shared from "./options.ts";
import { main } from "./program.ts";
import { chooseTemplate, templateOptions } from "./template_option.ts";
import {
  Arm,
  ArmError,
  byName,
  conclusion,
  Model,
  openModel,
  Progress,
  type PromptArms,
  resultsTable,
  runEvaluation,
} from "../lib/eval/mod.ts";
import { hashOf, loadCalibration, loadPrompt } from "../lib/prompt/mod.ts";
import { byName as taskByName, ChatError, examples, inChat } from "../lib/task/mod.ts";

const options = {
  model: Shared.model,
  prompt: Options.directory("prompt").pipe(
    Options.repeated,
    Options.withDescription(
      "Soft prompt in PEFT's format; may be given several times, the results are pooled",
    ),
  ),
  task: Shared.task,
  data: Options.text("data").pipe(
    Options.withDefault("data/benchmark"),
    Options.withDescription("The dataset's file, or a folder that holds it"),
  ),
  split: Shared.split,
  limit: Shared.limit,
  shuffle: Options.integer("shuffle").pipe(
    Options.optional,
    Options.withDescription("Shuffle the examples with this seed"),
  ),
  arms: Options.text("arms").pipe(
    Options.withDefault("base,pt,random,untriggered,dpc"),
    Options.withDescription(
      "Arms, separated by commas: base, pt, random, untriggered, dpc, dpc:TRIGGER",
    ),
  ),
  gamma: Options.float("gamma").pipe(
    Options.withDefault(0.1),
    Options.withDescription("Share of the prompt's other entries that a corruption sets to 0"),
  ),
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
  seed: Shared.seed,
  ...Shared.placementOptions,
  quiet: Shared.quiet,
};

/** The prompts of a run with their arms, and what run.json says of them. */
function loadPromptArms(directories: readonly string[], names: readonly string[], armOptions: {
  readonly seed: number;
  readonly gamma: number;
}) {
  return Effect.gen(function* () {
    const { config } = yield* Model;
    const path = yield* Path.Path;
    const loaded = yield* Effect.forEach(directories, (directory) =>
      Effect.gen(function* () {
        const prompt = yield* loadPrompt(directory, config.hiddenSize);
        const calibration = yield* loadCalibration(directory);
        const arms = yield* Effect.forEach(names, (name) =>
          byName(name, { calibration, ...armOptions }));
        const name = path.basename(path.resolve(directory));
        return {
          promptArms: { prompt: { ...prompt, name }, arms } satisfies PromptArms,
          config: { name, sha256: hashOf(prompt), calibration: calibration ?? null },
        };
      }));
    if (loaded.length > 0) return loaded;
    const prompted = names.filter((name) => name !== "base");
    if (prompted.length > 0) {
      return yield* new ArmError({
        reason: `Cannot run ${prompted.join(", ")} without a soft prompt: give --prompt DIR`,
      });
    }
    const arms = [Arm.make({ name: "base", prompted: false })];
    const prompt = { name: "base", vectors: new Float32Array(0), virtualTokens: 0 };
    return [{ promptArms: { prompt, arms } satisfies PromptArms, config: null }];
  });
}

const evaluateCommand = Command.make(
  "evaluate",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const { model, workers, threads, slots, seed, gamma } = given;
      const task = yield* taskByName(given.task);
      const opened = yield* openModel({
        directory: model,
        ...Shared.given({ workers, threads, slots }),
      });
      const names = given.arms.split(",").map((name) => name.trim());
      const loaded = yield* Effect.provideService(
        loadPromptArms(given.prompt, names, { seed, gamma }),
        Model,
        opened,
      );
      const chat = !given.chat
        ? undefined
        : yield* opened.tokenizer.chat === undefined
          ? new ChatError({ reason: `'${model}' has none` })
          : inChat(opened.tokenizer.chat);

      const selection = {
        path: given.data,
        split: given.split,
        ...Shared.given({ limit: given.limit, shuffleSeed: given.shuffle }),
      };
      const template = yield* chooseTemplate(task, given);
      const maxNewTokens = Shared.given({ maxNewTokens: given.maxNewTokens });
      const config = {
        task: task.name,
        data: selection,
        template: { name: template.name, shots: template.shots.map(({ id }) => id) },
        model: opened.fingerprint,
        prompts: loaded.map((each) => each.config),
        arms: names,
        gamma,
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
        examples: examples(task, selection),
        promptArms: loaded.map((each) => each.promptArms),
      }).pipe(
        Effect.provideService(Model, opened),
        Effect.provide(Progress.layer({ quiet: given.quiet })),
      );
      yield* Console.log(`\n${resultsTable(summary)}\n\n${conclusion(summary)}\nRun: ${directory}`);
    })),
).pipe(Command.withDescription(
  "Evaluates arms over a dataset. The same command on the same run directory continues where it stopped.",
));

main(Command.run(evaluateCommand, { name: "npm start --", version: "0.1.0" }));
