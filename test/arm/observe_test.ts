import { Effect, Either, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, calibrate, observe } from "../../lib/arm/mod.ts";
import { Corruption, type ProbeName, probes } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tinyFor } from "../support_arms.ts";

const tiny = tinyFor(test);

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
    })
  ),
);

test(
  "calibrate() chooses thresholds that arms by name use",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, tokenized } = yield* tiny(12);
      const layers = { shallow: { start: 0, end: 1 }, deep: { start: 1, end: 2 } };
      const observed = yield* tokenized.pipe(
        Stage.streamed(
          observe({
            task: wordProblems,
            prompt: tinyPrompt(4, 0, "seed0"),
            gamma: 0.1,
            ...layers,
          }),
        ),
        Stream.runCollect,
        Effect.provideService(Model, model),
      );
      const calibration = calibrate([...observed], {
        task: "word-problems",
        split: "dev",
        prompt: "",
        model: "",
        gamma: 0.1,
        ...layers,
      });
      assert.is(calibration.rows, 12);
      assert.equal(calibration.shallow, { start: 0, end: 1 });
      assert.equal(calibration.deep, { start: 1, end: 2 });
      assert.ok(calibration.beta > 0);
      for (const name of ["dpc", "dpc:affectedRatio"]) {
        assert.ok(Either.isRight(byName(name, { calibration, seed: 0 })), name);
      }
    })
  ),
);

test.run();
