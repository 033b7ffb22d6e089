/**
 * `dpc tune`: tunes a soft prompt on the worked solutions of a dataset. The same command continues a run that was stopped.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Chunk, Console, Effect, Option, Stream } from "effect";
import { availableParallelism } from "node:os";
import {
  chooseTask,
  datasetOptions,
  jsonlOptions,
  noticeSkipped,
  selectionOf,
  skipping,
} from "./cli/dataset_options.ts";
import * as Shared from "./cli/options.ts";
import { describe } from "./cli/output.ts";
import { continues } from "./cli/program.ts";
import { chooseTemplate, describeTemplate, templateOptions } from "./cli/template_option.ts";
import {
  identifyingSettings,
  toTuningText,
  tunePrompt,
  tuningOptions,
  workedExamples,
} from "./cli/tune_prompt.ts";
import { Model, openModel } from "../lib/stage/mod.ts";
import { Progress } from "../lib/terminal/mod.ts";
import { loadPrompt, meanLoss } from "../lib/prompt/mod.ts";

const options = {
  model: Shared.model,
  ...datasetOptions,
  split: Options.text("split").pipe(
    Options.withDefault("train"),
    Options.withDescription("Which split to read when --data is a folder"),
  ),
  limit: Shared.count("limit").pipe(
    Options.withDefault(400),
    Options.withDescription("Tune on so many examples"),
  ),
  heldOut: Shared.count("held-out", 0).pipe(
    Options.withDefault(0),
    Options.withDescription(
      "Keep the first so many examples out of tuning, and print the loss on them at the end",
    ),
  ),
  mostTokens: Shared.count("most-tokens").pipe(
    Options.optional,
    Options.withDescription(
      "Only examples whose question and solution have at most so many tokens: short ones cost less",
    ),
  ),
  where: Options.keyValueMap("where").pipe(
    Options.optional,
    Options.withDescription("Only examples of a stratum, such as kind=clean"),
  ),
  out: Options.directory("out").pipe(
    Options.withDescription("Directory of the prompt, in PEFT's format"),
  ),
  ...templateOptions,
  ...tuningOptions,
  seed: Shared.seed,
  threads: Shared.placementOptions.threads,
  quantization: Shared.placementOptions.quantization,
  quiet: Shared.quiet,
};

/** The command. */
export const command = Command.make(
  "tune",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const { out, threads, mostTokens, quantization } = given;
      const task = yield* chooseTask(given);
      const { path, ...selection } = selectionOf({ ...given, limit: Option.none() });
      const { skipped, option: skipBad } = skipping(given);
      const worked = workedExamples(task, { path, ...selection, ...skipBad });
      // rows that cannot be tuned on are refused here, before a large model is opened for them
      yield* Stream.runDrain(Stream.take(worked, 1));
      const model = yield* openModel({
        directory: given.model,
        workers: 1,
        threads: Option.getOrElse(threads, availableParallelism),
        slots: 1,
        quantization: Option.getOrUndefined(quantization),
      });
      const where = Option.getOrElse(given.where, () => new Map<string, string>());
      const template = yield* chooseTemplate(task, { ...given, data: path });
      const texts = yield* worked.pipe(
        Stream.filter(({ strata }) => [...where].every(([key, value]) => strata[key] === value)),
        Stream.map((example) => toTuningText(model, template, example, given)),
        Stream.filter(({ ids }) => ids.length <= Option.getOrElse(mostTokens, () => Infinity)),
        Stream.take(given.heldOut + given.limit),
        Stream.runCollect,
      );
      const [heldOut, tuned] = Chunk.splitAt(texts, given.heldOut);
      yield* noticeSkipped(path, skipped);
      const { task: name, split, limit, heldOut: held, runPositions, seed } = given;
      const config = {
        ...identifyingSettings(given),
        ...{ task: name, data: path, split, limit, heldOut: held, runPositions, seed },
        ...Shared.given({ ids: given.ids, shuffle: given.shuffle, mostTokens }),
        ...(name === "jsonl" ? { jsonl: jsonlOptions(given) } : {}),
        where: Object.fromEntries(where),
        template: describeTemplate(template),
        model: model.fingerprint,
      };
      const losses = yield* tunePrompt({ ...given, config }, Chunk.toReadonlyArray(tuned)).pipe(
        continues(out),
        Effect.provideService(Model, model),
        Effect.provide(Progress.layer({ quiet: given.quiet })),
      );
      const mean = (part: readonly number[]) =>
        (part.reduce((sum, loss) => sum + loss, 0) / Math.max(1, part.length)).toFixed(4);
      yield* Console.log(
        `Tuned on ${tuned.length} examples, ${losses.length} steps: mean loss of the first ten ` +
          `${mean(losses.slice(0, 10))}, of the last ten ${mean(losses.slice(-10))}.`,
      );
      if (Chunk.isNonEmpty(heldOut)) {
        const { vectors } = yield* loadPrompt(out, model.config.hiddenSize);
        const { engine } = model;
        const loss = yield* meanLoss(engine, [...heldOut], vectors, given.runPositions);
        yield* Console.log(`Loss on ${heldOut.length} held-out examples: ${loss.toFixed(4)}`);
      }
      yield* Console.log(`Prompt: ${(yield* Path.Path).resolve(out)}`);
    })),
).pipe(Command.withDescription(describe(
  "Tunes a soft prompt on worked solutions, weights frozen. The same command continues a run that was stopped.",
  [
    [
      "For the embedded model, on its clean problems",
      "npx dpc tune --out prompts/mine --where kind=clean",
    ],
    [
      "For a model of your own",
      "npx dpc tune --model MODEL --task gsm8k --data train.jsonl --virtual-tokens 16 --out prompts/a",
    ],
    [
      "On questions and worked solutions in a file of any form",
      "npx dpc tune --model MODEL --task jsonl --data mine.jsonl --fields question=problem,answer=solution --out prompts/a",
    ],
  ],
)));
