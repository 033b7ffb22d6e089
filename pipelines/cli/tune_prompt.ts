/**
 * What the programs that tune prompts share: options, texts to tune on, and tuning into a directory that continues where it stopped.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { FileSystem } from "@effect/platform";
import { Data, Effect, Stream } from "effect";
import * as Shared from "./options.ts";
import { Model } from "../../lib/stage/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { Checkpoint, type TuningText } from "../../lib/model/mod.ts";
import type { Recipe } from "../../lib/model/training/mod.ts";
import {
  initialTuneState,
  loadState,
  PromptError,
  randomVectors,
  type SaveOptions,
  savePrompt,
  saveState,
  SoftPrompt,
  textIds,
  tune,
  type TuneOptions,
  vocabularyIds,
} from "../../lib/prompt/mod.ts";
import {
  type DatasetError,
  type Example,
  examples,
  type ExamplesOptions,
  type Task,
  Template,
} from "../../lib/task/mod.ts";

/** How a prompt is made; all but `--save-every` decide what it becomes. */
export const tuningOptions = {
  calculator: Options.boolean("calculator").pipe(
    Options.withDescription(
      "Keep GSM8K's calculator marks <<a+b=c>>, which are dropped by default",
    ),
  ),
  virtualTokens: Shared.count("virtual-tokens").pipe(Options.withDefault(16)),
  init: Options.choice("init", ["vocabulary", "text", "random"]).pipe(
    Options.withDefault("vocabulary" as const),
    Options.withDescription("First values: rows of the vocabulary, a text's, or N(0, 1)"),
  ),
  initText: Options.text("init-text").pipe(
    Options.withDefault("Solve the problem step by step. Each step is one short calculation."),
  ),
  steps: Shared.count("steps").pipe(Options.withDefault(300)),
  batch: Shared.count("batch").pipe(
    Options.withDefault(16),
    Options.withDescription("Texts of a step"),
  ),
  runPositions: Shared.count("run-positions").pipe(
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
  saveEvery: Shared.count("save-every").pipe(
    Options.withDefault(10),
    Options.withDescription("Steps between two checkpoints"),
  ),
};

/** The values of {@linkcode tuningOptions}. */
export interface TuningSettings extends Omit<TuneOptions, "seed"> {
  readonly calculator: boolean;
  readonly virtualTokens: number;
  readonly init: "vocabulary" | "text" | "random";
  readonly initText: string;
  readonly saveEvery: number;
}

/** The settings that decide what a prompt becomes. */
export const identifyingSettings = (
  { virtualTokens, init, initText, steps, batch, lr, warmup, weightDecay, clip, calculator }:
    TuningSettings,
) => ({ virtualTokens, init, initText, steps, batch, lr, warmup, weightDecay, clip, calculator });

/** Rows of which none has a worked solution. */
export class NoSolutions
  extends Data.TaggedError("NoSolutions")<{ readonly path: string; readonly task: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot tune on '${this.path}' as no row of it has a worked solution` +
      (this.task === "jsonl"
        ? ": name its field as --fields rationale=FIELD, or give it in the answer, before '#### number'"
        : "");
  }
}

/** The examples that have a worked solution: those that can be tuned on. Fails with {@linkcode NoSolutions} where none has. */
export function workedExamples(
  task: Task,
  options: ExamplesOptions & { readonly path: string },
): Stream.Stream<Example, DatasetError | NoSolutions, FileSystem.FileSystem> {
  return Stream.suspend(() => {
    let isEmpty = true;
    const worked = Stream.filter(examples(task, options), ({ rationale }) => {
      isEmpty &&= rationale === undefined;
      return rationale !== undefined;
    });
    const refuse = Effect.suspend(() =>
      isEmpty ? new NoSolutions({ path: options.path, task: task.name }) : Effect.void
    );
    return Stream.concat(worked, Stream.execute(refuse));
  });
}

/** An example without GSM8K's calculator marks. */
export function withoutCalculator(example: Example): Example {
  const { rationale } = example;
  return rationale === undefined
    ? example
    : { ...example, rationale: rationale.replace(/<<[^<>\n]*>>/g, "") };
}

/** The prompt's and the solution's tokens, EOS at the end; the loss counts from the solution on. */
export function toTuningText(
  { tokenizer, config }: typeof Model.Service,
  template: Template.Template,
  example: Example,
  { calculator }: Pick<TuningSettings, "calculator">,
): TuningText {
  const { prefix, text, addSpecialTokens } = Template.render(template, example);
  const asked = tokenizer.encode(prefix + text, { addSpecialTokens });
  const solution = template.solve(calculator ? example : withoutCalculator(example));
  const solved = tokenizer.encode(solution, { addSpecialTokens: false });
  return { ids: [...asked, ...solved, ...config.eosIds.slice(0, 1)], from: asked.length };
}

/** A prompt to be tuned. */
export interface TuningJob extends TuningSettings {
  /** Directory of the model. */
  readonly model: string;
  /** Directory of the prompt. */
  readonly out: string;
  readonly seed: number;
  /** What makes the job this job: a directory that holds another is refused. */
  readonly config: Recipe;
}

/**
 * Tunes a prompt, or continues to, and saves it in PEFT's format as it goes, and where it is interrupted.
 *
 * @param job where to, how, and what identifies it
 * @param texts at least one
 * @returns the loss of each step
 */
export function tunePrompt(job: TuningJob, texts: readonly TuningText[]) {
  return Effect.gen(function* () {
    const { out, steps, saveEvery, virtualTokens, config } = job;
    const model = yield* Model;
    const fs = yield* FileSystem.FileSystem;
    yield* Effect.mapError(
      fs.makeDirectory(out, { recursive: true }),
      (error) => new PromptError({ directory: out, reason: error.message }),
    );
    if (texts.length === 0) {
      return yield* new PromptError({ directory: out, reason: "there is no example to tune on" });
    }
    const start = (yield* loadState(out, config, virtualTokens * model.config.hiddenSize)) ??
      { losses: [], state: initialTuneState(yield* firstVectors(job)) };
    const losses = [...start.losses];
    const saveOptions: SaveOptions = {
      model: job.model,
      layers: model.config.layers,
      heads: model.config.heads,
      init: PEFT_INIT[job.init],
      ...(job.init === "text" ? { initText: job.initText } : {}),
    };
    const keep = (state: typeof start.state) =>
      Effect.zipRight(
        savePrompt(
          out,
          new SoftPrompt({ name: out, vectors: state.vectors, virtualTokens }),
          saveOptions,
        ),
        saveState(out, { state, losses }, config),
      );
    let [last, kept] = [start.state, start.state];
    yield* tune(model.engine, texts, job, start.state).pipe(
      Progress.track({ label: "tune", total: steps, resumed: start.state.step }, (step) => ({
        note: `loss ${step.loss.toFixed(4)}  lr ${step.lr.toExponential(2)}`,
      })),
      Stream.runForEach(({ state, loss }) => {
        losses.push(loss);
        last = state;
        const due = state.step % saveEvery === 0 || state.step === steps;
        return due
          ? Effect.zipRight(keep(state), Effect.sync(() => void (kept = state)))
          : Effect.void;
      }),
      // what was tuned since the last checkpoint is not lost
      Effect.onInterrupt(() => last === kept ? Effect.void : Effect.ignore(keep(last))),
    );
    return losses;
  });
}

const PEFT_INIT = { vocabulary: "SAMPLE_VOCAB", text: "TEXT", random: "RANDOM" } as const;

/** First values of the vectors, [n, d] row-major. */
export function firstVectors(
  job: Pick<TuningJob, "model" | "out" | "init" | "initText" | "virtualTokens" | "seed">,
) {
  return Effect.gen(function* () {
    const { init, initText, virtualTokens: n, seed } = job;
    const { tokenizer, config } = yield* Model;
    if (init === "text" && initText.trim() === "") {
      const reason = "its first values need a text: give --init-text";
      return yield* new PromptError({ directory: job.out, reason });
    }
    if (init === "random") return randomVectors(n, config.hiddenSize, seed);
    const ids = init === "vocabulary"
      ? vocabularyIds(n, config.vocabSize, seed)
      : textIds(n, tokenizer.encode(initText, { addSpecialTokens: false }));
    return yield* Checkpoint.embeddings(yield* Checkpoint.open(job.model), ids);
  });
}
