import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Checkpoint from "../../../lib/model/checkpoint/checkpoint.ts";
import { floatToHalf, halfToFloat } from "../../../lib/model/safetensors/float_formats.ts";
import {
  finishTraining,
  initialWeights,
  loadTraining,
  loadWeights,
  newModel,
  type PackedRow,
  packRows,
  parametersOf,
  saveModel,
  saveTraining,
  train,
  type Trainer,
  TrainingChanged,
  viewOf,
} from "../../../lib/model/training/mod.ts";
import { effectTest } from "../../support.ts";
import { failure, vector } from "../support.ts";
import { sameState, tiny } from "./support.ts";

const repeat = (trainer: Trainer, batch: readonly PackedRow[], steps: number) =>
  Effect.replicateEffect(trainer.step(batch, 1e-2), steps);

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped());

/** Rows of a text that never repeats. */
const rowsOf = (tokens: number) =>
  packRows(
    (function* () {
      for (let i = 0;; i++) {
        const ids = Array.from({ length: 2 + i % 5 }, (_, t) => (i * i + 3 * t) % 96);
        yield { ids, weights: ids.map(() => 1) };
      }
    })(),
    tokens,
  );

const schedule = (steps: number) => ({ steps, rows: 4, rate: (step: number) => 1e-3 * (1 + step) });

test(
  "step() learns a text that repeats",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const losses = (yield* repeat(yield* train(start(0)), batch, 40)).map(({ loss }) => loss);
      assert.ok(Math.abs(losses[0]! - Math.log(96)) < 0.1, `first loss ${losses[0]}`);
      assert.ok(losses.at(-1)! < 0.1, `last loss ${losses.at(-1)}`);
    })
  ),
);

test(
  "makeTrainer() gives the same bits for any number of workers",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const [one, two] = yield* Effect.forEach([1, 2], (workers) =>
        Effect.gen(function* () {
          const trainer = yield* train(start(0), { shards: 4, workers });
          yield* repeat(trainer, batch, 5);
          return trainer.state();
        }));
      sameState(two!, one!);
    })
  ),
);

test(
  "saveTraining(), loadTraining() and train() continue a training bit by bit",
  effectTest(() =>
    Effect.gen(function* () {
      const { parameters, tokens, train: start, start: first } = yield* tiny;
      const directory = yield* temporary;
      const what = { recipe: { seed: 0 }, parameters };
      const whole = yield* start(first(0));
      yield* Stream.runDrain(train(whole, rowsOf(tokens), schedule(10)));
      const before = yield* start(first(0));
      // the schedule knows of all ten steps from the beginning
      yield* Stream.runDrain(
        Stream.take(train(before, rowsOf(tokens), schedule(10)), 4),
      );
      assert.is(yield* loadTraining(directory, what), undefined);
      yield* saveTraining(directory, what, { state: before.state(), seconds: 1 });
      const saved = (yield* loadTraining(directory, what))!;
      assert.is(saved.losses.length, 4);
      const after = yield* start(saved.state!);
      const steps = yield* Stream.runCollect(train(after, rowsOf(tokens), schedule(10)));
      assert.equal(
        Chunk.toReadonlyArray(steps).map(({ loss }) => loss),
        whole.state().losses.slice(4),
      );
      sameState(after.state(), whole.state());
    })
  ),
);

test(
  "train() fails when the text ends before the steps do",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train: start, start: first } = yield* tiny;
      const short = train(yield* start(first(0)), [...batch, ...batch], schedule(3));
      assert.is(
        (yield* failure(Stream.runDrain(short))).message,
        "Cannot make step 3 as the text ended before it",
      );
    })
  ),
);

test(
  "finishTraining() keeps the losses and drops weights and moments",
  effectTest(() =>
    Effect.gen(function* () {
      const { parameters, start } = yield* tiny;
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* temporary;
      const what = { recipe: { seed: 0 }, parameters };
      yield* saveTraining(directory, what, { state: start(0), seconds: 1 });
      yield* finishTraining(directory, what.recipe, { losses: [2, 1], seconds: 3 });
      assert.equal(yield* fs.readDirectory(directory), ["training.json"]);
      assert.equal(yield* loadTraining(directory, what), {
        losses: [2, 1],
        seconds: 3,
        state: undefined,
      });
    })
  ),
);

test(
  "loadTraining() refuses another recipe by the option, another model by the tensor",
  effectTest(() =>
    Effect.gen(function* () {
      const { parameters, start } = yield* tiny;
      const directory = yield* temporary;
      const what = { recipe: { seed: 0, steps: 7 }, parameters };
      yield* saveTraining(directory, what, { state: start(0), seconds: 1 });
      const otherRecipe = { ...what, recipe: { seed: 0, steps: 8 } };
      assert.equal(
        yield* Effect.flip(loadTraining(directory, otherRecipe)),
        new TrainingChanged({
          directory,
          differences: [{ key: "steps", recorded: "7", current: "8" }],
        }),
      );
      const otherModel = parameters.map((parameter, i) =>
        i === 3 ? { ...parameter, shape: [7] } : parameter
      );
      assert.match(
        (yield* failure(loadTraining(directory, { ...what, parameters: otherModel }))).message,
        /Cannot read '.*training-0.safetensors' as its tensor 'weights\..*' must be F32 \[7\]: found F32/,
      );
    })
  ),
);

test(
  "step() refuses a loss that is not finite and a batch that counts nothing, and keeps the state",
  effectTest(() =>
    Effect.gen(function* () {
      const { batch, train, start } = yield* tiny;
      const from = start(0);
      from.weights[0] = NaN;
      const trainer = yield* train({ ...from, losses: [9, 8, 7] });
      const before = trainer.state();
      const broken = batch.map((row) => ({ ...row, ids: row.ids.with(0, 0) }));
      assert.match(
        (yield* failure(trainer.step(broken, 1e-2))).message,
        /step 4 .* found NaN and NaN; use a lower learning rate/,
      );
      const empty = batch.map((row) => ({ ...row, weights: row.weights.map(() => 0) }));
      assert.match(
        (yield* failure(trainer.step(empty, 1e-2))).message,
        /step 4 as no token of its batch counts/,
      );
      sameState(trainer.state(), before);
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
  "initialWeights() draws matrices from N(0, range) by the seed, norms 1, biases 0",
  effectTest(() =>
    Effect.gen(function* () {
      const { config } = yield* Checkpoint.open(vector("qwen2"));
      const parameters = parametersOf(config);
      const weights = initialWeights(parameters, { seed: 3, range: 0.02 });
      assert.equal(initialWeights(parameters, { seed: 3, range: 0.02 }), weights);
      assert.is.not(initialWeights(parameters, { seed: 4, range: 0.02 })[0], weights[0]);
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

const SHAPE = {
  vocabSize: 11,
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  kvHeads: 2,
  intermediateSize: 12,
  maxPositions: 64,
  eosId: 3,
};

test(
  "saveModel() writes a checkpoint that opens with its weights, rounded to half precision",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* temporary;
      const model = yield* newModel(SHAPE, "F16");
      const weights = initialWeights(model.parameters, { seed: 1, range: 0.02 });
      yield* saveModel(directory, model, { weights, dtype: "F16" });
      const checkpoint = yield* Checkpoint.open(directory);
      assert.equal(checkpoint.config, model.config);
      assert.equal(checkpoint.config.eosIds, [3]);
      for (const parameter of model.parameters) {
        const rounded = new Float32Array(parameter.size);
        halfToFloat(floatToHalf(viewOf(parameter, weights).slice()), rounded);
        assert.equal(yield* Checkpoint.tensor(checkpoint, parameter.name), rounded);
      }
    })
  ),
);

test(
  "loadWeights() reads a checkpoint's weights, and refuses one of another shape",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* temporary;
      const model = yield* newModel({ ...SHAPE, layers: 2 }, "F32");
      const weights = initialWeights(model.parameters, { seed: 1, range: 0.02 });
      yield* saveModel(directory, model, { weights, dtype: "F32" });
      assert.equal(yield* loadWeights(directory, model.parameters), weights);
      const refused = (shape: Partial<typeof SHAPE>) =>
        Effect.gen(function* () {
          const { parameters } = yield* newModel({ ...SHAPE, layers: 2, ...shape }, "F32");
          return (yield* failure(loadWeights(directory, parameters))).message;
        });
      assert.match(
        yield* refused({ intermediateSize: 14 }),
        /its tensor '.*mlp.*' must be \[.*14.*\] by the options: found \[.*12.*\]$/,
      );
      assert.match(yield* refused({ layers: 3 }), /by the options: found none$/);
      assert.match(
        yield* refused({ layers: 1 }),
        /the options make no model with its 'model\.layers\..*'$/,
      );
    })
  ),
);

test(
  "newModel() refuses a shape that no decoder has",
  effectTest(() =>
    Effect.gen(function* () {
      assert.match(
        (yield* failure(newModel({ ...SHAPE, heads: 3, kvHeads: 3 }, "F32"))).message,
        /^Cannot make the model as its heads must divide .* found 8 and 3$/,
      );
    })
  ),
);

test.run();
