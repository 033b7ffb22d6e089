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
            const reason = `Cannot make step ${step + 1} as the text has ended before`;
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
