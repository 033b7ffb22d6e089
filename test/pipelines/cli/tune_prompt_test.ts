import { FileSystem } from "@effect/platform";
import { Deferred, Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tunePrompt, type TuningJob } from "../../../pipelines/cli/tune_prompt.ts";
import { describeModel, Model, openModel, withoutEngine } from "../../../lib/stage/mod.ts";
import type { TuningText } from "../../../lib/model/mod.ts";
import { Progress } from "../../../lib/terminal/mod.ts";
import { loadPrompt, loadState, promptWidth } from "../../../lib/prompt/mod.ts";
import { TINY_SIZES, tinyModel } from "../../fixtures.ts";
import { effectTest } from "../../support.ts";

/** Texts of one length: a step of one is one run. */
const TEXTS = Array.from({ length: 7 }, (_, row) => ({
  ids: Array.from({ length: 8 }, (_, i) => 1 + (row + 3 * i) % 20),
  from: 3,
}));

const CONFIG = { what: "a test" };

const jobIn = (
  folder: string,
  out: string,
  virtualTokens = 4,
  method: TuningJob["method"] = "prompt",
): TuningJob => ({
  ...{ model: `${folder}/model`, out: `${folder}/${out}`, seed: 0, config: CONFIG },
  ...{ method, calculator: false, virtualTokens, init: "random", initText: "", saveEvery: 4 },
  ...{ steps: 9, batch: 1, runPositions: 64, lr: 0.05, warmup: 0, weightDecay: 0, clip: 1 },
});

const continued = (method: TuningJob["method"]) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    yield* tinyModel(`${folder}/model`);
    const model = yield* openModel({ directory: `${folder}/model`, workers: 1, threads: 1 });
    const job = (out: string) => jobIn(folder, out, 4, method);
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
    const kept = yield* loadState(`${folder}/stopped`, CONFIG, promptWidth(TINY_SIZES, method) * 4);
    assert.is(kept?.state.step, 6);
    assert.equal(kept?.losses, losses.slice(0, 6));

    assert.equal(yield* tuned("stopped"), losses);
    const prompt = (out: string) => loadPrompt(`${folder}/${out}`, TINY_SIZES);
    assert.is((yield* prompt("stopped")).hash, (yield* prompt("whole")).hash);
  });

for (const method of ["prompt", "prefix"] as const) {
  test(
    `tunePrompt() keeps the steps since the last checkpoint when it is interrupted, and goes on bit by bit (${method})`,
    effectTest(() => continued(method)),
  );
}

test(
  "tunePrompt() refuses a prompt that leaves no room for any of its texts, and makes nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      const model = withoutEngine(yield* describeModel(`${folder}/model`));
      const refused = (virtualTokens: number, texts: readonly TuningText[]) =>
        tunePrompt(jobIn(folder, "prompt", virtualTokens), texts).pipe(
          Effect.provideService(Model, model),
          Effect.provide(Progress.layer({ quiet: true })),
          Effect.flip,
          Effect.map(({ message }) => message),
        );
      const long = TEXTS.map(({ from }) => ({ ids: Array(40).fill(1), from }));
      assert.match(yield* refused(500, TEXTS), "leave 12 of the model's 512 positions for a text");
      assert.match(yield* refused(480, long), "for a text, which takes at least 40");
      assert.match(yield* refused(700, TEXTS), "leave 0 of the model's 512 positions for a text");
      assert.not(yield* fs.exists(`${folder}/prompt`));
    })
  ),
);

test(
  "tunePrompt() refuses a directory that another tuning writes to, and frees it at its end",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      const model = withoutEngine(yield* describeModel(`${folder}/model`));
      const reached = yield* Deferred.make<void>();
      const promptGradient = () =>
        Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never);
      const tuned = tunePrompt(jobIn(folder, "out"), TEXTS).pipe(
        Effect.provideService(Model, { ...model, engine: { ...model.engine, promptGradient } }),
        Effect.provide(Progress.layer({ quiet: true })),
      );
      const fiber = yield* Effect.fork(tuned);
      yield* Deferred.await(reached);
      const error = yield* Effect.flip(tuned);
      assert.is(error._tag, "RunLocked");
      assert.match(
        error.message,
        /^Cannot use the prompt's directory '.*out' as this process is using it/,
      );
      yield* Fiber.interrupt(fiber);
      assert.not.ok(
        (yield* fs.readDirectory(`${folder}/out`)).some((name) => name.endsWith(".lock")),
      );
    })
  ),
);

test.run();
