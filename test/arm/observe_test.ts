import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { observe } from "../../lib/arm/mod.ts";
import { Corruption, type ProbeName, probes } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { Model } from "../../lib/stage/mod.ts";
import { Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tiny } from "../support_arms.ts";

/** A loaded machine is no failure. */
const SECONDS = 300;

test(
  "observe() scores an answer by every probe, and asks for equal answers once",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, generations, tokenized } = yield* tiny(2);
      const prompt = tinyPrompt(3, 0, "seed0");
      const others = Registry.names(probes).filter((name): name is ProbeName =>
        name !== "saliency"
      );
      const observed = yield* tokenized.pipe(
        Stage.streamed(observe({
          task: wordProblems,
          prompt,
          gamma: 0.1,
          shallow: { start: 0, end: 1 },
          deep: { start: 1, end: 2 },
          everyPosition: true,
          probes: others,
          corruptions: [Corruption.accumulatedAll({ gamma: 0.1 })],
        })),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      for (const { position, byPosition, second, flow, flows, outcomes, scores } of observed) {
        assert.is(byPosition![position!], second);
        assert.equal(Object.keys(outcomes!), ["accumulatedAll"]);
        for (const probe of others) {
          assert.is(flows![probe]!.length, flow.length);
          assert.ok(scores[`lateFlow@${probe}`]! > 0, probe);
        }
        // KL says nothing of positions
        assert.ok(Math.abs(scores["accumulationShare@divergence"]! - 1 / 3) < 1e-6);
        assert.ok(scores["accumulationShare@occlusion"]! > 1 / 3 + 1e-6);
        assert.is(scores["length@attention"], undefined);
      }
      // the first, and one for each position
      assert.is(generations.length, 2 * 4);
    }), SECONDS),
);

test.run();
