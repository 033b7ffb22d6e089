import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { betterHeads, candidateHeads, evaluateHeads } from "../../lib/arm/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tinyFor } from "../support_arms.ts";

const tiny = tinyFor(test);
const prompt = tinyPrompt(4, 0, "seed0");

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
    })
  ),
);

test.run();
