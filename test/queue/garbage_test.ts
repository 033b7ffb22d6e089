import { Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDispatcher } from "../../lib/queue/dispatcher.ts";
import { findRun } from "../../lib/queue/mod.ts";
import { effectTest } from "../support.ts";
import { startRedis, tell } from "./redis.ts";
import { addressOf, coordinate, ids, join, log, queueTest, sleeper } from "./support.ts";

queueTest(
  "a worker fails what is no example, three times as any other, and goes on with the rest",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const coordinating = yield* Effect.fork(coordinate(url, 8));
      const run = yield* findRun({ address: addressOf(url), waitTimeout: 10, log });
      const failures: string[] = [];
      const stranger = yield* openDispatcher(addressOf(url), {
        onOutcome: (outcome) => outcome.kind === "failed" && failures.push(outcome.reason),
        kept: 100,
        log,
      });
      const garbage = [null, 7, "text", [], { prompt: 1 }, { prompt: "base", example: {} }];
      yield* stranger.put(run!.id, garbage.map((data, at) => ({ id: `garbage-${at}`, data })));
      // slow, so that the run is not over before all garbage is
      const worker = sleeper(3000);
      assert.is(yield* join(url, worker.service, { batch: 16 }), 8);
      assert.equal(yield* Fiber.join(coordinating), ids(8));
      assert.is(worker.counts.started, 8);
      assert.is(failures.length, garbage.length);
      for (const reason of failures) assert.match(reason, /^Cannot read an example of the queue: /);
    })
  ),
);

queueTest(
  "a coordinator hears of results though what is no event stands among them",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const worker = sleeper(20);
      const coordinating = yield* Effect.fork(coordinate(url, 100, { lookAhead: 4 }));
      const working = yield* Effect.fork(join(url, worker.service));
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.finished >= 8 });
      const event = ["xadd", "dpc:examples:events", "*", "event", "completed", "jobId", "x"];
      tell(url, ...event, "returnvalue", "{no JSON");
      const start = performance.now();
      assert.equal(yield* Fiber.join(coordinating), ids(100));
      assert.ok(performance.now() - start < 30_000, "it did not have to look for each");
      assert.is(yield* Fiber.join(working), 100);
    }), 120),
);

queueTest(
  "findRun() refuses a plan that is not the announced one, or none",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const address = addressOf(url);
      yield* Effect.fork(coordinate(url, 1));
      yield* findRun({ address, waitTimeout: 10, log });
      for (const plan of ["{", "{}", ""]) {
        tell(url, "set", "dpc:plan", plan);
        const error = yield* Effect.flip(findRun({ address, waitTimeout: 0, log }));
        assert.match(error.message, /^Cannot read the plan of the run at redis:.*announced$/);
      }
    })
  ),
);

test.run();
