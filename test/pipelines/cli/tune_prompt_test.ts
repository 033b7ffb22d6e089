import { FileSystem } from "@effect/platform";
import { Deferred, Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tunePrompt, type TuningJob } from "../../../pipelines/cli/tune_prompt.ts";
import { Model, openModel } from "../../../lib/stage/mod.ts";
import { Progress } from "../../../lib/terminal/mod.ts";
import { loadPrompt, loadState } from "../../../lib/prompt/mod.ts";
import { TINY_HIDDEN, tinyModel } from "../../fixtures.ts";
import { effectTest } from "../../support.ts";

/** Texts of one length: a step of one is one run. */
const TEXTS = Array.from({ length: 7 }, (_, row) => ({
  ids: Array.from({ length: 8 }, (_, i) => 1 + (row + 3 * i) % 20),
  from: 3,
}));

test(
  "tunePrompt() keeps the steps since the last checkpoint when it is interrupted, and goes on bit by bit",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      const model = yield* openModel({ directory: `${folder}/model`, workers: 1, threads: 1 });
      const config = { what: "a test" };
      const job = (out: string): TuningJob => ({
        ...{ model: `${folder}/model`, out: `${folder}/${out}`, seed: 0, config },
        ...{ calculator: false, virtualTokens: 4, init: "random", initText: "", saveEvery: 4 },
        ...{ steps: 9, batch: 1, runPositions: 64, lr: 0.05, warmup: 0, weightDecay: 0, clip: 1 },
      });
      const tuned = (out: string, given = model) =>
        tunePrompt(job(out), TEXTS).pipe(
          Effect.provideService(Model, given),
          Effect.provide(Progress.layer({ quiet: true })),
        );
      const losses = yield* tuned("whole");

      const reached = yield* Deferred.make<void>();
      let asked = 0;
      const stopping: typeof model.engine = {
        ...model.engine,
        promptGradient: (request) =>
          asked++ < 6
            ? model.engine.promptGradient(request)
            : Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never),
      };
      const fiber = yield* Effect.fork(tuned("stopped", { ...model, engine: stopping }));
      yield* Deferred.await(reached);
      yield* Fiber.interrupt(fiber);
      const kept = yield* loadState(`${folder}/stopped`, config, TINY_HIDDEN * 4);
      assert.is(kept?.state.step, 6);
      assert.equal(kept?.losses, losses.slice(0, 6));

      assert.equal(yield* tuned("stopped"), losses);
      const prompt = (out: string) => loadPrompt(`${folder}/${out}`, TINY_HIDDEN);
      assert.is((yield* prompt("stopped")).hash, (yield* prompt("whole")).hash);
    })
  ),
);

test.run();
