/**
 * `dpc tune`: tunes a soft prompt on the worked solutions of a dataset. The same command continues a run that was stopped.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Chunk, Console, Effect, Stream, Struct } from "effect";
import { availableParallelism } from "node:os";
import { program } from "./cli/command.ts";
import { chooseData, datasetOptions, jsonlOptions, noticeSkipped } from "./cli/dataset_options.ts";
import * as Option from "./cli/options.ts";
import { continues } from "./cli/program.ts";
import { chooseTemplate, describeTemplate, templateOptions } from "./cli/template_option.ts";
import * as Tuning from "./cli/tune_prompt.ts";
import { Model, openModel } from "../lib/stage/mod.ts";
import { Progress } from "../lib/terminal/mod.ts";
import { loadPrompt, meanLoss } from "../lib/prompt/mod.ts";

/** The command. */
export const command = program({
  name: "tune",
  about:
    "Tunes a soft prompt on worked solutions, weights frozen. The same command continues a run that was stopped.",
  examples: {
    "For the embedded model, on its clean problems":
      "npx dpc tune --out prompts/mine --where kind=clean",
    "For a model of your own":
      "npx dpc tune --model MODEL --task gsm8k --data train.jsonl --virtual-tokens 16 --out prompts/a",
    "On questions and worked solutions in a file of any form":
      "npx dpc tune --model MODEL --task jsonl --data mine.jsonl --fields question=problem,answer=solution --out prompts/a",
  },
  options: {
    ...Option.grouped("Model", {
      model: Option.model,
      adapter: Option.adapter,
      out: Option.directory.required("Directory of the prompt, in PEFT's format"),
    }),
    ...datasetOptions,
    ...Option.grouped("Data", {
      split: Option.text("Split to read where --data is a folder", "train"),
      limit: Option.count("Tune on this many examples", 400),
      heldOut: Option.atLeast(0)(
        "Keep the first rows out, and print the loss on them: so many examples, not tuned on",
        0,
      ),
      mostTokens: Option.count(
        "Longest question and solution: in tokens; short ones cost less",
      ),
      part: Option.file.repeated(
        "Rows of one part of the prompt: it is tuned on them by itself beside --data, the other parts switched off; once for each part",
      ),
      where: Option.pairs("Only examples of a stratum, such as kind=clean"),
    }),
    ...templateOptions,
    ...Tuning.tuningOptions,
    seed: Option.seed,
    threads: Option.placementOptions.threads,
    quantization: Option.placementOptions.quantization,
    device: Option.placementOptions.device,
    quiet: Option.quiet,
  },
}, function* ({ threads = availableParallelism(), quantization, quiet, ...args }) {
  const { out, heldOut, limit, mostTokens = Infinity } = args;
  const { task, selection, rows, skipped } = yield* chooseData({ ...args, limit: undefined });
  const worked = Tuning.workedExamples(task, rows);
  // rows that cannot be tuned on are refused here, before a large model is opened for them
  yield* Stream.runDrain(Stream.take(worked, 1));
  const template = yield* chooseTemplate(task, { ...args, data: selection.path });
  yield* Tuning.checkSettings(args);
  const device = yield* Option.deviceOf(args.device);
  const model = yield* openModel(
    {
      device,
      ...Struct.pick(args, "adapter"),
      directory: args.model,
      workers: 1,
      threads,
      slots: 1,
      quantization,
    },
  );
  const where = Object.entries(args.where ?? {});
  const texts = yield* worked.pipe(
    Stream.filter(({ strata }) => where.every(([key, value]) => strata[key] === value)),
    Stream.mapEffect((example) => Tuning.toTuningText(model, template, example, args)),
    Stream.filter(({ ids }) => ids.length <= mostTokens),
    Stream.take(heldOut + limit),
    Stream.runCollect,
  );
  const [held, tuned] = Chunk.splitAt(texts, heldOut);
  const parts = yield* Effect.forEach(
    args.part,
    (path) =>
      Tuning.workedExamples(task, { ...rows, path }).pipe(
        Stream.mapEffect((example) => Tuning.toTuningText(model, template, example, args)),
        Stream.filter(({ ids }) => ids.length <= mostTokens),
        Stream.runCollect,
        Effect.map(Chunk.toReadonlyArray),
      ),
  );
  yield* noticeSkipped(selection.path, skipped);
  const config = {
    ...Tuning.identifyingSettings(args),
    ...Struct.pick(args, "task", "split", "limit", "heldOut", "runPositions", "seed"),
    data: selection.path,
    ...Option.defined(Struct.pick(args, "ids", "shuffle", "mostTokens")),
    ...(args.task === "jsonl" ? { jsonl: jsonlOptions(args) } : {}),
    ...(device.provider === "cpu" ? {} : { device: device.name }),
    ...(args.part.length === 0 ? {} : { parts: args.part }),
    where: args.where ?? {},
    template: describeTemplate(template),
    model: model.fingerprint,
    tokenizer: model.tokenizerHash,
  };
  const losses = yield* Tuning.tunePrompt({ ...args, config, parts }, Chunk.toReadonlyArray(tuned))
    .pipe(
      continues(out),
      Effect.provideService(Model, model),
      Effect.provide(Progress.layer({ quiet })),
    );
  const mean = (part: readonly number[]) =>
    (part.reduce((sum, loss) => sum + loss, 0) / Math.max(1, part.length)).toFixed(4);
  yield* Console.log(
    `Tuned on ${tuned.length} examples, ${losses.length} steps: mean loss of the first ten ` +
      `${mean(losses.slice(0, 10))}, of the last ten ${mean(losses.slice(-10))}.`,
  );
  if (Chunk.isNonEmpty(held)) {
    const { method } = args;
    const lossUnder = (vectors: Float32Array) =>
      Effect.map(
        meanLoss(model.engine, [...held], { method, vectors }, args.runPositions),
        (loss) => loss.toFixed(4),
      );
    const first = yield* Effect.provideService(Tuning.firstVectors(args), Model, model);
    const before = yield* lossUnder(first);
    const after = yield* lossUnder((yield* loadPrompt(out, model.config)).vectors);
    yield* Console.log(
      `Loss on ${held.length} held-out examples: ${before} before tuning, ${after} after`,
    );
  }
  yield* Console.log(`Prompt: ${(yield* Path.Path).resolve(out)}`);
});
