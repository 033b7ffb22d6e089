import { Effect, Either, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { Arm, evaluate, Evaluator, grid, localEvaluator } from "../../lib/arm/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { summarise } from "../../lib/results/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { PAPER_ARMS, tinyFor } from "../support_arms.ts";
import { calibration, made, options } from "./support.ts";

const tiny = tinyFor(test);
const prompt = tinyPrompt(4, 0, "seed0");

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
    })
  ),
);

test(
  "evaluate() asks the engine once for what the arms share",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, saliencies, tokenized } = yield* tiny(1);
      // with one vector the random position is the one where information accumulates
      const prompt = tinyPrompt(1, 0, "one");
      const asked = () => [generations.splice(0).length, saliencies.splice(0).length] as const;
      yield* tokenized.pipe(
        Stage.streamed((example) =>
          Effect.forEach(PAPER_ARMS, (arm) => Arm.stages(arm, wordProblems, prompt)(example))
        ),
        Stream.runDrain,
        Effect.provideService(Model, model),
      );
      const separately = asked();
      yield* tokenized.pipe(
        Stage.streamed(evaluate(wordProblems, { prompt, arms: PAPER_ARMS })),
        Stream.runDrain,
        Effect.provideService(Model, model),
      );
      const together = asked();
      assert.equal(together, [3, 1]);
      assert.ok(separately[0] > 3 && separately[1] > 1, String(separately));
    })
  ),
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
    })
  ),
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
    })
  ),
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
    })
  ),
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
    })
  ),
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
    })
  ),
);

test.run();
