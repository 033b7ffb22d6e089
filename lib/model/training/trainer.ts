/**
 * Training of all weights: a batch is cut into shards, worker threads compute their gradients, and one AdamW step follows.
 *
 * The gradient is summed in the order of the shards, so weights are the same bits for any number of workers.
 *
 * @module
 */
import { Data, Effect, type Scope } from "effect";
import {
  type Failure,
  OutOfMemory,
  type RequestError,
  SessionError,
  spawn,
  type Worker,
} from "../../runtime/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { clipScale, initialMoments, type Moments, normOf, stepAdamW } from "./adamw.ts";
import type { PackedRow } from "./packing.ts";
import { countOf, parametersOf, viewOf } from "./parameters.ts";
import type { Shard, WorkerOptions } from "./training_worker.ts";

/** A training that cannot go on; `cause` is the error behind it, where there is one. */
export class TrainingError extends Data.TaggedError("TrainingError")<{
  readonly reason: string;
  readonly cause?: unknown;
}> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** What a worker computes with may fail. */
type WorkerFailure = OutOfMemory | SessionError;

const toTrainingError = (cause: Failure): TrainingError =>
  new TrainingError({ reason: cause.message, cause });

/** How a training is set up. */
export interface TrainerOptions {
  /** The decoder. */
  readonly config: DecoderConfig;
  /** Rows of a batch. */
  readonly rows: number;
  /** T, tokens of a row that are read. */
  readonly tokens: number;
  /** Parts that a batch is cut into, one run each; divides `rows`. Changes the last bits of the result. */
  readonly shards: number;
  /** Threads; changes nothing but the time. More than there are cores or shards are of no use. */
  readonly workers: number;
  /** Settings of AdamW. */
  readonly optimizer: OptimizerSettings;
}

/** What stays the same over a training. */
export interface OptimizerSettings {
  /** Decay of the two running means. */
  readonly betas: readonly [number, number];
  /** Keeps the division finite. */
  readonly epsilon: number;
  /** Largest norm of the gradient over all weights. */
  readonly clip: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Whether norms and biases are decayed too. */
  readonly decayVectors: boolean;
}

/** All that a training is at the end of a step; the arrays are flat, of all weights. */
export interface TrainingState extends Moments {
  /** The weights. */
  readonly weights: Float32Array;
  /** Loss of each step that was made. */
  readonly losses: readonly number[];
}

/** What a step was like. */
export interface StepResult {
  /** Before the step, in nats for each token. */
  readonly loss: number;
  /** Over all weights, before clipping. */
  readonly gradientNorm: number;
}

/** A training under way. */
export interface Trainer {
  /** Number of steps made. */
  readonly made: () => number;
  /** A copy of the state as it is now. */
  readonly state: () => TrainingState;
  /** Makes one step on a batch. Calls must not overlap; an interrupted one changes nothing. */
  readonly step: (
    batch: readonly PackedRow[],
    lr: number,
  ) => Effect.Effect<StepResult, TrainingError>;
}

/** The state before the first step. */
export function initialState(weights: Float32Array): TrainingState {
  return { losses: [], weights, ...initialMoments(weights.length) };
}

/**
 * Starts the workers.
 *
 * @param from where the training begins or continues; not changed
 * @returns the trainer, which ends with the scope; fails with {@linkcode TrainingError}
 */
export function makeTrainer(
  options: TrainerOptions,
  from: TrainingState,
): Effect.Effect<Trainer, TrainingError, Scope.Scope> {
  return Effect.gen(function* () {
    const { config, rows, tokens, shards, optimizer } = options;
    if (!Number.isInteger(rows / shards)) {
      const reason = `Cannot train as ${shards} shards must divide the batch: found ${rows} rows`;
      return yield* new TrainingError({ reason });
    }
    const parameters = parametersOf(config);
    const bytes = countOf(parameters) * Float32Array.BYTES_PER_ELEMENT;
    const shared = {
      weights: new SharedArrayBuffer(bytes),
      gradients: new SharedArrayBuffer(bytes * shards),
    };
    const gradients = Array.from(
      { length: shards },
      (_, i) => new Float32Array(shared.gradients, i * bytes, countOf(parameters)),
    );
    const state = {
      weights: new Float32Array(shared.weights),
      first: from.first.slice(),
      second: from.second.slice(),
    };
    state.weights.set(from.weights);
    const made = [...from.losses];

    const open = spawn<Shard, number, WorkerFailure, WorkerOptions>(
      new URL("./training_worker.ts", import.meta.url),
      {
        setup: { config, sizes: { rows: rows / shards, tokens }, ...shared },
        errors: { OutOfMemory, SessionError },
      },
    );
    const workers = yield* Effect.mapError(
      Effect.all(Effect.replicate(open, options.workers), { concurrency: "unbounded" }),
      toTrainingError,
    );

    return {
      made: () => made.length,
      state: () => ({
        losses: [...made],
        // not slice(): that would be shared memory again
        weights: Float32Array.from(state.weights),
        first: state.first.slice(),
        second: state.second.slice(),
      }),
      step: (batch, lr) =>
        Effect.gen(function* () {
          const step = made.length + 1;
          const total = weightOf(batch);
          if (total === 0) {
            const reason = `Cannot make step ${step} as no token of its batch counts in the loss`;
            return yield* new TrainingError({ reason });
          }
          const parts = yield* computeAll(workers, shardsOf(batch, { step, total }, options));
          const loss = parts.reduce((sum, each) => sum + each, 0);
          const gradient = summed(gradients);
          const norm = normOf(gradient);
          if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
            return yield* new TrainingError({
              reason: `Cannot go on with step ${step} as loss and gradient must be finite: ` +
                `found ${loss} and ${norm}; use a lower learning rate or a longer warm-up`,
            });
          }
          // in one go with its record: nothing can interrupt between the two
          const { decayVectors, weightDecay, clip, betas, epsilon } = optimizer;
          const scale = clipScale(norm, clip);
          for (const parameter of parameters) {
            const view = (flat: Float32Array) => viewOf(parameter, flat);
            const decays = decayVectors || parameter.shape.length > 1;
            stepAdamW(
              view(state.weights),
              view(gradient),
              { first: view(state.first), second: view(state.second) },
              { lr, step, scale, betas, epsilon, weightDecay: decays ? weightDecay : 0 },
            );
          }
          made.push(loss);
          return { loss, gradientNorm: norm };
        }),
    };
  });
}

/** Sums gradients into the first of them, one after the other, so that the result does not depend on who computed which. */
function summed([sum, ...others]: readonly Float32Array[]): Float32Array {
  for (const part of others) for (let i = 0; i < sum!.length; i++) sum![i]! += part[i]!;
  return sum!;
}

/** Gives the shards to the workers, each the next one as soon as it is free; losses in the order of the shards. */
function computeAll(
  workers: readonly Worker<Shard, number, WorkerFailure | RequestError>[],
  shards: readonly Shard[],
): Effect.Effect<readonly number[], TrainingError> {
  return Effect.suspend(() => {
    const losses = new Array<number>(shards.length);
    let next = 0;
    const work = (worker: Worker<Shard, number, WorkerFailure | RequestError>) =>
      Effect.whileLoop({
        while: () => next < shards.length,
        body: () => {
          const shard = shards[next++]!;
          return Effect.map(worker.execute(shard), (loss) => {
            losses[shard.index] = loss;
          });
        },
        step: () => {},
      });
    return Effect.as(
      Effect.forEach(workers, work, { concurrency: "unbounded", discard: true }),
      losses,
    );
  }).pipe(Effect.mapError(toTrainingError));
}

/** What all predicted tokens of a batch count together. */
function weightOf(batch: readonly PackedRow[]): number {
  let total = 0;
  for (const { weights } of batch) for (let t = 1; t < weights.length; t++) total += weights[t]!;
  return total;
}

/** Cuts a batch into shards; a token's weight becomes its share of the total. */
function shardsOf(
  batch: readonly PackedRow[],
  { step, total }: { readonly step: number; readonly total: number },
  { rows, tokens, shards }: TrainerOptions,
): readonly Shard[] {
  const each = rows / shards;
  return Array.from({ length: shards }, (_, index) => {
    const ids = new BigInt64Array(each * tokens);
    const labels = new BigInt64Array(each * tokens);
    const tokenWeights = new Float32Array(each * tokens);
    batch.slice(index * each, (index + 1) * each).forEach((row, b) => {
      for (let t = 0; t < tokens; t++) {
        ids[b * tokens + t] = BigInt(row.ids[t]!);
        labels[b * tokens + t] = BigInt(row.ids[t + 1]!);
        tokenWeights[b * tokens + t] = row.weights[t + 1]! / total;
      }
    });
    return { step, index, ids, labels, tokenWeights };
  });
}
