/**
 * `npm run tune`: tunes a soft prompt on the worked solutions of a dataset. The same command continues a run that was stopped.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { FileSystem, Path } from "@effect/platform";
import { Chunk, Console, Effect, Option, Stream } from "effect";
import { availableParallelism } from "node:os";
import * as Shared from "./options.ts";
import { main } from "./program.ts";
import { chooseTemplate, templateOptions } from "./template_option.ts";
import { Model, openModel, Progress } from "../lib/eval/mod.ts";
import { Checkpoint, type TuningText } from "../lib/model/mod.ts";
import {
  initialTuneState,
  loadState,
  PromptError,
  randomVectors,
  type SaveOptions,
  savePrompt,
  saveState,
  textIds,
  tune,
  vocabularyIds,
} from "../lib/prompt/mod.ts";
import { byName as taskByName, type Example, examples, Template } from "../lib/task/mod.ts";

const options = {
  model: Shared.model,
  task: Shared.task,
  data: Shared.data,
  split: Options.text("split").pipe(
    Options.withDefault("train"),
    Options.withDescription("Which split to read when --data is a folder"),
  ),
  limit: Options.integer("limit").pipe(
    Options.withDefault(400),
    Options.withDescription("Tune on so many examples"),
  ),
  where: Options.keyValueMap("where").pipe(
    Options.optional,
    Options.withDescription("Only examples of a stratum, such as kind=clean"),
  ),
  out: Options.directory("out").pipe(
    Options.withDescription("Directory of the prompt, in PEFT's format"),
  ),
  calculator: Options.boolean("calculator").pipe(
    Options.withDescription(
      "Keep GSM8K's calculator marks <<a+b=c>>, which are dropped by default",
    ),
  ),
  virtualTokens: Options.integer("virtual-tokens").pipe(Options.withDefault(16)),
  init: Options.choice("init", ["vocabulary", "text", "random"]).pipe(
    Options.withDefault("vocabulary" as const),
    Options.withDescription("First values: rows of the vocabulary, a text's, or N(0, 1)"),
  ),
  initText: Options.text("init-text").pipe(
    Options.withDefault("Solve the problem step by step. Each step is one short calculation."),
  ),
  ...templateOptions,
  steps: Options.integer("steps").pipe(Options.withDefault(300)),
  batch: Options.integer("batch").pipe(
    Options.withDefault(16),
    Options.withDescription("Texts of a step"),
  ),
  runPositions: Options.integer("run-positions").pipe(
    Options.withDefault(512),
    Options.withDescription("Most positions computed at a time: bounds the memory"),
  ),
  lr: Options.float("lr").pipe(
    Options.withDefault(0.01),
    Options.withDescription("Highest learning rate"),
  ),
  warmup: Options.float("warmup").pipe(
    Options.withDefault(0.05),
    Options.withDescription("Share of the steps in which the rate rises"),
  ),
  weightDecay: Options.float("weight-decay").pipe(Options.withDefault(0)),
  clip: Options.float("clip").pipe(
    Options.withDefault(1),
    Options.withDescription("Largest norm of a gradient"),
  ),
  saveEvery: Options.integer("save-every").pipe(
    Options.withDefault(10),
    Options.withDescription("Steps between two checkpoints"),
  ),
  seed: Shared.seed,
  threads: Shared.placementOptions.threads,
  quiet: Shared.quiet,
};

/** The prompt's and the solution's tokens, EOS at the end; the loss counts from the solution on. */
function toTuningText(
  { tokenizer, config }: typeof Model.Service,
  template: Template.Template,
  example: Example,
  calculator: boolean,
): TuningText {
  const { prefix, text, addSpecialTokens } = Template.render(template, example);
  const asked = tokenizer.encode(prefix + text, { addSpecialTokens });
  const solution = template.solve(example);
  const shown = calculator ? solution : solution.replace(/<<[^<>\n]*>>/g, "");
  const solved = tokenizer.encode(shown, { addSpecialTokens: false });
  return { ids: [...asked, ...solved, ...config.eosIds.slice(0, 1)], from: asked.length };
}

/** First values of the vectors. */
function firstVectors(
  directory: string,
  { tokenizer, config }: typeof Model.Service,
  given: {
    readonly init: "vocabulary" | "text" | "random";
    readonly initText: string;
    readonly virtualTokens: number;
    readonly seed: number;
    readonly out: string;
  },
) {
  const { init, virtualTokens: n, seed } = given;
  if (init === "text" && given.initText.trim() === "") {
    const reason = "its first values need a text: give --init-text";
    return Effect.fail(new PromptError({ directory: given.out, reason }));
  }
  if (init === "random") return Effect.succeed(randomVectors(n, config.hiddenSize, seed));
  const ids = init === "vocabulary"
    ? vocabularyIds(n, config.vocabSize, seed)
    : textIds(n, tokenizer.encode(given.initText, { addSpecialTokens: false }));
  return Effect.flatMap(
    Checkpoint.open(directory),
    (checkpoint) => Checkpoint.embeddings(checkpoint, ids),
  );
}

const PEFT_INIT = { vocabulary: "SAMPLE_VOCAB", text: "TEXT", random: "RANDOM" } as const;

const tuneCommand = Command.make("tune", options, (given) =>
  Effect.scoped(Effect.gen(function* () {
    const { out, threads, steps, quiet, saveEvery } = given;
    const fs = yield* FileSystem.FileSystem;
    yield* Effect.mapError(
      fs.makeDirectory(out, { recursive: true }),
      (error) => new PromptError({ directory: out, reason: error.message }),
    );
    const task = yield* taskByName(given.task);
    const model = yield* openModel({
      directory: given.model,
      workers: 1,
      threads: Option.getOrElse(threads, availableParallelism),
      slots: 1,
    });
    const where = Option.getOrElse(given.where, () => new Map<string, string>());
    const template = yield* chooseTemplate(task, given);
    const read = examples(task, { path: given.data, split: given.split }).pipe(
      Stream.filter(({ strata }) => [...where].every(([key, value]) => strata[key] === value)),
      Stream.take(given.limit),
      Stream.runCollect,
    );
    const texts = Chunk.toReadonlyArray(yield* read)
      .map((example) => toTuningText(model, template, example, given.calculator));
    if (texts.length === 0) {
      return yield* new PromptError({ directory: out, reason: "there is no example to tune on" });
    }
    const { quiet: _quiet, threads: _threads, saveEvery: _every, where: _where, ...settings } =
      given;
    const config = { ...settings, where: Object.fromEntries(where), model: model.fingerprint };
    const saved = yield* loadState(out, config);
    const start = saved ?? {
      losses: [],
      state: initialTuneState(yield* firstVectors(given.model, model, given)),
    };
    const losses = [...start.losses];
    const saveOptions: SaveOptions = {
      model: given.model,
      layers: model.config.layers,
      heads: model.config.heads,
      init: PEFT_INIT[given.init],
      ...(given.init === "text" ? { initText: given.initText } : {}),
    };
    const keep = (state: typeof start.state) =>
      Effect.zipRight(
        savePrompt(out, {
          vectors: state.vectors,
          virtualTokens: given.virtualTokens,
          hiddenSize: model.config.hiddenSize,
        }, saveOptions),
        saveState(out, { state, losses }, config),
      );
    const resumed = start.state.step;
    yield* tune(model.engine, texts, given, start.state).pipe(
      Progress.track({ label: "tune", total: steps, resumed }, ({ loss, lr }) => ({
        note: `loss ${loss.toFixed(4)}  lr ${lr.toExponential(2)}`,
      })),
      Stream.runForEach(({ state, loss }) => {
        losses.push(loss);
        const due = state.step % saveEvery === 0 || state.step === steps;
        return due ? keep(state) : Effect.void;
      }),
      Effect.provide(Progress.layer({ quiet })),
    );
    const mean = (part: readonly number[]) =>
      (part.reduce((sum, loss) => sum + loss, 0) / Math.max(1, part.length)).toFixed(4);
    yield* Console.log(
      `Tuned on ${texts.length} examples, ${losses.length} steps: mean loss of the first ten ` +
        `${mean(losses.slice(0, 10))}, of the last ten ${mean(losses.slice(-10))}.\nPrompt: ` +
        (yield* Path.Path).resolve(out),
    );
  }))).pipe(Command.withDescription(
    "Tunes a soft prompt on worked solutions, weights frozen. The same command continues a run that was stopped.",
  ));

main(Command.run(tuneCommand, { name: "npm run tune --", version: "0.1.0" }));
