import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Calibration,
  loadCalibration,
  saveCalibration,
  SoftPrompt,
} from "../../lib/prompt/mod.ts";
import { effectTest } from "../support.ts";

const PROMPT = new SoftPrompt({
  name: "x",
  vectors: Float32Array.of(1, 2),
  virtualTokens: 1,
});

const CALIBRATION: Calibration = {
  format: 2,
  loss: "mean",
  device: "cpu",
  task: "gsm8k",
  split: "train",
  rows: 200,
  prompt: PROMPT.hash,
  model: "model",
  shallow: { start: 0, end: 15 },
  deep: { start: 15, end: 30 },
  gamma: 0.1,
  beta: 0.0021,
  firstAccuracy: 0.3,
  secondAccuracy: 0.25,
  trigger: "affectedRatio",
  triggers: { affectedRatio: { threshold: 0.4, accuracy: 0.31, auc: null, rate: 0.2 } },
  act: { alpha: 5, beta: 0.4, rows: 20, heads: [[2, 1]] },
  actCode: { threshold: 0.15, beta: 0.4, rows: 20, heads: [[3, 0]] },
  contrast: { weight: -0.5, threshold: 0.1, rows: 20, accuracy: 0.4 },
};

test(
  "loadCalibration() gives what saveCalibration() kept, and nothing where there is none",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
        fs.makeTempDirectoryScoped());
      assert.is(yield* loadCalibration(directory), undefined);
      yield* saveCalibration(directory, CALIBRATION);
      assert.equal(yield* loadCalibration(directory), CALIBRATION);
      assert.equal(yield* loadCalibration(directory, PROMPT), CALIBRATION);
      const tunedOn = PROMPT.with({ vectors: Float32Array.of(1, 2.5) });
      const error = yield* Effect.flip(loadCalibration(directory, tunedOn));
      assert.match(error.message, /dpc\.json was measured with other vectors than it has now/);
    })
  ),
);

const malformed: readonly (readonly [string, string, RegExp])[] = [
  ["what is not JSON", "{", /dpc\.json' as it is not valid JSON/],
  ["an absent beta", JSON.stringify({ ...CALIBRATION, beta: undefined }), /at beta: is missing/],
  [
    "an endless threshold",
    JSON.stringify({
      ...CALIBRATION,
      triggers: { a: { ...CALIBRATION.triggers["affectedRatio"], threshold: Infinity } },
    }),
    /at triggers\.a\.threshold/,
  ],
  [
    "an empty range of layers",
    JSON.stringify({ ...CALIBRATION, deep: { start: 3, end: 3 } }),
    /at deep: a range of layers must not be empty/,
  ],
  [
    "another format",
    JSON.stringify({ ...CALIBRATION, format: 1 }),
    /its format is 1 and this version reads format 2: calibrate the prompt again/,
  ],
];
for (const [title, text, reason] of malformed) {
  test(
    `loadCalibration() refuses ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const directory = yield* fs.makeTempDirectoryScoped();
        yield* fs.writeFileString(`${directory}/dpc.json`, text);
        const error = yield* Effect.flip(loadCalibration(directory));
        assert.match(error.message, reason);
        assert.match(error.message, `Cannot use the soft prompt '${directory}' as `);
        assert.not.match(error.message, /\n/);
      })
    ),
  );
}

test.run();
