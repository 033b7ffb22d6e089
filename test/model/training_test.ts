import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Checkpoint from "../../lib/model/checkpoint.ts";
import { PositionFeeds } from "../../lib/model/position_feeds.ts";
import { readDirectory } from "../../lib/model/safetensors.ts";
import { readTensor } from "../../lib/model/tensor_data.ts";
import {
  type AdamWSettings,
  gradientName,
  initialState,
  initialWeights,
  loadTraining,
  lossAndGradient,
  makeTrainer,
  type PackedRow,
  packRows,
  parametersOf,
  saveTraining,
  type Trainer,
  type TrainingState,
  viewOf,
} from "../../lib/model/training/mod.ts";
import { Session, type Tensor } from "../../lib/runtime/mod.ts";
import { readJson } from "../../lib/schema/files.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { effectTest } from "../support.ts";
import { failure, vector } from "./support.ts";

const DIRECTORY = vector("llama_linear");
const TOKENS = 11;

const Training = Schema.Struct({
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

/** The checkpoint, its first weights, and what PyTorch made of them. */
const reference = Effect.gen(function* () {
  const checkpoint = yield* Checkpoint.open(DIRECTORY);
  const { config } = checkpoint;
  const parameters = parametersOf(config);
  const weights = new Float32Array(parameters.reduce((sum, { size }) => sum + size, 0));
  for (const parameter of parameters) {
    viewOf(parameter, weights).set(yield* Checkpoint.tensor(checkpoint, parameter.name));
  }
  const training = yield* readJson(`${DIRECTORY}/training.json`, Training);
  const file = `${DIRECTORY}/training.safetensors`;
  const { tensors } = yield* readDirectory(file);
  const { optimizer } = training;
  const settings: AdamWSettings = {
    betas: optimizer.betas,
    epsilon: optimizer.eps,
    clip: optimizer.clip,
    weightDecay: optimizer.weight_decay,
    decayVectors: true,
  };
  return {
    config,
    parameters,
    training,
    settings,
    lr: optimizer.lr,
    rows: training.rows.map(paddedRow),
    state: initialState(weights),
    names: [...tensors.keys()],
    expected: (name: string) =>
      readTensor({ ...tensors.get(name)!, dtype: "F32" as const, name, file }),
  };
});

function paddedRow(ids: readonly number[]): PackedRow {
  const padding = new Array<number>(TOKENS + 1 - ids.length).fill(0);
  return { ids: [...ids, ...padding], weights: [...ids.map(() => 1), ...padding] };
}

/** |a - b| / |b|. */
function relativeError(a: Float32Array, b: Float32Array): number {
  assert.is(a.length, b.length);
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));
  return norm(a.map((each, i) => each - b[i]!)) / norm(b);
}

const take = (trainer: Trainer, batch: readonly PackedRow[], steps: number, lr = 1e-2) =>
  Effect.replicateEffect(trainer.step(batch, lr), steps);

const sameState = (a: TrainingState, b: TrainingState) => {
  assert.equal(a.losses, b.losses);
  assert.equal(a.weights, b.weights);
  assert.equal(a.first, b.first);
  assert.equal(a.second, b.second);
};

test(
  "lossAndGradient() gives PyTorch's gradient of every weight",
  effectTest(() =>
    Effect.gen(function* () {
      const { config, parameters, rows, state, training, expected } = yield* reference;
      const session = yield* Session.make(lossAndGradient(config, { rows: 3, tokens: TOKENS }));
      const terms = training.rows.reduce((sum, row) => sum + row.length - 1, 0);
      const flat = (values: (row: PackedRow) => readonly number[]) => rows.flatMap(values);
      const int64 = (data: readonly number[], shape: readonly number[]): Tensor => ({
        dtype: "i64",
        shape,
        data: BigInt64Array.from(data, BigInt),
      });
      const none = { cached: 0, hidden: [] };
      const results = yield* session.run({
        ...new PositionFeeds(config).of([none, none, none], TOKENS, 0),
        ...Object.fromEntries(parameters.map((parameter): [string, Tensor] => [parameter.name, {
          dtype: "f32",
          shape: parameter.shape,
          data: viewOf(parameter, state.weights),
        }])),
        ids: int64(flat(({ ids }) => ids.slice(0, -1)), [3, TOKENS]),
        labels: int64(flat(({ ids }) => ids.slice(1)), [3 * TOKENS]),
        tokenWeights: {
          dtype: "f32",
          shape: [3 * TOKENS],
          data: Float32Array.from(flat(({ weights }) => weights.slice(1).map((w) => w / terms))),
        },
      });
      const loss = results["loss"]!.data[0] as number;
      assert.ok(Math.abs(loss - training.losses[0]!) < 1e-5, `the loss is ${loss}`);
      for (const { name } of parameters) {
        const gradient = results[gradientName(name)]!.data as Float32Array;
        const error = relativeError(gradient, yield* expected(`gradient.${name}`));
        assert.ok(error < 1e-5, `${name} is off by ${error}`);
      }
    })
  ),
);

test(
  "step() makes PyTorch's steps: losses, gradient norms and weights",
  effectTest(() =>
    Effect.gen(function* () {
      const { config, parameters, rows, state, settings, lr, training, names, expected } =
        yield* reference;
      const trainer = yield* makeTrainer(
        { config, rows: 3, tokens: TOKENS, shards: 3, workers: 1, optimizer: settings },
        state,
      );
      let compared = 0;
      for (const [index, wantedLoss] of training.losses.entries()) {
        const { loss, gradientNorm } = yield* trainer.step(rows, lr);
        const wantedNorm = training.gradient_norms[index]!;
        assert.ok(Math.abs(loss - wantedLoss) < 1e-4, `loss ${loss} for ${wantedLoss}`);
        assert.ok(
          Math.abs(gradientNorm / wantedNorm - 1) < 1e-4,
          `gradient norm ${gradientNorm} for ${wantedNorm}`,
        );
        const prefix = `step${index + 1}.`;
        for (const name of names.filter((each) => each.startsWith(prefix))) {
          const parameter = parameters.find((each) => prefix + each.name === name)!;
          const found = viewOf(parameter, trainer.state().weights);
          const error = relativeError(found, yield* expected(name));
          assert.ok(error < 1e-5, `${name} is off by ${error}`);
          compared++;
        }
      }
      assert.is(compared, 6);
    })
  ),
);

/** A model so small that a step takes a millisecond, and rows of a text that repeats. */
const tiny = Effect.gen(function* () {
  const { config, settings } = yield* reference;
  const parameters = parametersOf(config);
  const tokens = 8;
  const batch = [0, 1, 2, 3].map((start): PackedRow => ({
    ids: Array.from({ length: tokens + 1 }, (_, t) => 5 + (start + t) % 4),
    weights: new Array<number>(tokens + 1).fill(1),
  }));
  const train = (from: TrainingState, { shards = 2, workers = 1 } = {}) =>
    makeTrainer({ config, rows: 4, tokens, shards, workers, optimizer: settings }, from);
  const start = (seed: number) => initialState(initialWeights(parameters, { seed, range: 0.02 }));
  return { parameters, batch, train, start };
});

test(
  "step() learns a text that repeats",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const trainer = yield* train(start(0));
      const losses = (yield* take(trainer, batch, 40)).map(({ loss }) => loss);
      assert.ok(Math.abs(losses[0]! - Math.log(96)) < 0.1, `first loss ${losses[0]}`);
      assert.ok(losses.at(-1)! < 0.1, `last loss ${losses.at(-1)}`);
    })
  ),
);

test(
  "makeTrainer() gives the same bits for any number of workers, and others for another seed",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const after = (seed: number, workers: number) =>
        Effect.gen(function* () {
          const trainer = yield* train(start(seed), { shards: 4, workers });
          yield* take(trainer, batch, 5);
          return trainer.state();
        });
      const one = yield* after(0, 1);
      sameState(yield* after(0, 3), one);
      assert.not.equal((yield* after(1, 1)).weights, one.weights);
    })
  ),
);

test(
  "saveTraining() and loadTraining() continue a training bit by bit",
  effectTest(() =>
    Effect.gen(function* () {
      const { parameters, batch, train, start } = yield* tiny;
      const directory = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped();
      const whole = yield* train(start(0));
      const wholeLosses = yield* take(whole, batch, 10);
      const first = yield* train(start(0));
      yield* take(first, batch, 4);
      const what = { recipe: { seed: 0 }, parameters };
      assert.is(yield* loadTraining(directory, what), undefined);
      yield* saveTraining(directory, what, { state: first.state(), seconds: 1 });
      const second = yield* train((yield* loadTraining(directory, what))!.state!);
      assert.equal(yield* take(second, batch, 6), wholeLosses.slice(4));
      sameState(second.state(), whole.state());
    })
  ),
);

test(
  "loadTraining() refuses the state of another model by the tensor at fault",
  effectTest(() =>
    Effect.gen(function* () {
      const { parameters, start } = yield* tiny;
      const directory = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped();
      const what = { recipe: { seed: 0 }, parameters };
      yield* saveTraining(directory, what, { state: start(0), seconds: 1 });
      const other = parameters.map((parameter, i) =>
        i === 3 ? { ...parameter, shape: [7] } : parameter
      );
      assert.match(
        (yield* failure(loadTraining(directory, { ...what, parameters: other }))).message,
        /Cannot read '.*training-0.safetensors' as its tensor 'weights\..*' must be F32 \[7\]: found F32/,
      );
    })
  ),
);

test(
  "step() refuses a loss that is not finite and keeps the state",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const from = start(0);
      from.weights[0] = NaN;
      const trainer = yield* train({ ...from, losses: [9, 8, 7] });
      const broken = batch.map((row) => ({ ...row, ids: row.ids.with(0, 0) }));
      assert.match((yield* failure(trainer.step(broken, 1e-2))).message, /step 4 .* found NaN/);
      assert.is(trainer.made(), 3);
    })
  ),
);

test(
  "makeTrainer() refuses shards that do not divide the batch",
  effectTest(() =>
    Effect.gen(function* () {
      const { train, start } = yield* tiny;
      assert.match(
        (yield* failure(train(start(0), { shards: 3 }))).message,
        /3 shards must divide the batch: found 4 rows/,
      );
    })
  ),
);

test(
  "initialWeights() draws matrices from N(0, range), norms 1, biases 0",
  effectTest(() =>
    Effect.gen(function* () {
      const { config } = yield* Checkpoint.open(vector("qwen2"));
      const parameters = parametersOf(config);
      const weights = initialWeights(parameters, { seed: 3, range: 0.02 });
      let [squares, sum, count] = [0, 0, 0];
      for (const parameter of parameters) {
        const weight = viewOf(parameter, weights);
        if (parameter.name.endsWith(".bias")) assert.ok(weight.every((x) => x === 0));
        else if (parameter.shape.length === 1) assert.ok(weight.every((x) => x === 1));
        else {
          for (const x of weight) squares += x * x, sum += x, count++;
        }
      }
      const deviation = Math.sqrt(squares / count);
      assert.ok(Math.abs(deviation / 0.02 - 1) < 4 / Math.sqrt(2 * count), `found ${deviation}`);
      assert.ok(Math.abs(sum / count) < 4 * 0.02 / Math.sqrt(count), `mean ${sum / count}`);
    })
  ),
);

const documents = fc.array(
  fc.array(fc.record({ id: fc.integer({ min: 1, max: 50 }), weight: fc.constantFrom(0.5, 1) }), {
    minLength: 1,
    maxLength: 30,
  }),
  { minLength: 1, maxLength: 60 },
);

test("packRows() predicts every token of every document once, and nothing else", () => {
  fc.assert(fc.property(documents, fc.integer({ min: 4, max: 20 }), (drawn, tokens) => {
    const rows = [...packRows(
      drawn.map((document) => ({
        ids: document.map(({ id }) => id),
        weights: document.map(({ weight }) => weight),
      })),
      tokens,
    )];
    const counted = (pairs: Iterable<readonly [number, number]>) =>
      [...pairs].filter(([, weight]) => weight > 0).map(([id, weight]) => `${id} ${weight}`).sort();
    assert.ok(
      rows.every(({ ids, weights }) => ids.length === tokens + 1 && weights.length === tokens + 1),
    );
    assert.equal(
      counted(rows.flatMap(({ ids, weights }) => ids.map((id, t) => [id, weights[t]!] as const))),
      counted(drawn.flat().map(({ id, weight }) => [id, weight] as const)),
    );
  }));
});

test("packRows() fills rows with what fits of the documents that wait", () => {
  const document = (length: number, id: number) => ({
    ids: new Array<number>(length).fill(id),
    weights: new Array<number>(length).fill(1),
  });
  const rows = [...packRows([document(4, 1), document(3, 2), document(2, 3), document(9, 4)], 5)];
  assert.equal(rows.map(({ ids }) => ids), [
    [1, 1, 1, 1, 3, 3],
    [2, 2, 2, 0, 0, 0],
    [4, 4, 4, 4, 4, 4],
    [4, 4, 4, 4, 0, 0],
  ]);
  assert.equal(rows.map(({ weights }) => weights), [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [1, 1, 1, 1, 1, 1],
    [0, 1, 1, 1, 0, 0],
  ]);
});

test.run();
