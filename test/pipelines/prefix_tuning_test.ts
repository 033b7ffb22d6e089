/**
 * Prefix tuning by the commands: tuned, calibrated, evaluated with every arm, and on top of a LoRA.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint, writeSafetensors } from "../../lib/model/mod.ts";
import { loadCalibration, loadPrompt } from "../../lib/prompt/mod.ts";
import { dpcHere } from "../dpc_here.ts";
import { TINY_SIZES, tinyDataset, tinyModel } from "../fixtures.ts";
import { withCache } from "../model/parity.ts";
import { effectTest } from "../support.ts";

const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  yield* tinyModel(`${folder}/model`);
  yield* tinyDataset(`${folder}/train.jsonl`, 12);
  yield* tinyDataset(`${folder}/rows.jsonl`, 8);
  const common = [
    ...["--model", `${folder}/model`, "--task", "word-problems", "--quiet"],
    ...["--threads", "1"],
  ];
  const tune = (...more: readonly string[]) =>
    dpcHere(
      "tune",
      ...[...common, "--data", `${folder}/train.jsonl`, "--method", "prefix"],
      ...["--virtual-tokens", "4", "--batch", "2", "--out", `${folder}/out`, ...more],
    );
  const asked = [
    ...[...common, "--prompt", `${folder}/out`, "--data", `${folder}/rows.jsonl`],
    ...["--workers", "1", "--max-new-tokens", "8"],
  ];
  return { fs, folder, tune, asked };
});

/** Adds something to each output matrix of {@linkcode tinyModel}. */
const tinyLora = (directory: string, model: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    yield* fs.makeDirectory(directory);
    const settings = { peft_type: "LORA", r: 1, lora_alpha: 1, target_modules: ["o_proj"] };
    yield* fs.writeFileString(`${directory}/adapter_config.json`, JSON.stringify(settings));
    const { config: { layers, hiddenSize } } = yield* Checkpoint.open(model);
    const tensors = Array.from({ length: layers }, (_, layer) => {
      const name = `base_model.model.model.layers.${layer}.self_attn.o_proj`;
      return [["lora_A", [1, hiddenSize]], ["lora_B", [hiddenSize, 1]]].map(([part, shape]) => ({
        name: `${name}.${part}.weight`,
        shape: shape as number[],
        data: new Float32Array(hiddenSize).fill(0.1),
      }));
    });
    yield* writeSafetensors(`${directory}/adapter_model.safetensors`, tensors.flat());
  });

test(
  "a prefix is tuned, calibrated, and evaluated by every arm; run.json says what it is",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, folder, tune, asked } = yield* setUp;
      const whole = yield* tune("--steps", "3", "--lr", "0.05");
      assert.is(whole.code, 0, whole.errors);
      const prompt = yield* loadPrompt(`${folder}/out`, TINY_SIZES);
      assert.equal(
        [prompt.method, prompt.virtualTokens, prompt.vectors.length],
        ["prefix", 4, 4 * 2 * 2 * 8],
      );
      const other = yield* tune("--steps", "3", "--lr", "0.05", "--method", "prompt");
      assert.match(other.errors, /method/, "a directory of a prefix is not continued as a prompt");

      const made = ["--act", "1", "--contrast", "2", "--learn", "--probes", "gradientInput"];
      const calibrated = yield* dpcHere("calibrate", ...asked, ...made);
      assert.is(calibrated.code, 0, calibrated.errors);
      assert.is((yield* loadCalibration(`${folder}/out`, prompt))?.prompt, prompt.hash);
      const arms = [
        "base,pt,act,contrast,random,untriggered,dpc,dpc:affectedRatio,route,select,best",
        "always/attentionMask,always/mean,always/topK,always/sink,always/gammaOnly",
        "always/accumulated@occlusion,always/accumulated@gradientInput",
      ].join();
      const run = yield* dpcHere(
        "evaluate",
        ...[...asked, "--arms", arms, "--run", `${folder}/run`],
      );
      assert.is(run.code, 0, run.errors);
      const { config } = JSON.parse(yield* fs.readFileString(`${folder}/run/run.json`));
      assert.is(config.prompts[0].method, "prefix");
      const lines = yield* fs.readFileString(`${folder}/run/samples.jsonl`);
      const samples = lines.trim().split("\n").map((line) => JSON.parse(line));
      assert.is(samples.length, 8);
      const measured = samples.filter(({ flow }) => flow !== null);
      assert.ok(measured.length > 0, "some answer has its flow measured");
      for (const { flow, arms } of measured) {
        assert.is(flow.accumulation.length, 4);
        assert.ok(flow.accumulation.every((a: number) => a > 0), "every position is read");
        assert.equal(
          arms.untriggered.corruptions[0].positions,
          arms["always/attentionMask"].corruptions[0].positions,
        );
      }
    }), 300),
);

test(
  "tune refuses for a prefix what there is for vectors at the input alone, in one line",
  effectTest(() =>
    Effect.gen(function* () {
      const { folder, tune } = yield* setUp;
      const refused = (...more: readonly string[]) =>
        Effect.map(tune(...more), ({ code, errors }) => [code, errors]);
      const start = `Cannot use the soft prompt '${folder}/out' as `;
      assert.equal(yield* refused("--init", "vocabulary"), [
        1,
        `${start}its first values are keys and values, not vectors of the vocabulary: leave out --init vocabulary\n`,
      ]);
      assert.equal(yield* refused("--part", `${folder}/train.jsonl`), [
        1,
        `${start}the parts of a prefix cannot be switched off by zeros: leave out --part, or --method prefix\n`,
      ]);
    }), 300),
);

test(
  "cost, cross-validate and reproduce take a LoRA; without a prompt it has the arm base alone, which is said, and is compared",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const { fs, folder, tune, asked } = yield* setUp;
      yield* tinyLora(`${folder}/lora`, `${folder}/model`);
      const lora = ["--adapter", `${folder}/lora`];
      const tuned = yield* tune("--steps", "1", ...lora);
      assert.is(tuned.code, 0, tuned.errors);
      const calibrated = yield* dpcHere("calibrate", ...asked, ...lora);
      assert.is(calibrated.code, 0, calibrated.errors);
      const { adapter, model } = JSON.parse(yield* fs.readFileString(`${folder}/out/dpc.json`));
      assert.match(adapter.sha256, /^[0-9a-f]{64}$/);
      assert.is.not(adapter.base, model);
      const notQuiet = asked.filter((each) => each !== "--quiet");
      const cost = yield* dpcHere("cost", ...notQuiet, ...lora, "--arms", "base,pt,dpc");
      assert.is(cost.code, 0, cost.errors);
      const validated = yield* dpcHere("cross-validate", ...asked, ...lora);
      assert.is(validated.code, 0, validated.errors);
      const alone = asked.filter((_, i) =>
        i !== asked.indexOf("--prompt") && i !== asked.indexOf("--prompt") + 1
      );
      const evaluate = (...more: readonly string[]) =>
        dpcHere("evaluate", ...alone, "--limit", "4", ...more);
      const refused = yield* evaluate(...lora, "--arms", "base,pt,dpc,contrast");
      assert.equal([refused.code, refused.errors], [
        1,
        "Cannot run pt, dpc, contrast without a soft prompt: a LoRA has no positions that DPC could corrupt, " +
        "so --adapter alone has the arm base, the model with the LoRA (`npx dpc compare` sets it beside a run " +
        "without --adapter); give --prompt DIR for pt, dpc and controls on top of it\n",
      ]);
      const [plain, run] = [`${folder}/plain`, `${folder}/run`];
      for (const more of [["--run", plain], ["--run", run, ...lora]]) {
        const { code, errors } = yield* evaluate("--arms", "base", ...more);
        assert.is(code, 0, errors);
      }
      const { config } = JSON.parse(yield* fs.readFileString(`${run}/run.json`));
      assert.equal([config.adapter, config.base], [adapter.sha256, adapter.base]);
      const compared = yield* dpcHere("compare", plain, run, "--json");
      assert.is(
        JSON.parse(compared.output)[1].comparison.n,
        4,
        "with the LoRA and without, paired",
      );
      yield* tinyDataset(`${folder}/test.jsonl`, 3);
      const reproduced = [
        ...["--model", `${folder}/model`, ...lora, "--tasks", "word-problems", "--quiet"],
        ...["--data", folder, "--out", `${folder}/study`, "--method", "prefix", "--seeds", "0"],
        ...["--virtual-tokens", "4", "--steps", "1", "--max-new-tokens", "4", "--threads", "1"],
        ...["--tune-examples", "6", "--calibrate-examples", "4", "--workers", "1"],
        ...["--arms", "base,pt,dpc"],
      ];
      const plan = yield* dpcHere("reproduce", ...reproduced, "--plan");
      assert.is(plan.code, 0, plan.errors);
      assert.match(plan.output, /^calibrate +4 examples /m);
      assert.not(yield* fs.exists(`${folder}/study/model/word-problems/run.json`));
      const study = yield* dpcHere("reproduce", ...reproduced);
      assert.is(study.code, 0, study.errors);
      const studied = JSON.parse(
        yield* fs.readFileString(`${folder}/study/model/word-problems/run.json`),
      ).config;
      assert.equal([studied.adapter, studied.prompts[0].method], [adapter.sha256, "prefix"]);
    })), 300),
);

test.run();
