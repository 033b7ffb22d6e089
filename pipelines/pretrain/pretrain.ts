/**
 * `dpc pretrain`: trains a small Llama from scratch, on the word problems or on any text. The same command continues a training
 * that was stopped, bit by bit.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Option, Stream } from "effect";
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import * as Shared from "../cli/options.ts";
import { fromFile, wordProblems } from "./text.ts";
import { describe } from "../cli/output.ts";
import { continues } from "../cli/program.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import * as Training from "../../lib/model/training/mod.ts";
import { fileError } from "../../lib/schema/files.ts";

const size = (name: string, fallback: number, description: string, least = 1) =>
  Shared.count(name, least).pipe(
    Options.withDefault(fallback),
    Options.withDescription(description),
  );
const rate = (name: string, fallback: number, description: string) =>
  Options.float(name).pipe(Options.withDefault(fallback), Options.withDescription(description));

/** What the weights depend on; the defaults made the embedded model. */
const recipeOptions = {
  layers: size("layers", 8, "Layers"),
  hiddenSize: size("hidden-size", 128, "Size of the hidden states"),
  heads: size("heads", 4, "Query heads, and key and value heads as many"),
  intermediateSize: size("intermediate-size", 352, "Size inside the MLP"),
  steps: size("steps", 2000, "Steps in all"),
  batch: size("batch", 32, "Rows of a step"),
  tokens: size("tokens", 160, "Tokens of a row; texts are packed into rows"),
  shards: size("shards", 4, "Parts that a step is cut into, one for a worker at a time"),
  lr: rate("lr", 2e-3, "Highest learning rate"),
  warmup: size("warmup", 100, "Steps in which the rate rises; then it falls as a cosine", 0),
  weightDecay: rate("weight-decay", 0.1, "Of matrices, not of norms"),
  clip: rate("clip", 1, "Largest norm of the gradient"),
  promptWeight: rate("prompt-weight", 0, "What a token of a question counts in the loss"),
  seed: Shared.seed,
};

const options = {
  out: Options.directory("out").pipe(
    Options.withDescription("Directory of the model, in Hugging Face's format"),
  ),
  data: Options.file("data").pipe(
    Options.optional,
    Options.withDescription(
      "Text to train on instead of the word problems: JSON lines (text, prompt and completion, or question and " +
        "answer) or plain text with blank lines between documents; needs --tokenizer",
    ),
  ),
  tokenizer: Options.directory("tokenizer").pipe(
    Options.optional,
    Options.withDescription("Directory of the tokenizer.json and tokenizer_config.json for --data"),
  ),
  from: Options.directory("from").pipe(
    Options.optional,
    Options.withDescription(
      "Checkpoint whose weights are trained further, of the shape that the options say; by default they start at random",
    ),
  ),
  ...recipeOptions,
  dtype: Options.choice("dtype", ["F16", "F32"]).pipe(
    Options.withDefault("F16" as const),
    Options.withDescription("How the finished weights are stored"),
  ),
  saveEvery: size("save-every", 100, "Steps between two checkpoints"),
  workers: size(
    "workers",
    Math.min(4, availableParallelism()),
    "Threads; the weights do not depend on it",
  ),
  quiet: Shared.quiet,
};

/** Context that the model is said to be made for, in rows. */
const POSITIONS_PER_ROW = 4;

function sourceOf(
  { data, tokenizer, ...sourceOptions }: {
    readonly data: Option.Option<string>;
    readonly tokenizer: Option.Option<string>;
    readonly out: string;
    readonly seed: number;
    readonly promptWeight: number;
  },
) {
  if (Option.isNone(data)) return wordProblems(sourceOptions);
  return Option.match(tokenizer, {
    onNone: () => new Training.TrainingError({ reason: "Cannot use --data without --tokenizer" }),
    onSome: (directory) => fromFile(data.value, directory, sourceOptions),
  });
}

/** The options that the weights depend on. */
function recipeOf(given: Readonly<Record<keyof typeof recipeOptions, number>>): Training.Recipe {
  const keys = Object.keys(recipeOptions) as (keyof typeof recipeOptions)[];
  return Object.fromEntries(keys.map((key) => [key, given[key]]));
}

/** Those of a checkpoint, or random ones. */
function firstWeights(
  { from, seed }: { readonly from: Option.Option<string>; readonly seed: number },
  parameters: Training.Parameters,
) {
  return Option.match(from, {
    onSome: (directory) => Training.loadWeights(directory, parameters),
    onNone: () => {
      const range = Training.INITIALIZER_RANGE;
      return Effect.succeed(Training.initialWeights(parameters, { seed, range }));
    },
  });
}

const sha256 = (weights: Float32Array): string =>
  createHash("sha256").update(weights).digest("hex");

/** Mean of the last losses. */
function recent(losses: readonly number[]): string {
  const last = losses.slice(-50);
  return (last.reduce((sum, loss) => sum + loss, 0) / last.length).toFixed(4);
}

/** The command. */
export const command = Command.make(
  "pretrain",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const { out, dtype, saveEvery, workers, quiet, steps, batch, tokens } = given;
      const fs = yield* FileSystem.FileSystem;
      yield* Effect.mapError(fs.makeDirectory(out, { recursive: true }), fileError("write", out));
      const source = yield* sourceOf(given);
      const model = yield* Training.newModel({
        ...given,
        kvHeads: given.heads,
        vocabSize: source.vocabSize,
        eosId: source.eosId,
        maxPositions: POSITIONS_PER_ROW * tokens,
      }, dtype);
      const { config, parameters } = model;
      const first = yield* firstWeights(given, parameters);
      const recipe = {
        ...recipeOf(given),
        ...source.identity,
        ...(Option.isSome(given.from) ? { from: sha256(first) } : {}),
      };
      const saved = yield* Training.loadTraining(out, { recipe, parameters });
      if (saved !== undefined && saved.state === undefined) {
        return yield* Console.log(
          `The training in '${out}' is finished: loss ${recent(saved.losses)}`,
        );
      }
      const start = saved?.state ?? Training.initialState(first);
      const trainer = yield* Training.makeTrainer({
        config,
        rows: batch,
        tokens,
        shards: given.shards,
        workers: Math.min(workers, given.shards),
        optimizer: {
          betas: [0.9, 0.95],
          epsilon: 1e-8,
          clip: given.clip,
          weightDecay: given.weightDecay,
          decayVectors: false,
        },
      }, start);

      const resumed = start.losses.length;
      const began = performance.now();
      const seconds = () => (saved?.seconds ?? 0) + (performance.now() - began) / 1000;
      const speed = () => {
        const made = (trainer.made() - resumed) * batch * tokens;
        return (1000 * made / (performance.now() - began)).toFixed(0);
      };
      const keep = Effect.suspend(() =>
        Training.saveTraining(out, { recipe, parameters }, {
          state: trainer.state(),
          seconds: seconds(),
        })
      );
      yield* Training.train(trainer, Training.packRows(source.documents(), tokens), {
        steps,
        rows: batch,
        rate: (step) => Training.rateAt(given, step),
      }).pipe(
        Progress.track({ label: "pretrain", total: steps, resumed }, ({ loss }) => ({
          note: `loss ${loss.toFixed(4)}  ${speed()} tokens/s`,
        })),
        Stream.runForEach(() => trainer.made() % saveEvery === 0 ? keep : Effect.void),
        // what was trained since the last checkpoint is not lost
        Effect.onInterrupt(() => Effect.ignore(keep)),
        continues(out),
        Effect.provide(Progress.layer({ quiet })),
      );
      const { weights, losses } = trainer.state();
      yield* keep;
      yield* Training.saveModel(out, model, { weights, dtype });
      yield* Training.finishTraining(out, recipe, { losses, seconds: seconds() });
      const path = yield* Path.Path;
      yield* Console.log(
        `Trained ${weights.length} weights for ${steps} steps of ${batch} x ${tokens} tokens in ` +
          `${seconds().toFixed(0)} s (${speed()} tokens/s): loss ${recent(losses)}.\n` +
          `Model: ${path.resolve(out)}`,
      );
    })),
).pipe(Command.withDescription(describe(
  "Trains a small Llama from scratch with this project's own gradients. The same command continues a training that was stopped.",
  [
    ["On the word problems", "npx dpc pretrain --out models/a"],
    [
      "On a text of your own",
      "npx dpc pretrain --data text.txt --tokenizer data/model --out models/b",
    ],
  ],
)));
