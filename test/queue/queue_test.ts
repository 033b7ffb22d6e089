import { execFileSync, spawnSync } from "node:child_process";
import { env } from "node:process";
import { FileSystem } from "@effect/platform";
import { Effect, Either, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Evaluator, type Unit } from "../../lib/arm/mod.ts";
import { type Sample } from "../../lib/results/mod.ts";
import { findRun } from "../../lib/queue/mod.ts";
import { openDispatcher } from "../../lib/queue/dispatcher.ts";
import { jobId, runId } from "../../lib/queue/messages.ts";
import { effectTest } from "../support.ts";
import { available, startRedis } from "./redis.ts";
import {
  addressOf,
  coordinate,
  coordinatorOf,
  ids,
  join,
  log,
  planOf,
  queueTest,
  sampleOf,
  sleeper,
  unitOf,
} from "./support.ts";

queueTest(
  "coordinator() gives every unit to one worker, and results in the order of the units",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const [one, two] = [sleeper(5), sleeper(5)];
      const [found, first, second] = yield* Effect.all(
        [coordinate(url, 100), join(url, one.service), join(url, two.service)],
        { concurrency: "unbounded" },
      );
      assert.equal(found, ids(100));
      assert.is(one.counts.started + two.counts.started, 100);
      assert.is(first + second, 100);
      assert.ok(first > 10 && second > 10, `both worked: ${first} and ${second}`);
    })
  ),
);

queueTest(
  "coordinator() puts no more into the queue than it is told, and a worker takes no more than a batch",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const worker = sleeper(60_000);
      const run = yield* Effect.fork(coordinate(url, 40, { lookAhead: 8 }));
      const working = yield* Effect.fork(join(url, worker.service, { batch: 3 }));
      const open = Effect.scoped(Effect.gen(function* () {
        const dispatcher = yield* openDispatcher(addressOf(url), runId(planOf("a")), {
          onNews: log,
          kept: 1,
          log,
        });
        const found = yield* Effect.forEach(ids(40), (id) => dispatcher.look(jobId(`${id}@base`)));
        return found.filter(({ kind }) => kind === "open").length;
      }));
      yield* Effect.repeat(Effect.delay(open, 50), { until: (n) => n >= 8 });
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.started >= 3 });
      yield* Effect.sleep(300);
      assert.is(worker.counts.started, 3);
      assert.is(yield* open, 8);
      yield* Fiber.interrupt(run);
      yield* Fiber.interrupt(working);
    })
  ),
);

queueTest(
  "a worker that stops gives back what it has at once, and another finishes it",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const [slow, quick] = [sleeper(60_000), sleeper(1)];
      const run = yield* Effect.fork(coordinate(url, 10));
      const stopped = yield* Effect.fork(join(url, slow.service, { batch: 10, lock: 30 }));
      yield* Effect.repeat(Effect.sleep(10), { until: () => slow.counts.started === 10 });
      yield* Fiber.interrupt(stopped);
      assert.is(slow.counts.interrupted, 10);
      const start = performance.now();
      assert.is(yield* join(url, quick.service), 10);
      assert.ok(performance.now() - start < 15_000, "no lock had to run out");
      assert.equal(yield* Fiber.join(run), ids(10));
    })
  ),
);

queueTest(
  "a coordinator that is started again finds what it did not record, and nothing is computed twice",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const worker = sleeper(1);
      const first = yield* Effect.fork(coordinate(url, 16));
      const working = yield* Effect.fork(join(url, worker.service));
      yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.finished >= 4 });
      yield* Fiber.interrupt(first);
      assert.equal(yield* coordinate(url, 16), ids(16));
      assert.is(worker.counts.started, 16);
      assert.is(yield* Fiber.join(working), 16);
    })
  ),
);

// what is lost is missed after ten seconds at the earliest: `FORGETS=1 npm run test:node -- queue`
for (const forgets of env["FORGETS"] ? [false, true] : [false]) {
  queueTest(
    `a run survives a server that is killed and started again, ${
      forgets ? "having forgotten all" : "with its append-only file"
    }`,
    effectTest(() =>
      Effect.gen(function* () {
        const redis = yield* startRedis({ forgets });
        const worker = sleeper(50);
        const run = yield* Effect.fork(coordinate(redis.url, 60));
        const working = yield* Effect.fork(join(redis.url, worker.service));
        yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.finished >= 10 });
        yield* redis.stop("SIGKILL");
        yield* Effect.sleep(500);
        yield* redis.start;
        assert.equal(yield* Fiber.join(run), ids(60));
        yield* Fiber.join(working);
        assert.ok(worker.counts.started <= 60 + 16, `${worker.counts.started} were started`);
      }), 90),
  );
}

queueTest(
  "a failing example is tried three times and then fails alone, with the worker's reason",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      let tries = 0;
      const worker = {
        lookAhead: 1,
        evaluate: (unit: Unit) => {
          if (unit.example.id !== "test-1") return Effect.succeed(sampleOf(unit));
          tries++;
          return Effect.die(new Error("the text is too long"));
        },
      };
      const working = yield* Effect.fork(join(url, worker));
      const found = yield* Effect.flatMap(Evaluator, ({ evaluate }) =>
        Effect.forEach([0, 1, 2], (at) =>
          Effect.either(evaluate(unitOf(at))), {
          concurrency: "unbounded",
        })).pipe(
          Effect.provide(coordinatorOf(url)),
        );
      assert.equal(found.map(Either.isRight), [true, false, true]);
      assert.is(Either.isLeft(found[1]!) && found[1].left.message, "the text is too long");
      assert.is(tries, 3);
      yield* Fiber.join(working);
    })
  ),
);

queueTest(
  "what a worker sends is checked: a sample of another example fails the example, not the run",
  effectTest(() =>
    Effect.gen(function* () {
      const wrong = { lookAhead: 1, evaluate: () => Effect.succeed(sampleOf(unitOf(7))) };
      const formless = { lookAhead: 1, evaluate: () => Effect.succeed({ id: 1 } as never) };
      const changed = (change: Partial<Sample>) => ({
        lookAhead: 1,
        evaluate: (unit: Unit) => Effect.succeed({ ...sampleOf(unit), ...change }),
      });
      for (
        const [evaluator, reason] of [
          [wrong, /it is of 'test-7@base'/],
          [formless, /at sample.id: Expected string/],
          [changed({ question: "Who?" }), /it is of another question with the same id/],
          [changed({ gold: "-1" }), /it is of another question with the same id/],
          [changed({ promptText: "Q: What is 0?" }), /its question was put in another way/],
        ] as const
      ) {
        // each on a server of its own, so that no late answer of the worker before is read
        const { url } = yield* startRedis();
        const working = yield* Effect.fork(join(url, evaluator));
        const error = yield* Effect.flip(
          Effect.flatMap(Evaluator, ({ evaluate }) => evaluate(unitOf(0))).pipe(
            Effect.provide(coordinatorOf(url)),
          ),
        );
        assert.match(error.message, reason);
        yield* Fiber.interrupt(working);
      }
    })
  ),
);

queueTest(
  "runs on one server don't meet: each gets its own results, of jobs with the same ids, and a worker takes that with fewer workers",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis();
      const [one, other] = [sleeper(20), sleeper(20)];
      const first = yield* Effect.fork(coordinate(url, 150));
      const firstWorker = yield* Effect.fork(join(url, one.service));
      yield* Effect.repeat(Effect.sleep(10), { until: () => one.counts.started > 4 });
      const second = yield* Effect.fork(coordinate(url, 30, { letter: "b" }));
      yield* Effect.sleep(1500);
      const secondWorker = yield* Effect.fork(join(url, other.service));
      assert.equal(yield* Fiber.join(second), ids(30));
      assert.is(yield* Fiber.join(secondWorker), 30, "it took the run that had no worker");
      assert.equal(yield* Fiber.join(first), ids(150));
      assert.is(yield* Fiber.join(firstWorker), 150);
    })
  ),
);

queueTest(
  "a password is asked for, taken from the URL or apart, and in no message",
  effectTest(() =>
    Effect.gen(function* () {
      const { url } = yield* startRedis({ password: "s3cret-word" });
      const withPassword = (password: string) => url.replace("//", `//:${password}@`);
      const look = (password: string) =>
        findRun({ address: addressOf(withPassword(password)), waitTimeout: 0, log });
      const none = yield* Effect.flip(look("s3cret-word"));
      assert.match(none.message, /Cannot find a run at redis:\/\/127/);
      for (const wrong of ["wr0ng-word", ""]) {
        const error = yield* Effect.flip(look(wrong));
        assert.match(error.message, /Cannot reach the queue at redis:\/\/127.*(WRONGPASS|NOAUTH)/);
        assert.not.match(error.message, /word-|s3cret|wr0ng/);
      }
    }), 90),
);

const withTls = spawnSync("openssl", ["version"]).status === 0;
(available && withTls ? test : test.skip)(
  "a server that speaks TLS is reached with the certificates that vouch for it, and refused without",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      const tls = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
      execFileSync("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-days", "2", "-subj", "/CN=queue", "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-out", tls.cert, "-keyout", tls.key],
      ], { stdio: "ignore" });
      const { url } = yield* startRedis({ tls });
      const error = yield* Effect.flip(
        findRun({ address: addressOf(url), waitTimeout: 0, log }),
      );
      assert.match(
        error.message,
        /Cannot reach the queue at rediss:\/\/127.*self-signed certificate/,
      );
      const ca = yield* fs.readFileString(tls.cert);
      const worker = sleeper(1);
      const [found] = yield* Effect.all(
        [coordinate(url, 20, { ca }), join(url, worker.service, { ca })],
        { concurrency: 2 },
      );
      assert.equal(found, ids(20));
      assert.is(worker.counts.started, 20);
    }), 60),
);

test.run();
