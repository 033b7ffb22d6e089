/**
 * `dpc pretrain`: trains a small Llama from scratch, on the word problems or on any text. The same command continues a training
 * that was stopped, bit by bit.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Stream, Struct } from "effect";
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { program } from "../cli/command.ts";
import {
  atLeast,
  choice,
  count,
  directory,
  file,
  flag,
  float,
  quiet,
  seed,
} from "../cli/options.ts";
import { continues } from "../cli/program.ts";
import { conventions, fromFile, type SourceOptions, wordProblems } from "./text.ts";
import { lockRun } from "../../lib/run/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import * as Training from "../../lib/model/training/mod.ts";
import { fileError } from "../../lib/schema/files.ts";

/** What the weights depend on; the defaults made the embedded model. */
const recipeOptions = {
  layers: count("Layers", 8),
  hiddenSize: count("Size of the hidden states", 128),
  heads: count("Query heads, and key and value heads as many", 4),
  intermediateSize: count("Size inside the MLP", 352),
  steps: count("Steps in all", 2000),
  batch: count("Rows of a step", 32),
  tokens: count("Tokens of a row; texts are packed into rows", 160),
  shards: count("Parts that a step is cut into, one for a worker at a time", 4),
  lr: float("Highest learning rate", 2e-3),
  warmup: atLeast(0)("Steps in which the rate rises; then it falls as a cosine", 100),
  weightDecay: float("Of matrices, not of norms", 0.1),
  clip: float("Largest norm of the gradient", 1),
  promptWeight: float("What a token of a question counts in the loss", 0),
  seed,
};

const RECIPE = Struct.keys(recipeOptions);

/** Context length that config.json states, in rows. */
const POSITIONS_PER_ROW = 4;

/** The grammars that text can be drawn from. */
const LANGUAGES = { "word-problems": wordProblems, conventions };

/** The text of a file by the tokenizer of a directory, or by default text of a language. */
function sourceOf(
  language: keyof typeof LANGUAGES,
  data: string | undefined,
  tokenizer: string | undefined,
  options: SourceOptions,
) {
  if (data === undefined) return LANGUAGES[language](options);
  return tokenizer === undefined
    ? new Training.TrainingError({ reason: "Cannot use --data without --tokenizer" })
    : fromFile(data, tokenizer, options);
}

const sha256 = (weights: Float32Array): string =>
  createHash("sha256").update(weights).digest("hex");

/** Mean of the last losses. */
function recent(losses: readonly number[]): string {
  const last = losses.slice(-50);
  return (last.reduce((sum, loss) => sum + loss, 0) / last.length).toFixed(4);
}

/** The command. */
export const command = program({
  name: "pretrain",
  about:
    "Trains a small Llama from scratch with this project's own gradients. The same command continues a training that was stopped.",
  examples: {
    "On the word problems": "npx dpc pretrain --out models/a",
    "On a text of your own":
      "npx dpc pretrain --data text.txt --tokenizer data/model --out models/b",
  },
  options: {
    out: directory.required("Directory of the model, in Hugging Face's format"),
    language: choice(["word-problems", "conventions"])(
      "What is drawn to train on where no --data is given",
      "word-problems",
    ),
    data: file(
      "Text to train on instead of the word problems: JSON lines (text, prompt and completion, or question and " +
        "answer) or plain text with blank lines between documents; needs --tokenizer",
    ),
    tokenizer: directory("Directory of the tokenizer.json and tokenizer_config.json for --data"),
    from: directory(
      "Checkpoint whose weights are trained further, of the shape that the options say; by default they start at random",
    ),
    ...recipeOptions,
    alone: flag("Give each text a row of its own, so that short ones begin rows too"),
    dtype: choice(["F16", "F32"])("How the finished weights are stored", "F16"),
    saveEvery: count("Steps between two checkpoints", 100),
    workers: count(
      "Threads; the weights do not depend on it",
      Math.min(4, availableParallelism()),
    ),
    quiet,
  },
}, function* (given) {
  const { out, dtype, saveEvery, workers, quiet, steps, batch, tokens } = given;
  const fs = yield* FileSystem.FileSystem;
  yield* Effect.mapError(fs.makeDirectory(out, { recursive: true }), fileError("write", out));
  yield* lockRun(out, "model's directory");
  const source = yield* sourceOf(given.language, given.data, given.tokenizer, given);
  const model = yield* Training.newModel({
    ...given,
    kvHeads: given.heads,
    vocabSize: source.vocabSize,
    eosId: source.eosId,
    maxPositions: POSITIONS_PER_ROW * tokens,
  }, dtype);
  const { config, parameters } = model;
  const random = { seed: given.seed, range: Training.INITIALIZER_RANGE };
  const first = given.from === undefined
    ? Training.initialWeights(parameters, random)
    : yield* Training.loadWeights(given.from, parameters);
  const recipe: Training.Recipe = {
    ...Struct.pick(given, ...RECIPE),
    ...source.identity,
    ...(given.alone ? { alone: true } : {}),
    ...(given.from === undefined ? {} : { from: sha256(first) }),
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
  yield* Training.train(trainer, Training.packRows(source.documents(), tokens, given), {
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
});
