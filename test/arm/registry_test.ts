import { Effect, Either, Fiber, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Acceptance, Corruption, Trigger } from "../../lib/dpc/mod.ts";
import {
  Arm,
  type ArmOptions,
  arms,
  betterHeads,
  byName,
  candidateHeads,
  evaluate,
  evaluateHeads,
  Evaluator,
  grid,
  localEvaluator,
  NotCalibrated,
} from "../../lib/arm/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { shareRequests } from "../../lib/arm/shared_engine.ts";
import { EngineError, NO_PREFIX } from "../../lib/model/mod.ts";
import type { Calibration } from "../../lib/prompt/mod.ts";
import { summarise } from "../../lib/results/mod.ts";
import { Registry, UnknownName } from "../../lib/registry/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tiny } from "../support_arms.ts";

/** A loaded machine is no failure. */
const SECONDS = 300;

const chosen = (threshold: number) => ({ threshold, accuracy: 0.5, auc: 0.7, rate: 0.3 });

const learnedChoice = {
  options: ["base", "pt"],
  models: [{ intercept: 1, weights: [] }],
  ridge: 3,
  accuracy: 0.5,
};

const calibration: Calibration = {
  format: 2,
  loss: "mean",
  device: "cpu",
  task: "word-problems",
  split: "dev",
  rows: 10,
  prompt: "",
  model: "",
  shallow: { start: 1, end: 2 },
  deep: { start: 0, end: 1 },
  gamma: 0.1,
  beta: 1e-5,
  firstAccuracy: 0.5,
  secondAccuracy: 0.5,
  trigger: "lateFlow",
  triggers: { lateFlow: chosen(1e-5), affectedRatio: chosen(0.4) },
  positions: { frequent: 2, best: 3 },
  best: { arm: "lateFlow/static", threshold: 2e-5 },
  act: { alpha: 5, beta: 0.4, rows: 20, heads: [[1, 0]] },
  actCode: { threshold: 0.15, beta: 0.4, rows: 20, heads: [[1, 1]] },
  contrast: { weight: 0.5, threshold: 0.1, rows: 20, accuracy: 0.5 },
  learned: {
    route: { ...learnedChoice, layer: 1 },
    words: { ...learnedChoice, vocabulary: ["many"] },
    select: learnedChoice,
    baseAccuracy: 0.5,
  },
};
const options: ArmOptions = { calibration, seed: 0 };
const prompt = tinyPrompt(4, 0, "seed0");

const made = (name: string, more: Partial<ArmOptions> = {}) =>
  Either.getOrThrow(byName(name, { ...options, ...more }));
const failure = (name: string, more: Partial<ArmOptions> = {}) =>
  Either.getOrThrow(Either.flip(byName(name, { ...options, ...more })));

test("byName() knows ACT, self-consistency, and rules for which answer counts", () => {
  assert.equal(made("act").act, calibration.act);
  assert.equal(made("act:code").act, calibration.actCode);
  assert.equal(made("contrast").contrast, { weight: 0.5, threshold: 0.1 });
  assert.equal(made("selfConsistency", { samples: 5 }).acceptance.draws!.count, 5);
  assert.is(made("selfConsistency").trigger, Trigger.never);
  assert.is(made("dpc").acceptance, Acceptance.second);
  const both = made("dpc:affectedRatio+moreConfident");
  assert.equal([both.trigger.name, both.acceptance], ["affectedRatio", Acceptance.moreConfident]);
  assert.is(both.name, "dpc:affectedRatio+moreConfident");
  assert.ok(made("untriggered+selfConsistency").acceptance.draws);
});

test("byName() takes thresholds and layers from the calibration", () => {
  const { trigger, corruption } = made("dpc");
  assert.equal([trigger.name, trigger.threshold], ["lateFlow", 1e-5]);
  assert.equal(corruption.layers, calibration.shallow);
  assert.equal(made("untriggered").corruption.layers, calibration.shallow);
});

test("byName() makes an arm of the names of a trigger and a corruption, and the best of the calibration", () => {
  const parts = (name: string) => {
    const { trigger, corruption, acceptance } = made(name);
    return [trigger.name, corruption.name, acceptance.name];
  };
  assert.equal(parts("dpc/static"), ["lateFlow", "static", "second"]);
  assert.equal(parts("best"), parts("lateFlow/static"));
  assert.equal([made("best"), made("lateFlow/static")].map(({ trigger }) => trigger.threshold), [
    2e-5,
    1e-5,
  ]);
  assert.is(made("best").name, "best");
  const both = parts("random(0.5)/accumulatedAll+moreConfident");
  assert.equal(both, ["random(0.5)", "accumulatedAll", "moreConfident"]);
  // at the rate of the trigger of dpc
  assert.is(made("sameRate/accumulated").trigger.threshold, 1 - 0.3);
  const { best: _, positions: __, ...older } = calibration;
  assert.match(failure("best", { calibration: older }).message, /names none/);
  assert.match(failure("always/static", { calibration: older }).message, /no such position/);
  assert.is(failure("best", { calibration: undefined })._tag, "NotCalibrated");
});

test("byName() makes a cascade where the calibration says when the cheap trigger is in doubt", () => {
  const triggers = {
    ...calibration.triggers,
    length: { ...chosen(20), doubt: [15, 25] as const },
  };
  const { trigger } = made("length~lateFlow/static", { calibration: { ...calibration, triggers } });
  assert.is(trigger.name, "length~lateFlow");
  assert.match(failure("lateFlow~affectedRatio/static").message, /where 'lateFlow' is in doubt/);
});

test("byName() knows triggers and corruptions by other probes, where these read the flow", () => {
  const triggers = { "affectedRatio@attention": { ...chosen(0.25), beta: 3 } };
  const { trigger, corruption } = made("affectedRatio@attention/accumulatedLate@gradientInput", {
    calibration: { ...calibration, triggers },
  });
  assert.equal([trigger.name, trigger.threshold, trigger.probe], [
    "affectedRatio@attention",
    0.25,
    { name: "attention", loss: "mean" },
  ]);
  assert.equal([corruption.name, corruption.probe?.name], [
    "accumulatedLate@gradientInput",
    "gradientInput",
  ]);
  for (
    const [name, kind] of [
      ["always/accumulated@atention", "probe"],
      ["always@attention/first", "trigger"],
      ["always/first@attention", "corruption"],
    ] as const
  ) assert.is((failure(name) as UnknownName).kind, kind, name);
});

test("byName() measures saliency by the loss that the prompt was calibrated with", () => {
  const sum = made("dpc:affectedRatio", { calibration: { ...calibration, loss: "sum" } });
  assert.equal([sum.trigger.probe?.loss, sum.corruption.probe?.loss], ["sum", "sum"]);
  assert.is(made("dpc:affectedRatio").trigger.probe?.loss, "mean");
});

test("byName() makes every arm of the table, and dpc with every trigger that can be calibrated", () => {
  const all = Object.fromEntries(
    Registry.names(Trigger.calibrated).map((name) => [name, chosen(0.5)]),
  );
  for (const name of Registry.names(arms)) {
    assert.is(made(name, { calibration: { ...calibration, triggers: all } }).name, name);
  }
  for (const name of Registry.names(Trigger.calibrated)) {
    const arm = made(`dpc:${name}`, { calibration: { ...calibration, triggers: all } });
    assert.equal([arm.trigger.name, arm.trigger.threshold], [name, 0.5]);
  }
});

test("byName() says why an arm can't be", () => {
  const unknown = failure("dpc:lateFlw") as UnknownName;
  assert.instance(unknown, UnknownName);
  assert.equal([unknown.kind, unknown.nearest, unknown.known], [
    "arm",
    "dpc:lateFlow",
    Registry.names(arms),
  ]);
  const rule = failure("dpc+majority");
  assert.equal([rule._tag, (rule as UnknownName).kind], ["UnknownName", "acceptance rule"]);
  for (const name of ["pt+moreConfident", "dpc+second+second"]) {
    assert.match(failure(name).message, /has no other answer to accept/);
  }
  assert.match(failure("dpc:meanConfidence").message, /no trigger 'meanConfidence'/);
  const { act: _, actCode: _code, contrast: _contrast, ...without } = calibration;
  const uncalibrated = [
    failure("act", { calibration: without }),
    failure("act:code", { calibration: without }),
    failure("contrast", { calibration: without }),
    failure("dpc", { calibration: undefined }),
  ];
  assert.equal(
    uncalibrated.map((error) => error instanceof NotCalibrated ? error.missing : error._tag),
    [
      "heads",
      "heads of the code",
      "contrast",
      "calibration",
    ],
  );
  assert.is(
    uncalibrated[3]!.message,
    "Cannot run the arm 'dpc' as the prompt has no calibration",
  );
  assert.throws(() => Arm.make({ name: "x", rounds: 0 }), /1 or more: found 0/);
});

test("grid() has a point for each combination, named after what is not the default", () => {
  const arms = Either.getOrThrow(grid({
    ...options,
    triggers: ["affectedRatio", "random(0.3)"],
    corruptions: ["topK", "attentionMask"],
    gammas: [0, 0.1],
    ks: [2],
    rhos: [0.2, 0.4],
    acceptances: ["second", "moreConfident"],
    rounds: [1, 2],
  }));
  const names = arms.map(({ name }) => name);
  assert.is(names.length, 2 + 3 * 3 * 2 * 2);
  assert.is(new Set(names).size, names.length);
  assert.equal(names.slice(0, 3), ["base", "pt", "affectedRatio rho=0.2/topK k=2 gamma=0"]);
  const last = arms.at(-1)!;
  assert.is(last.name, "random(0.3)/attentionMask/moreConfident/2 rounds");
  assert.equal([last.rounds, last.trigger.threshold], [2, 0.7]);
  assert.is(
    arms.find(({ name }) => name.startsWith("affectedRatio rho=0.4"))!.trigger.threshold,
    0.4,
  );
});

const AXES = { triggers: ["always"], corruptions: ["mean"], gammas: [0.1], ks: [2], rhos: [] };

test("grid() takes every trigger and every corruption of their tables", () => {
  const triggers = Registry.names(Trigger.registry);
  const all = Object.fromEntries(triggers.map((name) => [name, chosen(0.5)]));
  const axes = { triggers, corruptions: Registry.names(Corruption.registry) };
  const made = Either.getOrThrow(
    grid({ ...options, ...AXES, ...axes, calibration: { ...calibration, triggers: all } }),
  );
  assert.is(made.length, 2 + axes.triggers.length * axes.corruptions.length);
  for (const { name, corruption } of made.slice(2)) {
    assert.match(name, corruption.name.split("(")[0]!);
  }
});

test("grid() says which name it does not know, and which value it can't use", () => {
  const failureOf = (more: Partial<Parameters<typeof grid>[0]>) =>
    Either.getOrThrow(Either.flip(grid({ ...options, ...AXES, ...more })));
  const unknown = (more: Partial<Parameters<typeof grid>[0]>) => {
    const error = failureOf(more);
    assert.instance(error, UnknownName);
    return [(error as UnknownName).kind, (error as UnknownName).nearest];
  };
  assert.equal(unknown({ triggers: ["alway"] }), ["trigger", "always"]);
  assert.equal(unknown({ triggers: ["always(2)"] })[0], "trigger");
  assert.equal(unknown({ corruptions: ["topk"] }), ["corruption", "topK"]);
  assert.equal(unknown({ acceptances: ["last"] })[0], "acceptance rule");
  assert.match(failureOf({ triggers: ["random(2)"] }).message, /must lie in 0 to 1: found 2/);
  assert.match(failureOf({ gammas: [2] }).message, /Gamma .* must lie in 0 to 1: found 2/);
  assert.is(
    failureOf({ triggers: ["lateFlow"], calibration: undefined })._tag,
    "NotCalibrated",
  );
});

test(
  "evaluate() asks for what the arms of a grid share once, and each arm's cost has all that it asked for",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, saliencies, tokenized } = yield* tiny(3);
      const arms = Either.getOrThrow(grid({
        ...options,
        triggers: ["always", "lateFlow"],
        corruptions: [
          "accumulated",
          "randomPosition",
          "topK",
          "mean",
          "attentionMask",
          "gammaOnly",
        ],
        gammas: [0.1],
        ks: [2],
        rhos: [],
      }));
      assert.is(arms.length, 2 + 12);
      const samples = yield* tokenized.pipe(
        Stage.streamed(evaluate(wordProblems, { prompt, arms })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      assert.is(samples.length, 3);
      const summary = summarise("word-problems", samples);
      const passes = (name: string) => summary.arms[name]!.flowPasses;
      assert.equal([passes("base"), passes("pt")], [0, 0]);
      assert.is(passes("always/randomPosition gamma=0.1"), 0);
      assert.is(passes("always/mean gamma=0.1"), 1);
      assert.is(passes("lateFlow/randomPosition gamma=0.1"), 1);
      // base, pt, and six corruptions, one of which may be that of the random position: for each example, not for each arm
      assert.ok(
        generations.length >= 3 * 7 && generations.length <= 3 * 8,
        String(generations.length),
      );
      assert.is(saliencies.length, 3);
    }), SECONDS),
);

test(
  "localEvaluator() answers what no soft prompt has a part in once for all prompts",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(2);
      const arms = [made("base"), made("pt")];
      const promptArms = [0, 1, 2].map((seed) => ({
        prompt: tinyPrompt(4, seed, `seed${seed}`),
        arms,
      }));
      const samples = yield* Effect.flatMap(Evaluator, ({ evaluate }) =>
        Stream.runCollect(Stream.flatMap(
          Stream.fromIterable(promptArms),
          ({ prompt }) =>
            Stream.mapEffect(tokenized, (example) =>
              evaluate({ prompt: prompt.name, example })),
        ))).pipe(
          Effect.provide(localEvaluator(wordProblems, promptArms)),
          Effect.provideService(Model, model),
        );
      assert.is(samples.length, 6);
      const unprompted = generations.filter(({ prefix }) =>
        prefix.prompt.vectors.length === 0
      );
      assert.equal([unprompted.length, generations.length], [2, 2 + 6]);
      const [first, , third] = samples;
      assert.is(third!.arms["base"]!.text, first!.arms["base"]!.text);
    }), SECONDS),
);

test(
  "shareRequests() asks again for what failed",
  effectTest(() =>
    Effect.gen(function* () {
      let asked = 0;
      const error = new EngineError({ reason: "the worker died" });
      const answer = {
        ids: [1],
        text: "1",
        finish: "eos",
        logProbabilities: [0],
        starts: [0],
      } as const;
      const none = () => Effect.fail(error);
      const engine = shareRequests({
        generate: () => asked++ === 0 ? Effect.fail(error) : Effect.succeed(answer),
        saliency: none,
        hiddenStates: none,
        divergence: none,
        promptGradient: none,
      });
      const request = { prefix: NO_PREFIX, ids: [1], maxNewTokens: 1, stop: [] };
      assert.is(yield* Effect.flip(engine.generate(request)), error);
      assert.equal([yield* engine.generate(request), yield* engine.generate(request)], [
        answer,
        answer,
      ]);
      assert.is(asked, 2);
    }), SECONDS),
);

test(
  "shareRequests() asks again for what the first to ask gave up, as a failing arm makes others do",
  effectTest(() =>
    Effect.gen(function* () {
      let asked = 0;
      const answer = {
        ids: [1],
        text: "1",
        finish: "eos",
        logProbabilities: [0],
        starts: [0],
      } as const;
      const none = () => Effect.fail(new EngineError({ reason: "not asked" }));
      const engine = shareRequests({
        generate: () => asked++ === 0 ? Effect.never : Effect.succeed(answer),
        saliency: none,
        hiddenStates: none,
        divergence: none,
        promptGradient: none,
      });
      const request = { prefix: NO_PREFIX, ids: [1], maxNewTokens: 1, stop: [] };
      const first = yield* Effect.fork(engine.generate(request));
      yield* Effect.yieldNow();
      const others = yield* Effect.fork(
        Effect.all([engine.generate(request), engine.generate(request)], {
          concurrency: "unbounded",
        }),
      );
      yield* Effect.yieldNow();
      yield* Fiber.interrupt(first);
      assert.equal(yield* Fiber.join(others), [answer, answer]);
      assert.is(asked, 2);
    }), SECONDS),
);

test(
  "an arm of self-consistency samples so many answers and no greedy one",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, answers, tokenized } = yield* tiny(2);
      const arms = [made("selfConsistency", { samples: 5 })];
      const samples = yield* tokenized.pipe(
        Stage.streamed(evaluate(wordProblems, { prompt, arms })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      assert.is(generations.length, 2 * 5);
      assert.ok(generations.every(({ sampling }) => sampling?.temperature === 0.7));
      assert.is(new Set(generations.map(({ sampling }) => sampling!.seed)).size, 10);
      for (const { arms } of samples) {
        const { sampled, text, tokens, corruptions } = arms["selfConsistency"]!;
        assert.is(sampled!.length, 5);
        assert.ok(sampled!.includes(text));
        assert.is(corruptions.length, 0);
        assert.ok(tokens > 6, "those of more than one answer");
      }
      // a sampled answer may end before its sixth token
      const counted = [...samples].reduce(
        (sum, { arms }) => sum + arms["selfConsistency"]!.tokens,
        0,
      );
      const sampled = answers.reduce((sum, { ids }) => sum + ids.length, 0);
      assert.is(counted, sampled, "those of all sampled answers");
    }), SECONDS),
);

test(
  "an arm with ACT generates with its heads under the soft prompt",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(1);
      yield* tokenized.pipe(
        Stage.streamed(
          evaluate(wordProblems, {
            prompt,
            arms: ["act", "act:code", "pt"].map((name) => made(name)),
          }),
        ),
        Stream.runDrain,
        Effect.provideService(Model, model),
      );
      assert.equal(
        generations.map(({ calibration }) => calibration),
        [calibration.act, calibration.actCode, undefined],
      );
      assert.is(generations[0]!.prefix.prompt.vectors, prompt.vectors);
    }), SECONDS),
);

test(
  "further rounds corrupt other positions, hide what earlier ones hid, and end when the trigger does not fire",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(1);
      const run = (trigger: Trigger.Trigger, rounds: number) => {
        generations.length = 0;
        const arm = Arm.make({
          name: "x",
          trigger,
          corruption: Corruption.attentionMask(),
          rounds,
        });
        return tokenized.pipe(
          Stage.streamed(evaluate(wordProblems, { prompt, arms: [arm] })),
          Stream.runHead,
          Effect.map((found) => Effect.runSync(found).arms["x"]!),
          Effect.provideService(Model, model),
        );
      };
      const { corruptions, tokens } = yield* run(Trigger.always, 3);
      assert.is(corruptions.length, 3);
      const positions = corruptions.flatMap((each) => each.positions);
      assert.is(new Set(positions).size, 3);
      assert.equal(
        generations.map(({ prefix }) => prefix.prompt.hidden),
        [[], positions.slice(0, 1), positions.slice(0, 2), positions],
      );
      assert.is(tokens, 4 * 6);
      let asked = 0;
      const once = { ...Trigger.always, score: () => Number(asked++ < 1) };
      assert.is((yield* run(once, 3)).corruptions.length, 1);
    }), SECONDS),
);

test(
  "where it fires, self-consistency samples under the corrupted prompt",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(1);
      const arms = [made("untriggered+selfConsistency", { samples: 3 })];
      const [sample] = yield* tokenized.pipe(
        Stage.streamed(evaluate(wordProblems, { prompt, arms })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      const drawn = generations.filter(({ sampling }) => sampling !== undefined);
      assert.is(drawn.length, 3);
      const { corruptions, sampled, text } = sample!.arms[arms[0]!.name]!;
      const [position] = corruptions[0]!.positions;
      for (const { prefix } of drawn) {
        assert.ok(
          prefix.prompt.vectors.subarray(16 * position!, 16 * position! + 16).every((x) => x === 0),
        );
      }
      assert.ok(sampled!.includes(text));
    }), SECONDS),
);

test("candidateHeads() leaves out the first two layers and the last, where there are four", () => {
  const layersOf = (layers: number) =>
    candidateHeads({ layers, heads: 2 }).map(([layer, head]) => 10 * layer + head);
  assert.equal(layersOf(5), [20, 21, 30, 31]);
  assert.equal(layersOf(3), [0, 1, 10, 11, 20, 21]);
  assert.is(
    candidateHeads({ layers: 32, heads: 32 }).length,
    29 * 32,
    "layers 2 to 30 of Llama 2 7B",
  );
});

test(
  "evaluateHeads() calibrates one head at a time, and betterHeads() takes those that beat pt",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(2);
      const candidates = candidateHeads(model.config);
      const samples = yield* tokenized.pipe(
        Stage.streamed(evaluateHeads({
          task: wordProblems,
          prompt,
          candidates,
          alpha: 1,
          beta: 0.4,
        })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      assert.is(generations.length, 2 * (1 + candidates.length));
      const heads = generations.flatMap(({ calibration }) => calibration?.heads ?? []);
      assert.equal(heads.slice(0, candidates.length), candidates);
      const right = (...names: readonly string[]) => ({
        ...[...samples][0]!,
        arms: Object.fromEntries(
          Object.entries([...samples][0]!.arms).map(([name, arm]) => [
            name,
            { ...arm, correct: names.includes(name) },
          ]),
        ),
      });
      // pt is right once; 0.1 once, 1.0 twice
      const trials = [right("pt", "1.0"), right("0.1", "1.0")];
      assert.equal(betterHeads(trials, candidates), [[1, 0]]);
    }), SECONDS),
);

test.run();
