/**
 * `dpc tune` and `dpc calibrate` on a user's own file, read as `dpc evaluate` reads it.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint, writeSafetensors } from "../../lib/model/mod.ts";
import { loadCalibration } from "../../lib/prompt/mod.ts";
import { dpcHere } from "../dpc_here.ts";
import { dpc, run as runProgram } from "../programs.ts";
import { tinyModel } from "../fixtures.ts";
import { temporaryWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";

const FIELDS = ["--task", "jsonl", "--fields", "question=problem,answer=solution"];

/** Options of the commands on what {@linkcode setUp} writes into a folder. */
const optionsIn = (folder: string) => {
  const data = [...FIELDS, "--data", `${folder}/mine.jsonl`];
  const common = ["--model", `${folder}/model`, "--template", "plain", "--quiet", "--threads", "1"];
  const sizes = ["--virtual-tokens", "4", "--steps", "2", "--batch", "2"];
  const answers = ["--prompt", `${folder}/out`, "--max-new-tokens", "4", "--workers", "1"];
  return {
    tune: [...data, ...common, ...sizes, "--out", `${folder}/out`],
    ask: [...data, ...common, ...answers],
  };
};

/** A folder with a tiny model and a file of rows, the last of which cannot be read. */
const setUp = (solution: (sum: number) => string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    yield* tinyModel(`${folder}/model`);
    const rows = Array.from({ length: 12 }, (_, i) => ({
      problem: `Tom has ${i} apples. Tom buys 4 apples. How many apples in the end?`,
      solution: solution(i + 4),
    }));
    const lines = [...rows, { problem: "?" }].map((row) => JSON.stringify(row));
    yield* fs.writeFileString(`${folder}/mine.jsonl`, lines.join("\n") + "\n");
    return folder;
  });

test(
  "tune and calibrate read a file by its fields, and go on over bad rows where they are told",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = yield* setUp((sum) => `${sum - 4}+4=${sum}\n#### ${sum}`);
      const { tune, ask } = optionsIn(folder);
      const file = `'${folder}/mine.jsonl'`;
      const skipped = `Skipped rows of ${file} that cannot be read, on lines 13\n`;
      const bad = yield* dpcHere("tune", ...tune);
      assert.is(bad.code, 1);
      assert.match(bad.errors, /line 13: at solution: is missing \(--skip-bad .*\)\n$/);
      const tuned = yield* dpcHere("tune", ...tune, "--held-out", "2", "--skip-bad");
      assert.equal([tuned.code, tuned.errors], [0, skipped]);
      const [, before, after] =
        /Loss on 2 held-out examples: ([\d.]+) before tuning, ([\d.]+) after/
          .exec(tuned.output)!;
      assert.ok(Number(after) < Number(before));
      const { code, errors } = yield* dpcHere("calibrate", ...ask, "--skip-bad");
      assert.is(code, 0);
      assert.match(errors, skipped);
      assert.match(errors, `The prompt was tuned on rows of the same data (${file})`);
      const { rows, positions } = (yield* loadCalibration(`${folder}/out`))!;
      assert.is(rows, 12);
      assert.type(positions?.best, "number");
      yield* dpcHere("calibrate", ...ask, "--limit", "2", "--positions", "3");
      const again = (yield* loadCalibration(`${folder}/out`))!;
      assert.is(again.rows, 2);
      assert.is(again.positions?.best, undefined);
    })
  ),
);

test(
  "tune refuses rows without a worked solution in one line, before it opens the model",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = yield* setUp(String);
      const options = [...FIELDS, "--data", `${folder}/mine.jsonl`, "--skip-bad", "--out", "out"];
      const { code, errors } = yield* dpcHere("tune", ...options, "--model", "none");
      assert.is(code, 1);
      assert.match(
        errors,
        /^Cannot tune on '.*mine\.jsonl' as no row of it has a worked solution: .*--fields rationale=FIELD.*\n$/,
      );
    })
  ),
);

test(
  "tune and calibrate look for public datasets where dpc fetch puts them",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(1);
      yield* fs.makeDirectory(`${folder}/data/cache`, { recursive: true });
      const missing = "Cannot read dataset 'data/cache/gsm8k/train.jsonl'";
      const run = (...command: readonly string[]) => runProgram(dpc(...command), { cwd: folder });
      const tune = yield* run("tune", "--task", "gsm8k", "--out", "out");
      assert.match(tune.errors, missing);
      const options = ["--task", "gsm8k", "--split", "train", "--prompt", "prompt"];
      const calibrate = yield* run("calibrate", ...options, "--model", "model");
      assert.match(calibrate.errors, missing);
    })
  ),
);

test(
  "tune, calibrate and evaluate take a LoRA, and a calibration is bound to it",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* setUp((sum) => `${sum - 4}+4=${sum}\n#### ${sum}`);
      yield* fs.makeDirectory(`${folder}/lora`);
      const settings = { peft_type: "LORA", r: 1, lora_alpha: 1, target_modules: ["o_proj"] };
      yield* fs.writeFileString(`${folder}/lora/adapter_config.json`, JSON.stringify(settings));
      const { config: { layers, heads, headDim, hiddenSize } } = yield* Checkpoint.open(
        `${folder}/model`,
      );
      yield* writeSafetensors(
        `${folder}/lora/adapter_model.safetensors`,
        Array.from({ length: layers }, (_, layer) => {
          const name = `base_model.model.model.layers.${layer}.self_attn.o_proj`;
          return [
            { name: `${name}.lora_A.weight`, shape: [1, heads * headDim] },
            { name: `${name}.lora_B.weight`, shape: [hiddenSize, 1] },
          ].map((tensor) => ({
            ...tensor,
            data: new Float32Array(Math.max(...tensor.shape)).fill(0.1),
          }));
        }).flat(),
      );
      const { tune, ask } = optionsIn(folder);
      const lora = ["--adapter", `${folder}/lora`, "--skip-bad"];
      const into = (run: string) => [...ask, "--run", `${folder}/${run}`];
      for (
        const [name, options] of [
          ["tune", tune],
          ["calibrate", ask],
          ["evaluate", into("run")],
        ] as const
      ) {
        const { code, errors } = yield* dpcHere(name, ...options, ...lora);
        assert.is(code, 0, errors);
      }
      const read = (file: string) => Effect.map(fs.readFileString(`${folder}/${file}`), JSON.parse);
      const { config } = yield* read("run/run.json");
      assert.match(config.adapter, /^[0-9a-f]{64}$/);
      assert.is((yield* read("out/dpc.json")).model, config.model);
      const without = yield* dpcHere("evaluate", ...into("b"), "--skip-bad");
      const base = (yield* read("b/run.json")).config;
      assert.is(base.adapter, undefined);
      assert.is.not(base.model, config.model);
      assert.match(without.errors, /dpc\.json of '.*out' was calibrated with another model/);
    })
  ),
);

test.run();
