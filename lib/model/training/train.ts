/**
 * The loop of a training: rows into batches, batches into steps.
 *
 * @module
 */
import { Effect, Option, Stream } from "effect";
import type { PackedRow } from "./packing.ts";
import { type StepResult, type Trainer, TrainingError } from "./trainer.ts";

/** What {@linkcode train} needs besides trainer and rows. */
export interface TrainOptions {
  /** Steps in all, with those made before. */
  readonly steps: number;
  /** Rows of a batch. */
  readonly rows: number;
  /** Learning rate of step 0 .. steps - 1. */
  readonly rate: (step: number) => number;
}

/** Batches made ahead, while the workers compute. */
const AHEAD = 2;

/**
 * Trains up to a number of steps. A trainer that continues skips the rows of the steps that were made, so that it goes on as if it
 * had never stopped.
 *
 * @param text all rows from the first one on
 * @returns what each step was like, as they are made; fails with {@linkcode TrainingError}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Checkpoint } from "dynamic-prompt-corruption/model";
 * import { initialState, loadWeights, makeTrainer, packRows, parametersOf, train } from "dynamic-prompt-corruption/model/training";
 *
 * export const program = Effect.gen(function* () {
 *   const { config } = yield* Checkpoint.open("data/model");
 *   const sizes = { rows: 2, tokens: 16 };
 *   const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, clip: 1, weightDecay: 0.1, decayVectors: false } as const;
 *   const trainer = yield* makeTrainer(
 *     { config, ...sizes, shards: 1, workers: 1, optimizer },
 *     initialState(yield* loadWeights("data/model", parametersOf(config))),
 *   );
 *   const document = { ids: [5, 6, 7, 8, 9, 5, 6, 7, 8, 9], weights: Array(10).fill(1) };
 *   const rows = packRows(Array(20).fill(document), sizes.tokens);
 *   const steps = yield* Stream.runCollect(
 *     train(trainer, rows, { steps: 3, rows: sizes.rows, rate: () => 1e-3 }),
 *   );
 *   const [first, , last] = [...steps];
 *   assert.ok(last!.loss < first!.loss);
 * }).pipe(Effect.scoped);
 * ```
 */
export function train(
  trainer: Trainer,
  text: Iterable<PackedRow>,
  { steps, rows, rate }: TrainOptions,
): Stream.Stream<StepResult, TrainingError> {
  return Stream.suspend(() => {
    const source = text[Symbol.iterator]();
    const next = (step: number) =>
      Effect.suspend(() => {
        const batch: PackedRow[] = [];
        while (batch.length < rows) {
          const { value, done } = source.next();
          if (done) {
            const reason = `Cannot make step ${step + 1} as the text ended before it`;
            return new TrainingError({ reason });
          }
          batch.push(value);
        }
        return Effect.succeed(batch);
      });
    return Stream.unfoldEffect(
      0,
      (step) =>
        step === steps
          ? Effect.succeedNone
          : Effect.map(next(step), (batch) => Option.some([{ step, batch }, step + 1] as const)),
    )
      .pipe(
        Stream.filter(({ step }) => step >= trainer.made()),
        Stream.rechunk(1),
        Stream.buffer({ capacity: AHEAD }),
        Stream.mapEffect(({ step, batch }) => trainer.step(batch, rate(step))),
      );
  });
}
