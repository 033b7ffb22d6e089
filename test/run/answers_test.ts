import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Acceptance } from "../../lib/dpc/mod.ts";
import { Arm, localEvaluator } from "../../lib/arm/mod.ts";
import { Journal, merge, rescore, runEvaluation, shardOf } from "../../lib/run/mod.ts";
import { Model, openModel } from "../../lib/stage/mod.ts";
import { conclusion, majorityTable, Progress, resultsTable } from "../../lib/terminal/mod.ts";
import { recompute, writeReport } from "../../lib/report/mod.ts";
import { type ArmSample, Sample, summarise } from "../../lib/results/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import { examples, graderOf, wordProblems } from "../../lib/task/mod.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../fixtures.ts";
import { arm, sample } from "../report/support.ts";
import { effectTest, shared } from "../support.ts";
import { PAPER_ARMS } from "../support_arms.ts";

const ANSWERS = 3;

const arms = [
  ...PAPER_ARMS.slice(0, 3),
  Arm.make({ name: "vote", acceptance: Acceptance.selfConsistency({ count: 2, seed: 0 }) }),
];

const opened = shared(
  test,
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    yield* tinyModel(`${folder}/model`);
    yield* tinyDataset(`${folder}/data.jsonl`, 3);
    const directory = `${folder}/model`;
    return { folder, model: yield* openModel({ directory, workers: 1, threads: 1, slots: 4 }) };
  }),
);

/** What runs arms over the data; each test's directories have a name of their own. */
const setUp = Effect.gen(function* () {
  const { folder, model } = yield* opened;
  const questions = examples(wordProblems, { path: `${folder}/data.jsonl` });
  const prompts = [0, 1].map((seed) => tinyPrompt(4, seed, `seed${seed}`));
  const config = { task: "word-problems", prompts: prompts.map(({ name }) => ({ name })) };
  const run = (
    directory: string,
    { answers = ANSWERS, slots = 4, shard }: {
      answers?: number;
      slots?: number;
      shard?: { index: number; of: number };
    } = {},
  ) =>
    Effect.gen(function* () {
      const part = shard && (yield* shardOf(questions, shard));
      return yield* runEvaluation({
        directory: `${folder}/${directory}`,
        config: {
          ...config,
          ...(answers === 1 ? {} : { answers }),
          ...(shard && part
            ? {
              shard: { ...shard, ids: part.ids, places: part.places.join(" "), total: part.total },
            }
            : {}),
        },
        about: {},
        task: wordProblems,
        tokenize: { maxNewTokens: 6, sampling: { temperature: 1, topP: 1, seed: 5 } },
        examples: part?.examples ?? questions,
        prompts: prompts.map(({ name }) => name),
        answers,
      });
    }).pipe(
      Effect.provide(
        localEvaluator(wordProblems, prompts.map((prompt) => ({ prompt, arms }))),
      ),
      Effect.provideService(Model, slots === 4 ? model : oneAtATime(model)),
      Effect.provide(Progress.layer({ quiet: true })),
    );
  const read = (directory: string) =>
    Effect.map(
      Stream.runCollect(Journal.rows(`${folder}/${directory}`, Sample)),
      (lines) => [...lines],
    );
  return { folder, run, read };
});

/** A model that answers one request after the other. */
function oneAtATime(model: typeof Model.Service): typeof Model.Service {
  const { withPermits } = Effect.unsafeMakeSemaphore(1);
  const { engine } = model;
  return {
    ...model,
    engine: { ...engine, generate: (request) => withPermits(1)(engine.generate(request)) },
  };
}

const texts = (lines: readonly Sample[]) =>
  lines.map(({ id, arms }) => [id, ...Object.values(arms).map(({ text }) => text)]);

test(
  "runEvaluation() draws several answers to each question: the first as where one is given, the same whatever is beside them",
  effectTest(() =>
    Effect.gen(function* () {
      const { run, read } = yield* setUp;
      const summary = yield* run("several");
      const lines = yield* read("several");
      assert.equal(
        lines.slice(0, 4).map(({ id, draw }) => [id, draw]),
        [["data-0@seed0#1", 1], ["data-0@seed0#2", 2], ["data-0@seed0#3", 3], [
          "data-1@seed0#1",
          1,
        ]],
      );
      assert.is(lines.length, 3 * 2 * ANSWERS);
      assert.ok(new Set(lines.map(({ arms }) => arms["pt"]!.text)).size > 3 * 2 * 2);
      const positions = lines.map(({ arms }) => arms["random"]!.corruptions[0]!.positions[0]);
      assert.ok(
        lines.some((_, at) => at % ANSWERS === 1 && positions[at] !== positions[at - 1]),
        "each answer has a position of its own",
      );
      const votes = new Set(lines.flatMap(({ arms }) => arms["vote"]!.sampled!));
      assert.ok(votes.size > 3 * 2 * 2, "each answer is the majority of samples of its own");
      yield* run("one", { answers: 1 });
      const first = lines.filter(({ draw }) => draw === 1).map(({ id, arms, ...rest }) => ({
        ...rest,
        arms,
        id: id.slice(0, -2),
      }));
      assert.equal(texts(first), texts(yield* read("one")));
      yield* run("alone", { slots: 1 });
      assert.equal(texts(yield* read("alone")), texts(lines));
      assert.equal([summary.n, summary.answers, summary.arms["pt"]!.n], [3, ANSWERS, 18]);
      assert.equal(summary, summarise("word-problems", lines));
    }), 240),
);

test(
  "a run of several answers is merged from shards, scored again, recomputed, reported and continued as one",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const { folder, run, read } = yield* setUp;
      yield* run("whole");
      for (const index of [1, 2]) yield* run(`shard-${index}`, { shard: { index, of: 2 } });
      const shards = [2, 1].map((index) => `${folder}/shard-${index}`);
      const summary = yield* merge(`${folder}/merged`, shards, { about: {} });
      assert.equal(texts(yield* read("merged")), texts(yield* read("whole")));
      assert.is(summary.answers, ANSWERS);
      const scored = yield* rescore({
        ...{ from: `${folder}/merged`, to: `${folder}/scored`, examples: new Map() },
        ...{ task: yield* graderOf("text"), config: {}, about: {} },
      });
      assert.equal([scored.summary.answers, scored.summary.arms["pt"]!.n], [ANSWERS, 18]);
      assert.equal((yield* recompute(`${folder}/whole`)).differences, []);
      const html = yield* fs.readFileString(yield* writeReport(`${folder}/whole`));
      for (const words of ["pass@1, %", "maj@3, %", "3 answers to each"]) {
        assert.ok(html.includes(words), words);
      }
      // a torn end is drawn again
      const file = `${folder}/whole/samples.jsonl`;
      const before = yield* fs.readFileString(file);
      yield* fs.writeFileString(file, before.slice(0, -400));
      yield* run("whole");
      assert.equal(texts(yield* read("whole")), texts(yield* read("merged")));
    }), 240),
);

/** Answers to the questions under two prompts, each answer one line. */
const drawn = (answers: Readonly<Record<string, readonly string[]>>): readonly Sample[] =>
  Object.entries(answers).flatMap(([key, said]) => {
    const [line = "", prompt = ""] = key.split("@");
    return said.map((answer, i): Sample => {
      const pt: Partial<ArmSample> = answer === ""
        ? { answer: null, verdict: "unparsed" }
        : { answer };
      return sample(Number(line), {
        id: `made-${line}@${prompt}#${i + 1}`,
        ...{ example: `made-${line}`, prompt, draw: i + 1 },
        arms: { pt: arm(answer === "2", pt), dpc: arm(true) },
      });
    });
  });

test("summarise() gives pass@1 with questions as clusters, and the majority of the answers to each", () => {
  const lines = drawn({
    "1@a": ["2", "3", "2"],
    "2@a": ["3", "2", "4"], // equally many: the first
    "3@a": ["", "", "2"], // no answer never wins
    "1@b": ["2", "2", "2"],
    "2@b": ["3", "3", "2"],
    "3@b": ["", "", ""],
  });
  const summary = summarise("made", lines);
  const { pt, dpc } = summary.arms;
  assert.equal([summary.n, pt!.n, pt!.correct], [3, 18, 8]);
  assert.equal(
    pt!.majority,
    Statistics.pooledAccuracy([[true, false, true], [true, false, false]]),
  );
  assert.is(dpc!.majority!.accuracy, 1);
  assert.equal(
    [pt!.accuracy, pt!.interval],
    Object.values(Statistics.clusteredAccuracy([[5, 6], [2, 6], [1, 6]])).slice(2, 5).filter((
      _,
      i,
    ) => i !== 1),
  );
  assert.is(pt!.prompts["a"]!.correct, 4);
  const [compared] = summary.comparisons;
  assert.equal([compared!.seeds, compared!.armOnly], [2, 10]);
  const { interval } = Statistics.accuracy(8, 18);
  assert.ok(pt!.interval[1] - pt!.interval[0] > interval[1] - interval[0]);
  assert.match(resultsTable(summary), /pass@1/);
  assert.match(majorityTable(summary), /of 3 answers +pass@1 +maj@3 +95 %\n-+\npt +44\.4 +50\.0 /);
  assert.match(conclusion(summary), /on 3 examples with 3 answers each/);
  // an example that lacks an answer is left out
  assert.is(summarise("made", lines.slice(1)).n, 2);
});

test.run();
