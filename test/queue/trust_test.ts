import { Effect, Either, Fiber, Redacted } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findRun } from "../../lib/queue/mod.ts";
import { warnUnprotected } from "../../lib/queue/address.ts";
import { judge } from "../../lib/queue/judge.ts";
import { sealOf } from "../../lib/queue/seal.ts";
import type { Sample } from "../../lib/results/mod.ts";
import { effectTest } from "../support.ts";
import { startRedis } from "./redis.ts";
import {
  addressOf,
  coordinate,
  ids,
  join,
  JUDGE,
  log,
  queueTest,
  sampleOf,
  sleeper,
  unitOf,
} from "./support.ts";

const secret = Redacted.make("what nobody else knows");

test(
  "judge() takes no verdict over, and no sample that the plan does not lead to",
  effectTest(() =>
    Effect.gen(function* () {
      const unit = unitOf(2);
      const sample = sampleOf(unit);
      const base = sample.arms["base"]!;
      const { correct, answer, verdict } = Either.getOrThrow(
        yield* judge(unit, { ...sample, arms: { base: { ...base, text: "#### 999" } } }, JUDGE),
      ).arms["base"]!;
      assert.equal([correct, answer, verdict], [false, "999", "wrong"]);
      assert.equal(Either.getOrThrow(yield* judge(unit, sample, JUDGE)), sample);
      const trigger = { name: "always", score: 1, fired: true };
      for (
        const [change, reason] of [
          [{ arms: {} }, /lacks the arm 'base'/],
          [{ arms: { base, other: base } }, /has no arm 'other'/],
          [{ strata: { kind: "x" } }, /another question/],
          [{ arms: { base: { ...base, tokens: -1 } } }, /numbers that cannot be/],
          [{ arms: { base: { ...base, lowest: -Infinity } } }, /numbers that cannot be/],
          [{ arms: { base: { ...base, trigger } } }, /does not decide or correct so/],
          [{ arms: { base: { ...base, first: "x" } } }, /does not decide or correct so/],
        ] as readonly (readonly [Partial<Sample>, RegExp])[]
      ) {
        const refused = yield* judge(unit, { ...sample, ...change }, JUDGE);
        assert.match(Either.isLeft(refused) ? refused.left : "", reason);
      }
    })
  ),
);

test("a seal opens only what was closed with the same secret for the same run, kind and job", () => {
  const seal = sealOf(secret, "run");
  const message = seal.close("job", "1", { a: 1 });
  assert.equal(Either.getOrThrow(seal.open("job", "1", message)), { a: 1 });
  const other = sealOf(Redacted.make("somebody else's word"), "run");
  for (
    const opened of [
      seal.open("job", "2", message),
      seal.open("result", "1", message),
      sealOf(secret, "other").open("job", "1", message),
      other.open("job", "1", message),
      seal.open("job", "1", sealOf(undefined, "run").close("job", "1", { a: 1 })),
      seal.open("job", "1", message.replace("1", "2")),
      seal.open("job", "1", null),
    ]
  ) assert.ok(Either.isLeft(opened) && opened.left.forged);
});

test("warnUnprotected() warns once of a server elsewhere that is used without a secret", () => {
  const said: string[] = [];
  const warn = (url: string, options = {}) =>
    Effect.runSync(warnUnprotected(addressOf(url, options), (line) => said.push(line)));
  for (const url of ["redis://127.0.0.1", "redis://localhost", "redis://[::1]"]) warn(url);
  warn("redis://queue.example", { secret });
  assert.equal(said, []);
  warn("redis://queue.example");
  warn("redis://queue.example");
  assert.is(said.length, 1);
  assert.match(said[0]!, /queue\.example:6379.*DPC_QUEUE_SECRET/);
});

queueTest(
  "a worker without the coordinator's secret is refused, one with it works",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const run = yield* Effect.fork(coordinate(url, 4, { secret }));
      yield* findRun({ address: addressOf(url, { secret }), waitTimeout: 10, log });
      for (const wrong of [{ secret: Redacted.make("somebody else's word") }]) {
        const error = yield* Effect.flip(
          findRun({ address: addressOf(url, wrong), waitTimeout: 0, log }),
        );
        assert.match(error.message, /^Cannot read the plan .*DPC_QUEUE_SECRET/);
        assert.not.match(error.message, /somebody|nobody/);
      }
      yield* join(url, sleeper(1).service, { secret });
      assert.equal(yield* Fiber.join(run), ids(4));
    })
  ),
);

queueTest(
  "a worker ends when its coordinator is gone for long enough, and a coordinator when no worker comes",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const run = yield* Effect.fork(coordinate(url, 4));
      const worker = sleeper(60_000);
      const working = yield* Effect.fork(join(url, worker.service, { waitTimeout: 2 }));
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.started === 4 });
      yield* Fiber.interrupt(run);
      const error = yield* Effect.flip(Fiber.join(working));
      assert.match(error.message, /^Cannot go on as nothing was heard from the run's coordinator/);
      const alone = yield* Effect.flip(coordinate(url, 4, { waitTimeout: 5 }));
      assert.match(alone.message, /^Cannot go on as no worker came to redis:.* for 5 s$/);
    })
  ),
);

test.run();
