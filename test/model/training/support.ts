/**
 * A checkpoint whose training PyTorch has done, and what the suites of training compare with.
 *
 * @module
 */
import { Effect } from "effect";
import * as assert from "uvu/assert";
import * as Checkpoint from "../../../lib/model/checkpoint/checkpoint.ts";
import { PositionFeeds } from "../../../lib/model/graph/position_feeds.ts";
import { readDirectory } from "../../../lib/model/safetensors/read.ts";
import { readTensor } from "../../../lib/model/safetensors/tensor_data.ts";
import {
  countOf,
  initialState,
  initialWeights,
  makeTrainer,
  type OptimizerSettings,
  type PackedRow,
  parametersOf,
  type TrainingState,
  viewOf,
} from "../../../lib/model/training/mod.ts";
import type { DecoderConfig } from "../../../lib/model/checkpoint/config.ts";
import type { Tensor } from "../../../lib/runtime/mod.ts";
import { readJson } from "../../../lib/schema/files.ts";
import { Schema } from "../../../lib/schema/mod.ts";
import { vector } from "../support.ts";

const TrainingJson = Schema.Struct({
  rows: Schema.Array(Schema.Array(Schema.Int)),
  optimizer: Schema.Struct({
    lr: Schema.Number,
    betas: Schema.Tuple(Schema.Number, Schema.Number),
    eps: Schema.Number,
    weight_decay: Schema.Number,
    clip: Schema.Number,
  }),
  losses: Schema.Array(Schema.Number),
  gradient_norms: Schema.Array(Schema.Number),
});

/** A test vector's checkpoint with all its weights in one array. */
export const opened = (name: string) =>
  Effect.gen(function* () {
    const checkpoint = yield* Checkpoint.open(vector(name));
    const { config } = checkpoint;
    const parameters = parametersOf(config);
    const weights = new Float32Array(countOf(parameters));
    for (const parameter of parameters) {
      viewOf(parameter, weights).set(yield* Checkpoint.tensor(checkpoint, parameter.name));
    }
    return { config, parameters, weights };
  });

/** The checkpoint that was trained, and what PyTorch made of it. */
export const reference = Effect.gen(function* () {
  const directory = vector("llama_linear");
  const { config, parameters, weights } = yield* opened("llama_linear");
  const training = yield* readJson(`${directory}/training.json`, TrainingJson);
  const file = `${directory}/training.safetensors`;
  const { tensors } = yield* readDirectory(file);
  const { optimizer } = training;
  const settings: OptimizerSettings = {
    betas: optimizer.betas,
    epsilon: optimizer.eps,
    clip: optimizer.clip,
    weightDecay: optimizer.weight_decay,
    decayVectors: true,
  };
  const tokens = Math.max(...training.rows.map((row) => row.length)) - 1;
  return {
    config,
    parameters,
    training,
    settings,
    lr: optimizer.lr,
    tokens,
    batch: training.rows.map((row) => paddedRow(row, tokens)),
    state: initialState(weights),
    names: [...tensors.keys()],
    expected: (name: string) =>
      readTensor({ ...tensors.get(name)!, dtype: "F32" as const, name, file }),
  };
});

function paddedRow(ids: readonly number[], tokens: number): PackedRow {
  const padding = new Array<number>(tokens + 1 - ids.length).fill(0);
  return { ids: [...ids, ...padding], weights: [...ids.map(() => 1), ...padding] };
}

/** |a - b| / |b|. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  assert.is(a.length, b.length);
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));
  return norm(a.map((each, i) => each - b[i]!)) / norm(b);
}

/** Asserts that two states are the same bits. */
export function sameState(a: TrainingState, b: TrainingState): void {
  assert.equal(a.losses, b.losses);
  for (const array of ["weights", "first", "second"] as const) {
    assert.is(a[array].length, b[array].length);
    const [left, right] = [a, b].map((state) => new Uint32Array(state[array].buffer));
    const different = left!.findIndex((bits, i) => bits !== right![i]);
    assert.is(different, -1, `${array} differ at ${different}`);
  }
}

/** Feeds of the graph that gives a batch's mean loss and its gradient. */
export function feedsOf(
  config: DecoderConfig,
  weights: Float32Array,
  batch: readonly PackedRow[],
): Record<string, Tensor> {
  const tokens = batch[0]!.ids.length - 1;
  const flat = (values: (row: PackedRow) => readonly number[]) => batch.flatMap(values);
  const counted = flat((row) => row.weights.slice(1));
  const total = counted.reduce((sum, weight) => sum + weight, 0);
  const int64 = (data: readonly number[], shape: readonly number[]): Tensor => ({
    dtype: "i64",
    shape,
    data: BigInt64Array.from(data, BigInt),
  });
  const float = (data: Float32Array, shape: readonly number[]): Tensor => ({
    dtype: "f32",
    shape,
    data,
  });
  return {
    ...new PositionFeeds(config).of(batch.map(() => ({ cached: 0, hidden: [] })), tokens, 0),
    ...Object.fromEntries(
      parametersOf(config).map((p) => [p.name, float(viewOf(p, weights), p.shape)]),
    ),
    ids: int64(flat(({ ids }) => ids.slice(0, -1)), [batch.length, tokens]),
    labels: int64(flat(({ ids }) => ids.slice(1)), [batch.length * tokens]),
    tokenWeights: float(
      Float32Array.from(counted, (weight) => weight / total),
      [batch.length * tokens],
    ),
  };
}

/** Rows of texts that repeat after four tokens, and trainers for them that make a step in milliseconds. */
export const tiny = Effect.gen(function* () {
  const { config, settings } = yield* reference;
  const parameters = parametersOf(config);
  const tokens = 8;
  const rowFrom = (start: number): PackedRow => ({
    ids: Array.from({ length: tokens + 1 }, (_, t) => 5 + (start + t) % 4),
    weights: new Array<number>(tokens + 1).fill(1),
  });
  const train = (from: TrainingState, { shards = 2, workers = 1 } = {}) =>
    makeTrainer({ config, rows: 4, tokens, shards, workers, optimizer: settings }, from);
  const start = (seed: number) => initialState(initialWeights(parameters, { seed, range: 0.02 }));
  return { parameters, tokens, batch: [0, 1, 2, 3].map(rowFrom), train, start };
});
