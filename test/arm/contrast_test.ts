import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Arm, chooseContrast, CONTRASTS, evaluateContrasts } from "../../lib/arm/mod.ts";
import type { Sample } from "../../lib/results/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";
import { tinyPrompt } from "../fixtures.ts";
import { tinyFor } from "../support_arms.ts";

const tiny = tinyFor(test);

const NAMES = CONTRASTS.map(({ weight, threshold }) =>
  weight === 0 ? "pt" : `${weight} above ${threshold}`
);

/** A sample in which the arms named give the right answer. */
const sample = (...right: readonly string[]) =>
  ({
    arms: Object.fromEntries(NAMES.map((name) => [name, { correct: right.includes(name) }])),
  }) as unknown as Sample;

test("chooseContrast() takes what is right most often, and of equals what changes least", () => {
  const half = Array.from(
    { length: 10 },
    (_, i) => i % 2 === 0 ? sample("-0.5 above 0.1") : sample(),
  );
  const { weight, threshold, accuracy, rows } = chooseContrast(half)!;
  assert.equal([weight, threshold, accuracy, rows], [-0.5, 0.1, 0.5, 10]);
  assert.equal(chooseContrast([sample(...NAMES)])!.weight, 0);
  assert.is(chooseContrast([]), undefined);
});

test("chooseContrast() measures the accuracy on rows that the choice does not see", () => {
  // each fold has an own contrast that is right in it alone
  const own = Array.from({ length: 5 }, (_, fold) => sample(NAMES[fold + 1]!));
  assert.is(chooseContrast(own)!.accuracy, 0);
});

test(
  "an arm with a contrast asks for one against no prompt; with a weight of 0 for what pt asks for",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(1);
      const prompt = tinyPrompt(4, 0, "seed0");
      const samples = yield* tokenized.pipe(
        Stage.streamed(evaluateContrasts({ task: wordProblems, prompt })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      assert.equal(Object.keys(Chunk.unsafeHead(samples).arms), NAMES);
      assert.equal(
        generations.map(({ contrast }) => contrast?.weight ?? 0),
        CONTRASTS.map(({ weight }) => weight),
      );
      const [, { contrast, prefix }] = generations as [unknown, (typeof generations)[number]];
      assert.is(contrast!.against.prompt.virtualTokens, 0);
      assert.is(contrast!.against.ids, prefix.ids);
      const none = Arm.make({ name: "none", contrast: { weight: 0, threshold: 0 } });
      const before = generations.length;
      yield* tokenized.pipe(
        Stage.streamed(Arm.stages(none, wordProblems, prompt)),
        Stream.runDrain,
        Effect.provideService(Model, model),
      );
      assert.equal(generations[before], generations[0]);
    })
  ),
);

test.run();
