/**
 * What the programs that tune prompts share: options, texts to tune on, and tuning into a directory that continues where it stopped.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Data, Effect, Stream } from "effect";
import * as Option from "./options.ts";
import { blocking } from "../../lib/runtime/mod.ts";
import { Model } from "../../lib/stage/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { Checkpoint, type TuningText } from "../../lib/model/mod.ts";
import type { Recipe } from "../../lib/model/training/mod.ts";
import * as Prompt from "../../lib/prompt/mod.ts";
import { lockRun } from "../../lib/run/mod.ts";
import * as Task from "../../lib/task/mod.ts";

/** How a prompt is made; all but `--save-every` decide what it becomes. */
export const tuningOptions = Option.grouped("Tuning", {
  calculator: Option.flag("Keep GSM8K's marks <<a+b=c>>: dropped by default"),
  method: Option.choice(["prompt", "prefix"])(
    "What is tuned: vectors at the input, or keys and values of each layer",
    "prompt",
  ),
  virtualTokens: Option.count("Vectors of the prompt", 16),
  init: Option.choice(["vocabulary", "text", "random"])(
    "First values: rows of the vocabulary (by default), a text's, or N(0, 1); of a prefix N(0, 1) alone",
  ),
  initText: Option.text(
    "Text that --init text takes the first values of",
    "Solve the problem step by step. Each step is one short calculation.",
  ),
  steps: Option.count("Steps in all", 300),
  batch: Option.count("Texts of a step", 16),
  runPositions: Option.count("Most positions computed at a time: bounds the memory", 512),
  lr: Option.float("Highest learning rate", 0.01),
  warmup: Option.float("Share of the steps in which the rate rises", 0.05),
  weightDecay: Option.float("Weight decay of the vectors", 0),
  clip: Option.float("Largest norm of a gradient", 1),
  saveEvery: Option.count("Steps between two checkpoints", 10),
}, ["calculator", "initText", "runPositions", "warmup", "weightDecay", "clip", "saveEvery"]);

/** The values of {@linkcode tuningOptions}. */
export type TuningSettings = Option.Given<typeof tuningOptions>;

/** The settings that decide what a prompt becomes. */
export const identifyingSettings = (settings: TuningSettings) => {
  const { virtualTokens, initText, steps, batch, lr, warmup, weightDecay, clip, calculator } =
    settings;
  return {
    ...(settings.method === "prompt" ? {} : { method: settings.method }),
    ...{ virtualTokens, init: initOf(settings), initText },
    ...{ steps, batch, lr, warmup, weightDecay, clip, calculator },
  };
};

/** How the first values are made. */
const initOf = ({ method, init }: Pick<TuningSettings, "method" | "init">) =>
  init ?? (method === "prompt" ? "vocabulary" : "random");

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
  task: Task.Task,
  options: Task.ExamplesOptions & { readonly path: string },
): Stream.Stream<Task.Example, Task.DatasetError | NoSolutions, FileSystem.FileSystem> {
  return Stream.suspend(() => {
    let isEmpty = true;
    const worked = Stream.filter(Task.examples(task, options), ({ rationale }) => {
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
function withoutCalculator(example: Task.Example): Task.Example {
  const { rationale } = example;
  return rationale === undefined
    ? example
    : { ...example, rationale: rationale.replace(/<<[^<>\n]*>>/g, "") };
}

/** The prompt's and the solution's tokens, EOS at the end; the loss counts from the solution on. */
export function toTuningText(
  { tokenizer, config }: typeof Model.Service,
  template: Task.Template.Template,
  example: Task.Example,
  { calculator }: Pick<TuningSettings, "calculator">,
): Effect.Effect<TuningText> {
  return blocking(() => {
    const { prefix, text, addSpecialTokens } = Task.Template.render(template, example);
    const asked = tokenizer.encode(prefix + text, { addSpecialTokens });
    const solution = template.solve(calculator ? example : withoutCalculator(example));
    const solved = tokenizer.encode(solution, { addSpecialTokens: false });
    return { ids: [...asked, ...solved, ...config.eosIds.slice(0, 1)], from: asked.length };
  });
}

/** Refuses first values that nothing is given for, and what there is not for a prefix. */
export function checkSettings(
  settings: Pick<TuningJob, "method" | "init" | "initText" | "out"> & {
    readonly part?: readonly string[];
  },
): Effect.Effect<void, Prompt.PromptError> {
  const { method, initText, out: directory, part = [] } = settings;
  const init = initOf(settings);
  const reason = method === "prefix" && init !== "random"
    ? `its first values are keys and values, not vectors of the ${init}: leave out --init ${init}`
    : method === "prefix" && part.length > 0
    ? "the parts of a prefix cannot be switched off by zeros: leave out --part, or --method prefix"
    : init === "text" && initText.trim() === ""
    ? "its first values need a text: give --init-text"
    : undefined;
  return reason === undefined
    ? Effect.void
    : Effect.fail(new Prompt.PromptError({ directory, reason }));
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
  /** Texts of each part of the prompt that is tuned by itself as well. */
  readonly parts?: readonly (readonly TuningText[])[];
}

/**
 * Tunes a prompt, or continues to, and saves it in PEFT's format as it goes, and where it is interrupted.
 *
 * @param job where to, how, and what identifies it
 * @param texts at least one
 * @returns the loss of each step; fails with `RunLocked` while another process tunes into the directory
 */
export function tunePrompt(job: TuningJob, texts: readonly TuningText[]) {
  return Effect.scoped(Effect.gen(function* () {
    const { out, method, steps, saveEvery, virtualTokens, config } = job;
    const init = initOf(job);
    const model = yield* Model;
    const fs = yield* FileSystem.FileSystem;
    const shortest = texts.reduce((least, { ids }) => Math.min(least, ids.length), Infinity);
    const { maxPositions } = model.config;
    if (texts.length > 0) yield* Prompt.checkRoom(out, virtualTokens, maxPositions, shortest);
    yield* Effect.mapError(
      fs.makeDirectory(out, { recursive: true }),
      (error) => new Prompt.PromptError({ directory: out, reason: error.message }),
    );
    const { parts = [] } = job;
    if ([texts, ...parts].some(({ length }) => length === 0)) {
      const reason = "there is no example to tune on";
      return yield* new Prompt.PromptError({ directory: out, reason });
    }
    if (virtualTokens % (parts.length || 1) !== 0) {
      const reason =
        `${virtualTokens} virtual tokens can't be shared out evenly to ${parts.length} parts`;
      return yield* new Prompt.PromptError({ directory: out, reason });
    }
    yield* lockRun(out, "prompt's directory");
    const size = virtualTokens * Prompt.promptWidth(model.config, method);
    const start = (yield* Prompt.loadState(out, config, size)) ??
      { losses: [], state: Prompt.initialTuneState(yield* firstVectors(job)) };
    const losses = [...start.losses];
    const saveOptions: Prompt.SaveOptions = {
      model: job.model,
      layers: model.config.layers,
      heads: model.config.heads,
      kvHeads: model.config.kvHeads,
      init: PEFT_INIT[init],
      ...(init === "text" ? { initText: job.initText } : {}),
    };
    const keep = (state: typeof start.state) => {
      const { vectors } = state;
      const prompt = new Prompt.SoftPrompt({ name: out, method, vectors, virtualTokens });
      const saved = Prompt.savePrompt(out, prompt, saveOptions);
      return Effect.zipRight(saved, Prompt.saveState(out, { state, losses }, config));
    };
    let [last, kept] = [start.state, start.state];
    yield* Prompt.tune(model.engine, texts, job, start.state).pipe(
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
  }));
}

const PEFT_INIT = { vocabulary: "SAMPLE_VOCAB", text: "TEXT", random: "RANDOM" } as const;

/** First values of the vectors, [n, width] row-major. */
export function firstVectors(
  job: Pick<TuningJob, "model" | "method" | "init" | "initText" | "virtualTokens" | "seed">,
) {
  return Effect.gen(function* () {
    const { method, initText, virtualTokens: n, seed } = job;
    const init = initOf(job);
    const { tokenizer, config } = yield* Model;
    if (init === "random") {
      return Prompt.randomVectors(n, Prompt.promptWidth(config, method), seed);
    }
    const ids = init === "vocabulary"
      ? Prompt.vocabularyIds(n, config.vocabSize, seed)
      : Prompt.textIds(n, tokenizer.encode(initText, { addSpecialTokens: false }));
    return yield* Checkpoint.embeddings(yield* Checkpoint.open(job.model), ids);
  });
}
