import { FileSystem, Path } from "@effect/platform";
import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { localEvaluator, type PromptArms } from "../../lib/arm/mod.ts";
import { Journal, runEvaluation } from "../../lib/run/mod.ts";
import { Model, openModel } from "../../lib/stage/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { Sample, summarise, type Summary } from "../../lib/results/mod.ts";
import { type Engine, EngineError } from "../../lib/model/mod.ts";
import { examples, wordProblems } from "../../lib/task/mod.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../fixtures.ts";
import { effectTest, shared } from "../support.ts";
import { PAPER_ARMS } from "../support_arms.ts";

/** Rows of the dataset, each of which is asked under two prompts. */
const EXAMPLES = 6;

const sharedModel = shared(
  test,
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* tinyModel(directory);
    const model = yield* openModel({ directory, workers: 1, threads: 1, slots: 4 });
    return { directory, model };
  }),
);

/** A model, a dataset and what a run needs of them, in a temporary folder. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const folder = yield* fs.makeTempDirectoryScoped();
  const at = (name: string) => path.join(folder, name);
  yield* tinyDataset(at("data.jsonl"), EXAMPLES);
  const { directory: modelDirectory, model } = yield* sharedModel;
  const promptArms: PromptArms[] = [0, 1].map((seed) => ({
    prompt: tinyPrompt(4, seed, `seed${seed}`),
    arms: PAPER_ARMS,
  }));
  const run = (
    directory: string,
    options: {
      limit?: number;
      config?: unknown;
      maxErrors?: number | { readonly share: number };
      engine?: Engine;
      prompts?: readonly string[];
    } = {},
  ) =>
    runEvaluation({
      directory: at(directory),
      config: options.config ?? { arms: PAPER_ARMS.map(({ name }) => name) },
      about: {},
      task: wordProblems,
      tokenize: { maxNewTokens: 12 },
      examples: examples(wordProblems, {
        path: at("data.jsonl"),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
      }),
      prompts: options.prompts ?? promptArms.map(({ prompt }) => prompt.name),
      ...(options.maxErrors === undefined ? {} : { maxErrors: options.maxErrors }),
    }).pipe(
      Effect.provide(localEvaluator(wordProblems, promptArms)),
      Effect.provideService(Model, { ...model, engine: options.engine ?? model.engine }),
      Effect.provide(Progress.layer({ quiet: true })),
    );
  return { fs, at, model, modelDirectory, run };
});

/** The lines of a run without what may differ: times. */
const lines = (fs: FileSystem.FileSystem, file: string) =>
  Effect.map(
    fs.readFileString(file),
    (text) => text.trim().split("\n").map((line) => line.replace(/"milliseconds":\d+/g, "")),
  );

test(
  "runEvaluation() writes one line for each example and prompt, in order, and a summary that follows from them",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, run } = yield* setUp;
      const summary = yield* run("whole");
      const samples = [
        ...yield* Stream.runCollect(Journal.rows(at("whole"), Sample)),
      ];
      assert.is(samples.length, 2 * EXAMPLES);
      assert.equal(
        samples.map(({ id }) => id),
        ["seed0", "seed1"].flatMap((prompt) =>
          Array.from({ length: EXAMPLES }, (_, i) => `data-${i}@${prompt}`)
        ),
      );
      const results: Summary = JSON.parse(yield* fs.readFileString(at("whole/results.json")));
      assert.equal(results, JSON.parse(JSON.stringify(summarise("word-problems", samples))));
      assert.equal(results, JSON.parse(JSON.stringify(summary)));
      assert.is(summary.arms["base"]!.n, 2 * EXAMPLES);
      assert.is(summary.n, EXAMPLES);
      const flowTime = ({ arms }: Sample, arm: string) =>
        arms[arm]!.work!.saliency?.milliseconds ?? 0;
      assert.ok(
        samples.some((each) => flowTime(each, "untriggered") > 0),
        "saliency is in the work",
      );
      assert.ok(samples.every((each) => flowTime(each, "pt") === 0));
      for (const sample of samples) {
        const { pt, untriggered, dpc, random } = sample.arms;
        assert.is(untriggered!.first, pt!.text, "the arms share the first answer");
        assert.is(untriggered!.corruptions.length, 1);
        assert.is(random!.corruptions.length, 1);
        assert.is(dpc!.corruptions.length, dpc!.trigger!.fired ? 1 : 0);
        assert.is(dpc!.text, dpc!.trigger!.fired ? untriggered!.text : pt!.text);
        assert.is(sample.flow!.accumulation.length, 4);
        assert.equal(sample.flow!.positions!.map((layer) => layer.length), [4, 4]);
        const largest = Math.max(...sample.flow!.accumulation);
        assert.is(
          untriggered!.corruptions[0]!.positions[0],
          sample.flow!.accumulation.indexOf(largest),
        );
      }
    })
  ),
);

test(
  "runEvaluation() writes what is finished behind a slow example at once, and puts the lines in order at the end",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, model, run } = yield* setUp;
      const prompts = ["seed0"];
      yield* run("whole", { prompts });
      const written = Effect.map(
        Effect.orElseSucceed(fs.readFileString(at("slow/samples.jsonl")), () => ""),
        (text) => text.split("\n").length - 1,
      );
      let slow: readonly number[] | undefined;
      const engine: Engine = {
        ...model.engine,
        generate: (request) => {
          slow ??= request.ids;
          const wait = request.ids === slow
            ? Effect.repeat(Effect.delay(written, 20), { until: (lines) => lines === EXAMPLES - 1 })
            : Effect.void;
          return Effect.zipRight(wait, model.engine.generate(request));
        },
      };
      yield* run("slow", { prompts, engine });
      assert.equal(
        yield* lines(fs, at("slow/samples.jsonl")),
        yield* lines(fs, at("whole/samples.jsonl")),
      );
      assert.equal(
        yield* fs.readFileString(at("slow/results.json")),
        yield* fs.readFileString(at("whole/results.json")),
      );
    })
  ),
);

test(
  "runEvaluation() continues a run to the same lines as an uninterrupted one",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, run } = yield* setUp;
      yield* run("whole");
      yield* run("parts", { limit: 3 });
      // the second part has the examples of both prompts left, and a torn last line to redo
      const file = at("parts/samples.jsonl");
      const text = yield* fs.readFileString(file);
      yield* fs.writeFileString(file, text.slice(0, -40));
      yield* run("parts");
      const sorted = (all: readonly string[]) => [...all].sort();
      assert.equal(
        sorted(yield* lines(fs, file)),
        sorted(yield* lines(fs, at("whole/samples.jsonl"))),
      );
      assert.is(
        yield* fs.readFileString(at("parts/results.json")),
        yield* fs.readFileString(at("whole/results.json")),
      );
    })
  ),
);

test(
  "runEvaluation() refuses a directory of another configuration",
  effectTest(() =>
    Effect.gen(function* () {
      const { run } = yield* setUp;
      yield* run("changed", { limit: 1, config: { gamma: 0.1 } });
      const error = yield* Effect.flip(run("changed", { limit: 1, config: { gamma: 0.2 } }));
      assert.is(error._tag, "ConfigurationChanged");
      assert.match(error.message, /gamma/);
    })
  ),
);

test(
  "Journal.check() refuses before a model is opened what runEvaluation() would, and changes nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, run } = yield* setUp;
      assert.is(yield* Journal.check(at("none/yet"), {}), null);
      assert.not(yield* fs.exists(at("none")));
      const below = yield* Effect.flip(Journal.check(at("data.jsonl/x"), {}));
      assert.is(
        below.message,
        `Cannot write '${at("data.jsonl/x")}' as '${at("data.jsonl")}' is not a folder`,
      );
      yield* run("checked", { limit: 1, config: { gamma: 0.1 } });
      assert.equal((yield* Journal.check(at("checked"), { gamma: 0.1 }))?.config, { gamma: 0.1 });
      const changed = yield* Effect.flip(Journal.check(at("checked"), { gamma: 0.2 }));
      assert.is(changed._tag, "ConfigurationChanged");
    })
  ),
);

test(
  "runEvaluation() refuses two prompts with one name, of which one would be dropped",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, run } = yield* setUp;
      const error = yield* Effect.flip(run("twice", { prompts: ["seed0", "seed1", "seed0"] }));
      assert.match(error.message, /^Cannot run two prompts called 'seed0': /);
      assert.not(yield* fs.exists(at("twice")), "nothing is written");
    })
  ),
);

test(
  "runEvaluation() lists examples that fail, leaves them out of every number, and tries them again",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, model, run } = yield* setUp;
      const whole = yield* run("whole");
      const { saliency, generate } = model.engine;
      let asked = 0;
      // an error as an engine gives it, and a defect: neither may take the other examples with it
      const engine: Engine = {
        ...model.engine,
        saliency: (request) => {
          asked += 1;
          if (asked === 3) return new EngineError({ reason: "Cannot go on\nas a test" });
          return asked === 7 ? Effect.dieMessage("a defect") : saliency(request);
        },
        generate,
      };
      const summary = yield* run("some", { engine });
      assert.is(summary.failed, 2);
      const errors = (yield* fs.readFileString(at("some/errors.jsonl"))).trim().split("\n")
        .map((line) => JSON.parse(line));
      assert.equal(errors.map(({ error }) => error).toSorted(), [
        "Cannot go on as a test",
        "a defect",
      ]);
      const samples = [...yield* Stream.runCollect(Journal.rows(at("some"), Sample))];
      assert.is(samples.length, 2 * EXAMPLES - 2);
      const failed = new Set(errors.map(({ id }) => id.split("@")[0]));
      // an example that lacks a sample under one prompt counts under none
      assert.is(summary.n, EXAMPLES - failed.size);
      assert.is(summary.arms["pt"]!.n, 2 * summary.n);

      const again = yield* run("some");
      assert.equal(again, whole);
      assert.not.ok(yield* fs.exists(at("some/errors.jsonl")));
    })
  ),
);

test(
  "runEvaluation() gives the same lines on every batch size and number of workers",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, at, modelDirectory, run } = yield* setUp;
      yield* run("whole");
      const expected = yield* lines(fs, at("whole/samples.jsonl"));
      for (const [workers, slots] of [[1, 1], [1, 16], [2, 3]] as const) {
        const { engine } = yield* openModel({
          directory: modelDirectory,
          workers,
          threads: 1,
          slots,
        });
        const name = `${workers}-${slots}`;
        yield* run(name, { engine });
        assert.equal(yield* lines(fs, at(`${name}/samples.jsonl`)), expected, name);
      }
    })
  ),
);

test(
  "runEvaluation() stops when more examples fail than may, and goes on from there",
  effectTest(() =>
    Effect.gen(function* () {
      const { at, model, run } = yield* setUp;
      const engine: Engine = {
        ...model.engine,
        saliency: () => new EngineError({ reason: "Cannot measure" }),
      };
      const error = yield* Effect.flip(run("stopped", { engine, maxErrors: 2 }));
      assert.is(error._tag, "TooManyErrors");
      assert.match(
        error.message,
        new RegExp(
          "^Cannot go on as more than 2 examples failed, the last, 'data-\\d+@seed0', " +
            `with: Cannot measure \\(all are in '${at("stopped")}/errors.jsonl'; the same command `,
        ),
      );
      assert.is((yield* run("stopped")).failed, 0);
      const tolerant = { engine, limit: 4, maxErrors: { share: 0.3 } };
      const { message } = yield* Effect.flip(run("shares", tolerant));
      assert.match(message, /as more than 2 examples \(30 % of 8\) failed/);
    })
  ),
);

test(
  "runEvaluation() fails where every example does, with the commonest reason, and goes on from there",
  effectTest(() =>
    Effect.gen(function* () {
      const { at, model, run } = yield* setUp;
      let asked = 0;
      const engine: Engine = {
        ...model.engine,
        generate: () =>
          new EngineError({ reason: asked++ === 0 ? "Cannot begin" : "Cannot generate" }),
      };
      const error = yield* Effect.flip(run("none", { engine, limit: 3, prompts: ["seed0"] }));
      if (error._tag !== "AllFailed") throw error;
      assert.equal([error.failed, error.reason, error.times], [3, "Cannot generate", 2]);
      assert.is(
        error.message,
        "Cannot evaluate as all 3 examples failed, 2 of them with: Cannot generate " +
          `(see '${at("none")}/errors.jsonl')`,
      );
      assert.is((yield* run("none", { limit: 3, prompts: ["seed0"] })).n, 3);
    })
  ),
);

test(
  "runEvaluation() writes the primary arm that its configuration names into results.json",
  effectTest(() =>
    Effect.gen(function* () {
      const { run } = yield* setUp;
      const { primary, comparisons } = yield* run("primary", {
        limit: 4,
        config: { primary: "random" },
      });
      assert.is(primary, "random");
      const alone = comparisons.find(({ arm }) => arm === "random")!;
      assert.is(alone.pValueHolm, alone.pValue);
      const error = yield* Effect.flip(run("primary", { config: { primary: "dpc" } }));
      assert.is(error._tag, "ConfigurationChanged");
    })
  ),
);

test.run();
