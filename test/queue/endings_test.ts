import { Effect, Fiber, Option } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findRun, work } from "../../lib/queue/mod.ts";
import { Evaluator } from "../../lib/arm/mod.ts";
import { runId } from "../../lib/queue/messages.ts";
import { effectTest } from "../support.ts";
import { startRedis, tell } from "./redis.ts";
import { slowLine } from "./slow_line.ts";
import { addressOf, coordinate, ids, join, log, planOf, queueTest, sleeper } from "./support.ts";

/** Lets so much time pass that a run has not just ended. */
const longAfter = (url: string) => tell(url, "del", "dpc:just-over");

queueTest(
  "work() ends at once where its run ended long ago, and findRun() then waits for the next run, without a failure",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const address = addressOf(url);
      const worker = sleeper(1);
      const coordinating = yield* Effect.fork(coordinate(url, 4));
      const run = yield* findRun({ address, waitTimeout: 10, log });
      yield* join(url, worker.service);
      assert.equal(yield* Fiber.join(coordinating), ids(4));
      assert.is(
        yield* findRun({ address, waitTimeout: 60, log }),
        undefined,
        "it has just ended",
      );
      longAfter(url);
      // a model that took long to open, or a machine that slept
      const late = work({ address, run: run!, batch: 1, lock: 2, waitTimeout: 60, log });
      const finished = yield* late.pipe(
        Effect.provideService(Evaluator, worker.service),
        Effect.timeoutOption(5000),
      );
      assert.equal(finished, Option.some(0));
      assert.is(yield* findRun({ address, waitTimeout: 1, log }), undefined, "none has come");
      const [found, done] = yield* Effect.all(
        [Effect.delay(coordinate(url, 4, { letter: "b" }), 1500), join(url, worker.service)],
        { concurrency: 2 },
      );
      assert.equal(found, ids(4));
      assert.is(done, 4, "the next run was waited for");
    })
  ),
);

queueTest(
  "a worker whose server is gone for good fails when it has waited for long enough",
  effectTest(() =>
    Effect.gen(function* () {
      const redis = yield* startRedis();
      const run = yield* Effect.fork(coordinate(redis.url, 4));
      const worker = sleeper(60_000);
      const working = yield* Effect.fork(join(redis.url, worker.service, { waitTimeout: 2 }));
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.started === 4 });
      yield* redis.stop("SIGKILL");
      const error = yield* Effect.flip(Fiber.join(working));
      assert.match(
        error.message,
        /^Cannot go on as nothing was heard from the run's coordinator .* 2 s$/,
      );
      assert.is(worker.counts.interrupted, 4);
      yield* Fiber.interrupt(run);
    })
  ),
);

queueTest(
  "a coordinator uses a queue that another left when it was killed at its end",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      // jobs are removed from a paused queue
      tell(url, "hset", `dpc:${runId(planOf("a"))}:meta`, "paused", "1");
      const worker = sleeper(1);
      const [found] = yield* Effect.all([coordinate(url, 4), join(url, worker.service)], {
        concurrency: 2,
      });
      assert.equal(found, ids(4));
    })
  ),
);

queueTest(
  "of two coordinators with the same run the later has it, with the results that are there, and the other says so and ends nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const worker = sleeper(10);
      const first = yield* Effect.fork(Effect.flip(coordinate(url, 6000, { lookAhead: 8 })));
      const working = yield* Effect.fork(join(url, worker.service));
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.finished >= 20 });
      const second = yield* Effect.fork(coordinate(url, 6000, { lookAhead: 16 }));
      assert.match(
        (yield* Fiber.join(first)).message,
        /^Cannot go on as another process has taken over this run at redis:/,
      );
      yield* Effect.sleep(1500);
      assert.is(yield* Fiber.poll(working).pipe(Effect.map(Option.isNone)), true, "it goes on");
      yield* Fiber.interrupt(second);
      yield* Fiber.interrupt(working);
    })
  ),
);

queueTest(
  "a worker far from its server keeps what it takes: one that took many jobs before it kept the first would lose all again and again",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      // 24 jobs take longer to be taken than a lock lasts
      const far = yield* slowLine(url, 50);
      const said: string[] = [];
      const worker = sleeper(1);
      const [found, done] = yield* Effect.all(
        [
          coordinate(url, 48, { lookAhead: 48 }),
          join(far, worker.service, { batch: 24, lock: 1, log: (line) => said.push(line) }),
        ],
        { concurrency: 2 },
      );
      assert.equal(found, ids(48));
      assert.is(done, 48);
      assert.is(worker.counts.started, 48);
      assert.not.ok(said.some((line) => line.includes("another worker")), said.join("\n"));
    })
  ),
);

test.run();
