import { Effect, Fiber, Redacted } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sampleId } from "../../lib/results/mod.ts";
import { jobId, runId } from "../../lib/queue/messages.ts";
import { sealOf } from "../../lib/queue/seal.ts";
import { effectTest } from "../support.ts";
import { attackServer } from "./fuzz.ts";
import { startRedis } from "./redis.ts";
import { join, planOf, queueTest, sampleOf, samplesOf, sleeper, unitOf } from "./support.ts";

const UNITS = 60;

queueTest(
  "a run with a secret ends as the local one though its server is full of forged and broken jobs, results and events",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const secret = Redacted.make("what nobody else knows");
      const units = Array.from({ length: UNITS }, (_, at) => unitOf(at));
      const byJob = new Map(
        units.map((unit) => [jobId(sampleId(unit.example, unit.prompt)), unit]),
      );
      const run = runId(planOf("a"));
      const seals = [sealOf(undefined, run), sealOf(Redacted.make("somebody else's word"), run)];
      const coordinating = yield* Effect.fork(samplesOf(url, UNITS, { secret, lookAhead: 40 }));
      const working = yield* Effect.fork(
        join(url, sleeper(100).service, { secret, batch: 2, lock: 1, waitTimeout: 60 }),
      );
      yield* attackServer(url, {
        run,
        jobs: [...byJob.keys()],
        // a lie in the right form
        resultOf: (job, random) =>
          seals[random.integer(2)]!.close("result", job, {
            sample: sampleOf(byJob.get(job)!),
            error: "no",
            final: random.integer(2) === 0,
          }),
      }, { attacks: 300, seed: 20, pause: 10 });
      assert.equal(yield* Fiber.join(coordinating), units.map(sampleOf));
      yield* Fiber.join(working);
    }), 180),
);

test.run();
