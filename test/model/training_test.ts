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
  loadState,
  lossAndGradient,
  makeTrainer,
  type PackedRow,
  packRows,
  parametersOf,
  saveState,
  type Trainer,
  type TrainingState,
  viewOf,
} from "../../lib/model/training/mod.ts";
import { Session, type Tensor } from "../../lib/runtime/mod.ts";
import { readJson } from "../../lib/schema/files.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { FileSystem } from "@effect/platform";
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
  assert.is(a.step, b.step);
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
      const { config, parameters, rows, state, settings, lr, training, expected } =
        yield* reference;
      const trainer = yield* makeTrainer(
        { config, rows: 3, tokens: TOKENS, shards: 3, workers: 1, optimizer: settings },
        state,
      );
      for (const step of [1, 2, 3]) {
        const { loss, gradientNorm } = yield* trainer.step(rows, lr);
        const [wantedLoss, wantedNorm] = [
          training.losses[step - 1]!,
          training.gradient_norms[step - 1]!,
        ];
        assert.ok(Math.abs(loss - wantedLoss) < 1e-4, `loss ${loss} for ${wantedLoss}`);
        assert.ok(
          Math.abs(gradientNorm / wantedNorm - 1) < 1e-4,
          `gradient norm ${gradientNorm} for ${wantedNorm}`,
        );
        if (step === 2) continue;
        const stored = ["self_attn.q_proj", "mlp.down_proj", "model.norm"];
        for (const parameter of parameters) {
          if (!stored.some((part) => parameter.name.endsWith(`${part}.weight`))) continue;
          const wanted = yield* Effect.option(
            Effect.suspend(() => expected(`step${step}.${parameter.name}`)),
          ).pipe(Effect.catchAllDefect(() => Effect.succeedNone));
          if (wanted._tag === "None") continue;
          const error = relativeError(viewOf(parameter, trainer.state().weights), wanted.value);
          assert.ok(error < 1e-5, `${parameter.name} is off by ${error} after step ${step}`);
        }
      }
    })
  ),
);

test.run();
