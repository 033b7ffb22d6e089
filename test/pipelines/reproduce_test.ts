import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { matchesSettings } from "../../pipelines/cli/calibrate_prompt.ts";
import { checkMemory } from "../../pipelines/reproduce/cost.ts";
import { chooseRows, StudyError } from "../../pipelines/reproduce/rows.ts";
import { studyTables } from "../../pipelines/reproduce/tables.ts";
import { openModel } from "../../lib/stage/mod.ts";
import { type Sample } from "../../lib/results/mod.ts";
import { Checkpoint, Memory } from "../../lib/model/mod.ts";
import { loadCalibration } from "../../lib/prompt/mod.ts";
import { svamp, wordProblems } from "../../lib/task/mod.ts";
import { dpcHere } from "../dpc_here.ts";
import { tinyDataset, tinyModel } from "../fixtures.ts";
import { failure } from "../model/support.ts";
import { linesOf } from "../report/support.ts";
import { effectTest } from "../support.ts";

/** A tiny model, a folder of data, and the program run on them. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const folder = yield* fs.makeTempDirectoryScoped();
  const at = (...names: readonly string[]) => path.join(folder, ...names);
  yield* fs.makeDirectory(at("data"));
  yield* tinyModel(at("tiny"));
  yield* tinyDataset(at("data/train.jsonl"), 30);
  yield* tinyDataset(at("data/test.jsonl"), 6);
  return { fs, at };
});

const reproduce = (...args: readonly string[]) => dpcHere("reproduce", ...args);

test(
  "reproduce tunes, calibrates, evaluates and prints tables; repeated it computes nothing anew, --tables needs no checkpoint",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at } = yield* setUp;
      const where = ["--tasks", "word-problems", "--out", at("out"), "--model", at("tiny")];
      const sizes = {
        ...{ "--virtual-tokens": 4, "--steps": 2, "--batch": 2, "--seeds": "0,1" },
        ...{ "--tune-examples": 10, "--calibrate-examples": 6, "--act": 1, "--samples": 2 },
        ...{ "--max-new-tokens": 8, "--gamma": 0.1, "--threads": 1, "--workers": 1 },
      };
      const runStudy = (changed: Partial<typeof sizes> = {}) =>
        reproduce(
          ...[...where, "--data", at("data"), "--quiet"],
          ...Object.entries({ ...sizes, ...changed }).flat().map(String),
        );
      const first = yield* runStudy();
      assert.is(first.code, 0, first.errors);
      assert.match(first.output, /tune +8 texts/);
      assert.match(first.output, /choose heads for act +8 answers/);
      assert.match(first.output, /Disk: about 0\.0 GiB[^]*work +how much/);
      assert.match(first.output, /evaluate after worked examples +0 examples/);
      assert.match(first.output, /evaluate +12 examples, 7 answers each/);
      const tables = first.output.slice(first.output.indexOf("Table 1"));
      assert.match(tables, /\| dpc:affectedRatio \| \d/);
      assert.match(tables, /\| s_t, 0 to 10 % of the rationale \| .* \| \d+\.\d{3} \(/);
      const times = () =>
        Effect.forEach(
          [
            "prompts/word-problems/seed1/dpc.json",
            "prompts/word-problems/seed1/adapter_model.safetensors",
          ],
          (name) => Effect.map(fs.stat(at("out/tiny", name)), ({ mtime }) => String(mtime)),
        );
      const samples = () => fs.readFileString(at("out/tiny/word-problems/samples.jsonl"));
      const [made, answered] = [yield* times(), yield* samples()];
      const second = yield* runStudy();
      assert.not.match(second.output, /hours here/, "the plan is for a study that begins");
      assert.equal(yield* times(), made);
      assert.is(yield* samples(), answered);
      assert.is(second.output.slice(second.output.indexOf("Table 1")), tables);
      const other = yield* runStudy({ "--gamma": 0.2 });
      assert.is(other.code, 1, "samples of the former calibration are not mixed with others");
      const [calibrated, tuned] = yield* times();
      assert.is.not(calibrated, made[0], "calibrated anew");
      assert.is(tuned, made[1]);
      yield* fs.remove(at("tiny"), { recursive: true });
      const again = yield* reproduce(...where, "--tables");
      assert.is(again.output.slice(again.output.indexOf("Table 1")), tables);
    })
  ),
);

test(
  "reproduce refuses in one line when a checkpoint is missing, and names all that are",
  effectTest(() =>
    Effect.gen(function* () {
      const { code, errors } = yield* reproduce();
      assert.is(code, 1);
      assert.match(
        errors,
        /^Cannot find the checkpoints models\/LLaMA3-8B, .*models\/Mistral-7B: .*--model DIR\n$/,
      );
    })
  ),
);

test(
  "matchesSettings() takes a calibration for one that was made with the same rows, gamma, heads, length of answers, model, tokenizer and template",
  effectTest(() =>
    Effect.gen(function* () {
      const present = (yield* loadCalibration("data/prompts/seed0"))!;
      const { act, maxNewTokens: _, tokenizer: _t, template: _p, ...old } = present;
      const { rows, gamma, model, loss } = old;
      const known = { tokenizer: "a", template: "b" };
      const made = { ...old, ...known, maxNewTokens: 96, act: { ...act!, rows: 10 } };
      const asked = { rows, gamma, maxNewTokens: 96, model, loss, ...known };
      assert.ok(matchesSettings(made, asked));
      assert.ok(matchesSettings(made, { ...asked, act: 10 }));
      assert.ok(matchesSettings({ ...made, act: { ...act!, rows } }, { ...asked, act: rows + 1 }));
      assert.ok(
        matchesSettings(old, { ...asked, maxNewTokens: 8 }),
        "made before this was recorded",
      );
      const changes = [
        ...[{ rows: rows - 1 }, { gamma: 0.3 }, { maxNewTokens: 8 }, { act: 0 }],
        ...[{ model: "other" }, { tokenizer: "other" }, { template: "other" }],
      ];
      for (const changed of changes) {
        assert.not.ok(matchesSettings(made, { ...asked, ...changed }), JSON.stringify(changed));
      }
      assert.not.ok(matchesSettings(old, { ...asked, act: 10 }));
    })
  ),
);

test(
  "reproduce misses training and test rows before it opens the model, and says in one line what to give",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at } = yield* setUp;
      yield* fs.remove(at("tiny/tokenizer.json"));
      const refusal = (...args: readonly string[]) =>
        Effect.map(
          reproduce("--model", at("tiny"), "--out", at("out"), "--data", at("data"), ...args),
          ({ code, errors }) => {
            assert.is(code, 1);
            assert.match(errors, /^.*\n$/);
            return errors;
          },
        );
      assert.match(
        yield* refusal("--tasks", "word-problems,math"),
        "Cannot tune on the task math as it has no training split here: give --train math=FILE,",
      );
      yield* fs.writeFileString(at("math.jsonl"), '{"problem":"1+1?","solution":"2"}\n');
      const given = ["--tasks", "math", "--train", `math=${at("math.jsonl")}`];
      assert.match(yield* refusal(...given), /math\.jsonl', line 1: at level: is missing/);
      yield* fs.writeFileString(
        at("math.jsonl"),
        JSON.stringify({ problem: "1+1?", solution: "\\boxed{2}", level: "Level 1" }),
      );
      assert.match(yield* refusal(...given), /test\.jsonl', line 1: at /);
    })
  ),
);

test(
  "reproduce has no option that would be heeded by its evaluations alone",
  effectTest(() =>
    Effect.gen(function* () {
      // prompts are tuned and calibrated without a chat, and rows are drawn by --seed
      for (const [option, ...value] of [["--chat"], ["--shuffle", "0"]] as const) {
        const { code, errors } = yield* reproduce(option, ...value);
        assert.is(code, 2);
        assert.match(errors, option);
      }
    })
  ),
);

test(
  "checkMemory() refuses what does not fit and says how much it needs",
  effectTest(() =>
    Effect.gen(function* () {
      const { at } = yield* setUp;
      const checkpoint = yield* Checkpoint.open(at("tiny"));
      const size = { runPositions: 512, virtualTokens: 16 };
      const { weights, work } = yield* checkMemory(checkpoint, size, 2 ** 30);
      assert.is(weights, Memory.weightBytes(checkpoint.config));
      yield* checkMemory(checkpoint, size, weights + work);
      const error = yield* failure(checkMemory(checkpoint, size, weights + work - 1));
      assert.instance(error, StudyError);
      assert.match(error.message, /^Cannot run '.*tiny' as it needs about 0\.\d GiB of memory/);
    })
  ),
);

test(
  "chooseRows() draws disjoint rows, none too long, and never from a test split",
  effectTest(() =>
    Effect.gen(function* () {
      const { at } = yield* setUp;
      const model = yield* openModel({ directory: at("tiny"), workers: 1, threads: 1, slots: 1 });
      const template = wordProblems.templates[0];
      const choice = {
        data: at("data"),
        train: {},
        mostTokens: 512,
        calibrateExamples: 6,
        tuneExamples: 10,
        calculator: false,
        seed: 0,
      };
      const choose = (more: Partial<typeof choice>, task = wordProblems) =>
        chooseRows(model, task, template, { ...choice, ...more });
      const { dev, tuning } = yield* choose({});
      assert.is(dev.length, 6);
      assert.is(tuning.length, 10);
      const asked = tuning.map(({ ids, from }) =>
        model.tokenizer.decode(ids.slice(0, from)).trim()
      );
      assert.is(new Set([...asked, ...dev.map(({ question }) => question)]).size, 16);
      assert.not.equal((yield* choose({ seed: 1 })).dev, dev);
      const longest = Math.max(...tuning.map(({ ids }) => ids.length));
      const shorter = yield* choose({ mostTokens: longest - 1, calibrateExamples: 1 });
      assert.ok(shorter.tuning.every(({ ids }) => ids.length < longest));
      const message = (effect: ReturnType<typeof choose>) =>
        Effect.map(failure(effect), (error) => error.message);
      assert.match(yield* message(choose({ calibrateExamples: 30 })), /has 30 worked solutions/);
      assert.match(yield* message(choose({}, svamp)), /--train svamp=FILE, or --tune-on/);
      const test = { "word-problems": at("data/test.jsonl") };
      assert.match(yield* message(choose({ train: test })), /is the test split of word-problems/);
    })
  ),
);

/** A line whose answers by pt and dpc are right or not; dpc's trigger fired where it is wrong. */
const sample = (example: string, pt: boolean, dpc: boolean): Sample => {
  const arm = (correct: boolean): Sample["arms"][string] => ({
    text: "",
    answer: null,
    rule: "none",
    correct,
    strict: correct,
    verdict: correct ? "correct" : "wrong",
    finish: "eos",
    tokens: 1,
    lowest: null,
    mean: null,
    trigger: null,
    first: null,
    corruptions: [],
    milliseconds: 1,
  });
  return {
    id: `${example}@seed0`,
    example,
    prompt: "seed0",
    question: "",
    gold: "",
    strata: {},
    promptText: "",
    flow: null,
    arms: {
      pt: arm(pt),
      dpc: { ...arm(dpc), trigger: { name: "t", score: pt ? 0 : 1, fired: !pt } },
    },
  };
};

test(
  "studyTables() gives each set's accuracy and pools the arms that all have, though ids come twice",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at } = yield* setUp;
      const write = (set: string, samples: readonly Sample[]) =>
        Effect.zipRight(
          fs.makeDirectory(at(set)),
          fs.writeFileString(
            at(set, "samples.jsonl"),
            linesOf(samples),
          ),
        );
      const withAct = (each: Sample) => ({
        ...each,
        arms: { act: each.arms["pt"]!, ...each.arms },
      });
      yield* write("svamp", [sample("0", false, true), sample("1", true, true)].map(withAct));
      yield* write("gsm8k", [sample("0", false, true), sample("1", false, false)]);
      const tables = yield* studyTables(at(""), ["svamp", "gsm8k"]);
      assert.match(tables, /\| arm \| svamp \| gsm8k \|/);
      assert.match(tables, /Information flow[^|]*Not measured/);
      assert.match(tables, /\| pt \| 50\.0 \(.*\) \| 0\.0 \(.*\) \|/);
      assert.match(tables, /\| act \| 50\.0 \(.*\) \| - \|/);
      assert.not.match(tables, /\| act \| 4 \|/);
      assert.match(tables, /\| dpc \| 100\.0 \(.*\) \| 50\.0 \(.*\) \|/);
      assert.match(
        tables,
        /\| dpc \| 4 \| \+50\.0 \| .* \| 2 \| 0 \| 1\.000 \| 100\.0 \| 100\.0 \| 75\.0 \|/,
      );
    })
  ),
);

test.run();
