/**
 * Prompt tuning (Lester et al. 2021) and prefix tuning (Li & Liang 2021): the soft prompt is trained by the cross-entropy of the rationales,
 * all weights frozen.
 *
 * @module
 */
import { Array, Effect, Option, Stream } from "effect";
import { PCGRandom } from "effect/Utils";
import {
  type Engine,
  EngineError,
  type PromptGradientRequest,
  type TuningMethod,
  type TuningText,
} from "../model/mod.ts";
import {
  clipScale,
  initialMoments,
  type Moments,
  normOf,
  rateAt,
  stepAdamW,
} from "../model/training/mod.ts";

/** How a prompt is tuned. */
export interface TuneOptions {
  /** What is tuned; "prompt" by default. */
  readonly method?: TuningMethod;
  /** Steps in all. */
  readonly steps: number;
  /** Texts of one step. */
  readonly batch: number;
  /** Most positions of one run, padding included: bounds the memory. A step adds up the gradients of its runs. */
  readonly runPositions: number;
  /** The highest learning rate. */
  readonly lr: number;
  /** Share of the steps in which the rate rises linearly. */
  readonly warmup: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Largest norm of a gradient. */
  readonly clip: number;
  /** Seed of the order of the texts. */
  readonly seed: number;
  /**
   * Texts that a part of the prompt is tuned on by itself as well, the other parts switched off (zero): the vectors are shared out evenly,
   * in order. A prompt of one part by default.
   */
  readonly parts?: readonly (readonly TuningText[])[];
}

/** All that tuning depends on beside its options: a checkpoint. */
export interface TuneState {
  /** Steps made. */
  readonly step: number;
  /** [n, width] row-major, with the width of the method. */
  readonly vectors: Float32Array;
  /** The optimizer's running means. */
  readonly moments: Moments;
}

/** A step that was made. */
export interface TuneStep {
  /** The state behind the step. */
  readonly state: TuneState;
  /** Mean cross-entropy of the batch's rationale tokens before the step, nats. */
  readonly loss: number;
  /** Learning rate of the step. */
  readonly lr: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** Before the first step. */
export const initialTuneState = (vectors: Float32Array): TuneState => ({
  step: 0,
  vectors,
  moments: initialMoments(vectors.length),
});

/**
 * Tunes from a state on; the steps are a function of texts, options and state, so a continued run equals an uninterrupted one.
 *
 * @param engine the frozen model
 * @param texts at least one
 * @returns the steps as they are made, up to `options.steps`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Model } from "dynamic-prompt-corruption/stage";
 * import { initialTuneState, randomVectors, tune } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const { config, engine, tokenizer } = yield* Model;
 *   const question = tokenizer.encode("Tom has 3 apples. Tom buys 4 apples. How many apples in the end?\n");
 *   const text = { ids: [...question, ...tokenizer.encode("3+4=7\n#### 7")], from: question.length };
 *   const options = { steps: 3, batch: 1, runPositions: 128, lr: 0.1, warmup: 0, weightDecay: 0, clip: 1, seed: 0 };
 *   const start = initialTuneState(randomVectors(4, config.hiddenSize, 0));
 *   const steps = yield* Stream.runCollect(tune(engine, [text], options, start));
 *   const [first, , last] = [...steps];
 *   assert.ok(last!.loss < first!.loss);
 * });
 * ```
 */
export function tune(
  engine: Engine,
  texts: readonly TuningText[],
  options: TuneOptions,
  state: TuneState,
): Stream.Stream<TuneStep, EngineError> {
  return Stream.unfoldEffect(
    state,
    (current) =>
      current.step >= options.steps ? Effect.succeedNone : Effect.map(
        makeStep(engine, texts, options, current),
        (made) => Option.some([made, made.state] as const),
      ),
  );
}

/**
 * The mean cross-entropy of rationales under a prompt, nats a token: what tells on rows that were not tuned on how good it is.
 *
 * @param engine the frozen model
 * @param texts at least one
 * @param prompt its vectors, and what they are
 * @param runPositions most positions of one run: bounds the memory
 */
export function meanLoss(
  engine: Engine,
  texts: readonly TuningText[],
  { method = "prompt", vectors }: Pick<PromptGradientRequest, "method" | "vectors">,
  runPositions: number,
): Effect.Effect<number, EngineError> {
  const tokenWeight = weightOf(texts);
  const losses = Effect.forEach(
    runsOf(texts, runPositions),
    (part) => engine.promptGradient({ method, vectors, texts: part, tokenWeight, lossOnly: true }),
  );
  return Effect.map(losses, (answers) => answers.reduce((sum, { loss }) => sum + loss, 0));
}

/** What a rationale token counts in the mean over all of them. */
const weightOf = (texts: readonly TuningText[]): number =>
  1 / texts.reduce((sum, { ids, from }) => sum + ids.length - from, 0);

/** The loss and the gradient of a step's texts. */
function gradientOf(
  engine: Engine,
  texts: readonly TuningText[],
  options: TuneOptions,
  { step, vectors }: Pick<TuneState, "step" | "vectors">,
): Effect.Effect<{ readonly loss: number; readonly gradient: Float32Array }, EngineError> {
  const { method = "prompt" } = options;
  const batch = batchAt(texts, options, step);
  const tokenWeight = weightOf(batch);
  return Effect.reduce(
    runsOf(batch, options.runPositions),
    { loss: 0, gradient: new Float32Array(vectors.length) },
    (sum, run) =>
      Effect.map(engine.promptGradient({ method, vectors, texts: run, tokenWeight }), (answer) => ({
        loss: sum.loss + answer.loss,
        gradient: sum.gradient.map((g, i) => g + answer.gradient[i]!),
      })),
  );
}

/** One of so many equal parts of the vectors; zero everywhere else. */
const partOf = (vectors: Float32Array, part: number, parts: number): Float32Array =>
  vectors.map((x, i) => Math.floor(i * parts / vectors.length) === part ? x : 0);

function makeStep(
  engine: Engine,
  texts: readonly TuningText[],
  options: TuneOptions,
  { step, vectors, moments }: TuneState,
): Effect.Effect<TuneStep, EngineError> {
  const { parts = [] } = options;
  return Effect.gen(function* () {
    const { loss, gradient: sum } = yield* gradientOf(engine, texts, options, { step, vectors });
    for (const [part, own] of parts.entries()) {
      const only = partOf(vectors, part, parts.length);
      const alone = yield* gradientOf(engine, own, options, { step, vectors: only });
      partOf(alone.gradient, part, parts.length).forEach((g, i) => sum[i]! += g);
    }
    const norm = normOf(sum);
    if (!Number.isFinite(norm)) {
      return yield* new EngineError({
        reason:
          `Cannot go on tuning as the gradient of step ${step} is not finite (loss ${loss}): ` +
          "lower the learning rate",
      });
    }
    const { steps, warmup, weightDecay } = options;
    const lr = rateAt({ lr: options.lr, steps, warmup: Math.round(warmup * steps) }, step);
    const next: TuneState = {
      step: step + 1,
      vectors: vectors.slice(),
      moments: { first: moments.first.slice(), second: moments.second.slice() },
    };
    const scale = clipScale(norm, options.clip);
    stepAdamW(next.vectors, sum, next.moments, { lr, step: next.step, weightDecay, scale });
    return {
      state: next,
      loss,
      lr,
      gradientNorm: norm,
    };
  });
}

/** Padding in a run of several texts, as a part of the shortest, is at most this for each. */
const MOST_PADDING = 1 / 3;

/** Texts of like length share a run, so that little of it is padding. */
function runsOf(
  batch: readonly TuningText[],
  runPositions: number,
): readonly (readonly TuningText[])[] {
  const runs: TuningText[][] = [];
  for (const text of batch.toSorted((a, b) => a.ids.length - b.ids.length)) {
    const run = runs.at(-1);
    const fits = run !== undefined &&
      (run.length + 1) * text.ids.length <= runPositions &&
      text.ids.length <= (1 + MOST_PADDING) * run[0]!.ids.length;
    if (fits) run.push(text);
    else runs.push([text]);
  }
  return runs;
}

/** The texts of a step: each epoch is a shuffle of its own, and batches run across epochs. */
function batchAt(
  texts: readonly TuningText[],
  { batch, seed }: TuneOptions,
  step: number,
): readonly TuningText[] {
  return Array.makeBy(batch, (i) => {
    const position = step * batch + i;
    const order = shuffle(texts.length, seed, Math.floor(position / texts.length));
    return texts[order[position % texts.length]!]!;
  });
}

/** A permutation of 0 .. n - 1 (Fisher and Yates), a function of seed and epoch. */
function shuffle(n: number, seed: number, epoch: number): readonly number[] {
  const random = new PCGRandom(seed, epoch);
  const order = Array.makeBy(n, (i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random.number() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
