import { Effect, Fiber, Schedule } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDispatcher } from "../../lib/queue/dispatcher.ts";
import { runId } from "../../lib/queue/messages.ts";
import { findRun } from "../../lib/queue/mod.ts";
import { sealOf } from "../../lib/queue/seal.ts";
import { effectTest } from "../support.ts";
import { startRedis, tell } from "./redis.ts";
import { addressOf, coordinate, ids, join, log, planOf, queueTest, sleeper } from "./support.ts";

queueTest(
  "a worker puts aside what is not an example at once, says so, and goes on with the rest",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const coordinating = yield* Effect.fork(coordinate(url, 8));
      const run = yield* findRun({ address: addressOf(url), waitTimeout: 10, log });
      const failures: string[] = [];
      const stranger = yield* openDispatcher(addressOf(url), run!.id, {
        onNews: ({ id, failed }) => failed && failures.push(id),
        kept: 100,
        log,
      });
      const seal = sealOf(undefined, run!.id);
      const garbage = [null, 7, "text", [], { prompt: 1 }, { prompt: "base", example: {} }];
      yield* stranger.put(garbage.flatMap((data, at) => [
        { id: `garbage-${at}`, data },
        { id: `sealed-${at}`, data: seal.close("job", `sealed-${at}`, data) },
      ]));
      // slow, so that the run is not over before all garbage is
      const worker = sleeper(3000);
      const said: string[] = [];
      const options = { batch: 16, log: (line: string) => said.push(line) };
      assert.is(yield* join(url, worker.service, options), 8);
      assert.equal(yield* Fiber.join(coordinating), ids(8));
      assert.is(worker.counts.started, 8);
      assert.is(new Set(failures).size, 2 * garbage.length);
      assert.ok(
        said.every((line) => line.startsWith("Put aside what is not an example")),
        said.join("\n"),
      );
      assert.ok(said.length >= 1);
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
      const stream = `dpc:${runId(planOf("a"))}:events`;
      const event = ["xadd", stream, "*", "event", "completed", "jobId", "x"];
      tell(url, ...event, "returnvalue", "{no JSON");
      const start = performance.now();
      assert.equal(yield* Fiber.join(coordinating), ids(100));
      assert.ok(performance.now() - start < 30_000, "it did not have to look for each");
      assert.is(yield* Fiber.join(working), 100);
    }), 120),
);

queueTest(
  "findRun() refuses a plan that is not the announced one, and its coordinator writes its own again",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const address = addressOf(url);
      yield* Effect.fork(coordinate(url, 1));
      const { id } = (yield* findRun({ address, waitTimeout: 10, log }))!;
      const other = sealOf(undefined, id).close("plan", "", planOf("b"));
      for (const plan of ["{", "{}", "", other]) {
        tell(url, "set", `dpc:run:${id}:plan`, plan);
        const error = yield* Effect.flip(findRun({ address, waitTimeout: 0, log }));
        assert.match(error.message, /^Cannot read the plan of the run at redis:/);
      }
      const found = yield* Effect.retry(findRun({ address, waitTimeout: 0, log }), {
        times: 10,
        schedule: Schedule.spaced(1000),
      });
      assert.is(found?.id, id);
    })
  ),
);

test.run();
