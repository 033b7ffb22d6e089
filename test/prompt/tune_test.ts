import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, openEngine, type TuningText } from "../../lib/model/mod.ts";
import {
  initialTuneState,
  loadState,
  meanLoss,
  randomVectors,
  saveState,
  tune,
  type TuneOptions,
  type TuneState,
} from "../../lib/prompt/mod.ts";
import { TrainingChanged } from "../../lib/model/training/mod.ts";
import { DAMAGES } from "../damages.ts";
import { effectTest } from "../support.ts";

const vectors = (name: string) => new URL(`../vectors/${name}`, import.meta.url).pathname;

/** The tiny Llama of the test vectors, with a tokenizer, which tuning does not use but an engine asks for. */
const engine = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const directory = yield* fs.makeTempDirectoryScoped();
  yield* fs.copy(vectors("llama"), directory, { overwrite: true });
  yield* fs.copyFile(
    `${vectors("tokenizer_chatml")}/tokenizer.json`,
    `${directory}/tokenizer.json`,
  );
  return yield* openEngine({ directory, workers: 1, threads: 1, slots: 1 });
});

/** Texts in which each token follows from the one before it. */
const TEXTS: readonly TuningText[] = Array.from({ length: 7 }, (_, row) => ({
  ids: Array.from({ length: 8 + row % 3 }, (_, i) => 10 + (row + 3 * i) % 80),
  from: 3 + row % 2,
}));

const OPTIONS: TuneOptions = {
  steps: 8,
  batch: 5,
  runPositions: 64,
  lr: 0.05,
  warmup: 0.2,
  weightDecay: 0,
  clip: 1,
  seed: 4,
};

const start = initialTuneState(randomVectors(4, 32, 1));

const steps = (engine: Engine, state: TuneState, options = OPTIONS) =>
  Effect.map(Stream.runCollect(tune(engine, TEXTS, options, state)), Chunk.toReadonlyArray);

test(
  "tune() lowers the loss, and continues from a saved state as if it had not stopped",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const model = yield* engine;
      const whole = yield* steps(model, start);
      assert.is(whole.length, 8);
      assert.ok(whole.every(({ loss, gradientNorm }) => loss > 0 && gradientNorm > 0));
      assert.ok(whole.at(-1)!.loss < whole[0]!.loss, whole.map(({ loss }) => loss).join(" "));

      const directory = yield* fs.makeTempDirectoryScoped();
      const config = { seed: 4, model: "llama" };
      assert.is(yield* loadState(directory, config, 4 * 32), undefined);
      const losses = whole.slice(0, 3).map(({ loss }) => loss);
      yield* saveState(directory, { state: whole[1]!.state, losses: losses.slice(0, 2) }, config);
      yield* saveState(directory, { state: whole[2]!.state, losses }, config);
      assert.is((yield* fs.readDirectory(directory)).length, 2);
      const saved = (yield* loadState(directory, config, 4 * 32))!;
      assert.equal(saved, { state: whole[2]!.state, losses });
      const rest = yield* steps(model, saved.state);
      assert.equal(rest, whole.slice(3));
    })
  ),
);

test(
  "loadState() refuses a damaged state in one line, or has none",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      const state = {
        step: 2,
        vectors: Float32Array.of(1, 2, 3, 4),
        moments: { first: Float32Array.of(5, 6, 7, 8), second: Float32Array.of(9, 1, 2, 3) },
      };
      const saved = { state, losses: [2.25, 1.125] };
      yield* saveState(folder, saved, { seed: 4 });
      const load = loadState(folder, { seed: 4 }, 4);
      assert.equal(yield* load, saved);
      for (const name of yield* fs.readDirectory(folder)) {
        const content = yield* fs.readFile(`${folder}/${name}`);
        for (const [damage, change] of Object.entries(DAMAGES)) {
          const damaged = change(content);
          if (damaged === undefined) yield* fs.remove(`${folder}/${name}`);
          else yield* fs.writeFile(`${folder}/${name}`, damaged);
          const found = yield* Effect.either(load);
          const isRight = found._tag === "Left"
            ? !found.left.message.includes("\n")
            : found.right === undefined;
          assert.ok(isRight, `${name} ${damage}`);
        }
        yield* fs.writeFile(`${folder}/${name}`, content);
      }
      // a loss of another size, in a file that can be read
      const record = `${folder}/training.json`;
      const text = yield* fs.readFileString(record);
      yield* fs.writeFileString(record, text.replace("2.25", "2.35"));
      const { message } = yield* Effect.flip(load);
      assert.match(message, /training\.json' as it is damaged: begin the training anew in another/);
    })
  ),
);

test(
  "tune() of parts teaches each part its own texts with the other switched off",
  effectTest(() =>
    Effect.gen(function* () {
      const model = yield* engine;
      // the same questions, answered otherwise in each part
      const own = [10, 50].map((shift) =>
        TEXTS.map(({ ids, from }) => ({
          from,
          ids: ids.map((id, i) => i < from ? id : shift + (id * 7) % 20),
        }))
      );
      const alone = (vectors: Float32Array, part: number, text: number) =>
        meanLoss(
          model,
          own[text]!,
          { vectors: vectors.map((x, i) => i < 64 === (part === 0) ? x : 0) },
          64,
        );
      const options = { ...OPTIONS, steps: 24, lr: 0.5, warmup: 0 };
      const { vectors } = (yield* steps(model, start, { ...options, parts: own })).at(-1)!.state;
      for (const part of [0, 1]) {
        const [mine, other] = [
          yield* alone(vectors, part, part),
          yield* alone(vectors, part, 1 - part),
        ];
        assert.ok(mine < other, `part ${part}: ${mine} on its own texts, ${other} on the other's`);
      }
    })
  ),
);

test(
  "tune() gives the same gradient however a batch is cut into runs",
  effectTest(() =>
    Effect.gen(function* () {
      const model = yield* engine;
      const [together] = yield* steps(model, start, { ...OPTIONS, steps: 1 });
      const [apart] = yield* steps(model, start, { ...OPTIONS, steps: 1, runPositions: 1 });
      assert.ok(Math.abs(together!.loss - apart!.loss) < 1e-5);
      assert.ok(Math.abs(together!.gradientNorm / apart!.gradientNorm - 1) < 1e-4);
    })
  ),
);

test(
  "tune() ends with an error when the gradient is not finite",
  effectTest(() =>
    Effect.gen(function* () {
      const model = yield* engine;
      const broken = initialTuneState(new Float32Array(4 * 32).fill(NaN));
      const error = yield* Effect.flip(steps(model, broken));
      assert.match(error.message, "Cannot go on tuning as the gradient of step 0 is not finite");
    })
  ),
);

test(
  "loadState() refuses the state of another run, and a damaged one",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* fs.makeTempDirectoryScoped();
      yield* saveState(directory, { state: start, losses: [] }, { lr: 0.1, seed: 1 });
      const changed = yield* Effect.flip(loadState(directory, { lr: 0.2, seed: 1 }, 4 * 32));
      assert.equal(
        changed,
        new TrainingChanged({
          directory,
          differences: [{ key: "lr", recorded: "0.1", current: "0.2" }],
        }),
      );
      const file = `${directory}/training-0.safetensors`;
      yield* fs.truncate(file, 1000);
      const torn = yield* Effect.flip(loadState(directory, { lr: 0.1, seed: 1 }, 4 * 32));
      assert.match(torn.message, `Cannot read '${file}' as it is truncated: `);
    })
  ),
);

test.run();
