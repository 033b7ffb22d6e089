import { Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shareRequests } from "../../lib/arm/shared_engine.ts";
import { type Engine, EngineError, NO_PREFIX } from "../../lib/model/mod.ts";
import { effectTest } from "../support.ts";

const request = { prefix: NO_PREFIX, ids: [1], maxNewTokens: 1, stop: [] };
const answer = {
  ids: [1],
  text: "1",
  finish: "eos",
  logProbabilities: [0],
  starts: [0],
} as const;

/** An engine that does nothing but generate. */
const engineThat = (generate: Engine["generate"]): Engine => {
  const none = () => Effect.fail(new EngineError({ reason: "not asked" }));
  return {
    generate,
    saliency: none,
    hiddenStates: none,
    divergence: none,
    promptGradient: none,
  };
};

test(
  "shareRequests() asks again for what failed",
  effectTest(() =>
    Effect.gen(function* () {
      let asked = 0;
      const error = new EngineError({ reason: "the worker died" });
      const engine = shareRequests(
        engineThat(() => asked++ === 0 ? Effect.fail(error) : Effect.succeed(answer)),
      );
      assert.is(yield* Effect.flip(engine.generate(request)), error);
      assert.equal([yield* engine.generate(request), yield* engine.generate(request)], [
        answer,
        answer,
      ]);
      assert.is(asked, 2);
    })
  ),
);

test(
  "shareRequests() asks again for what the first to ask gave up, as a failing arm makes others do",
  effectTest(() =>
    Effect.gen(function* () {
      let asked = 0;
      const engine = shareRequests(
        engineThat(() => asked++ === 0 ? Effect.never : Effect.succeed(answer)),
      );
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
    })
  ),
);

test.run();
