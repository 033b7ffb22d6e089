import { Chunk, Duration, Effect, Fiber, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RequestError, spawn, WorkerDied } from "../../lib/runtime/mod.ts";
import { effectTest, shared } from "../support.ts";
import { EchoError } from "./echo_error.ts";
import type { EchoRequest, EchoSetup } from "./echo_worker.ts";

const ECHO = new URL("./echo_worker.ts", import.meta.url);
const echo = spawn<EchoRequest, number>(ECHO);
/** For requests that it outlives. */
const lasting = shared(test, echo);

test(
  "spawn() answers each request with its own response",
  effectTest(() =>
    Effect.gen(function* () {
      const worker = yield* lasting;
      const values = Array.from({ length: 50 }, (_, value) => value);
      const answers = yield* Effect.forEach(
        values,
        (value) => worker.execute({ kind: "echo", value }),
        { concurrency: "unbounded" },
      );
      assert.equal(answers, values);
      const counted = yield* Stream.runCollect(worker.stream({ kind: "count", to: 5 }));
      assert.equal(Chunk.toArray(counted), [1, 2, 3, 4, 5]);
    })
  ),
);

test(
  "spawn() leaves the main thread free: a 1 s run delays a 50 ms timer by less than 100 ms",
  effectTest(() =>
    Effect.gen(function* () {
      const worker = yield* lasting;
      const block = yield* Effect.fork(worker.execute({ kind: "block", milliseconds: 1000 }));
      yield* Effect.sleep(50);
      const [elapsed] = yield* Effect.timed(Effect.sleep(50));
      assert.ok(
        Duration.toMillis(elapsed) < 150,
        `the timer took ${Duration.toMillis(elapsed)} ms`,
      );
      assert.equal(yield* Fiber.join(block), 1000);
    })
  ),
);

test(
  "spawn() interrupts in the worker what is interrupted outside",
  effectTest(() =>
    Effect.gen(function* () {
      const worker = yield* lasting;
      const waiting = yield* Effect.fork(worker.execute({ kind: "wait", milliseconds: 30_000 }));
      yield* worker.execute({ kind: "echo", value: 1 });
      yield* Fiber.interrupt(waiting);
      assert.equal(yield* worker.execute({ kind: "interrupted" }), 1);
    })
  ),
);

for (const process of "Deno" in globalThis ? [false] : [false, true]) {
  const kind = process ? "process" : "thread";
  test(
    `spawn() fails a request with the handler's error, of its class, with its data and cause (${kind})`,
    effectTest(() =>
      Effect.gen(function* () {
        const worker = yield* spawn<EchoRequest, number, EchoError>(ECHO, {
          errors: { EchoError },
          process,
        });
        const error = yield* Effect.flip(worker.execute({ kind: "fail" }));
        assert.instance(error, EchoError);
        assert.is(error._tag === "EchoError" && error.value, 18);
        assert.instance(error.cause, EchoError);
        assert.is((error.cause as EchoError).value, 7);
        assert.is((error.cause as EchoError).cause, undefined);
        const streamed = yield* Effect.flip(
          Stream.runDrain(worker.stream({ kind: "failStream" })),
        );
        assert.instance(streamed, EchoError);
        assert.is(yield* worker.execute({ kind: "echo", value: 7 }), 7);
      })
    ),
  );
}

test(
  "spawn() keeps tag and data of an error whose class the caller does not name",
  effectTest(() =>
    Effect.gen(function* () {
      const worker = yield* lasting;
      const error = yield* Effect.flip(worker.execute({ kind: "fail" }));
      assert.instance(error, RequestError);
      assert.is(error.message, "Cannot echo 18 as asked");
      const { _tag, ...data } = (error as RequestError).failure;
      assert.is(_tag, "EchoError");
      assert.is((data as unknown as EchoError).value, 18);
    })
  ),
);

test(
  "spawn() sets the worker up before its first request, and fails with the set-up's error",
  effectTest(() =>
    Effect.gen(function* () {
      const start = (setup: EchoSetup) =>
        spawn<EchoRequest, number, EchoError, EchoSetup>(ECHO, { setup, errors: { EchoError } });
      const worker = yield* start({ add: 5 });
      assert.is(yield* worker.execute({ kind: "echo", value: 7 }), 12);
      assert.instance(yield* Effect.flip(start({ broken: true })), EchoError);
    })
  ),
);

test(
  "kill() ends a worker in the midst of a computation",
  effectTest(() =>
    Effect.gen(function* () {
      const worker = yield* echo;
      const blocked = yield* Effect.fork(
        Effect.flip(worker.execute({ kind: "block", milliseconds: 30_000 })),
      );
      yield* Effect.sleep(100);
      const [elapsed, error] = yield* Effect.timed(
        Effect.zipRight(worker.kill, Fiber.join(blocked)),
      );
      assert.instance(error, WorkerDied);
      assert.ok(Duration.toSeconds(elapsed) < 10, `it took ${Duration.format(elapsed)}`);
    })
  ),
);

for (
  const [kind, reason] of [["exit", "it exited with code 3"], ["throw", "out of the blue"]] as const
) {
  test(
    `spawn() fails all requests under way with WorkerDied when the worker dies (${kind})`,
    effectTest(() =>
      Effect.gen(function* () {
        const worker = yield* echo;
        const waiting = yield* Effect.fork(
          Effect.flip(worker.execute({ kind: "wait", milliseconds: 30_000 })),
        );
        const error = yield* Effect.flip(worker.execute({ kind }));
        assert.instance(error, WorkerDied);
        assert.is(error.message, `Cannot go on as the worker 'echo_worker' died: ${reason}`);
        assert.instance(yield* Fiber.join(waiting), WorkerDied);
        assert.instance(yield* Effect.flip(worker.execute({ kind: "echo", value: 1 })), WorkerDied);
      })
    ),
  );
}

if (!("Deno" in globalThis)) {
  for (
    const [kind, reason] of [
      ["exit", "it exited with code 3"],
      ["throw", "it exited with code 1 (out of the blue)"],
      ["abort", "SIGABRT ended it"],
    ] as const
  ) {
    test(
      `spawn() outlives the death of a worker that is a process, and says its cause (${kind})`,
      effectTest(() =>
        Effect.gen(function* () {
          const worker = yield* spawn<EchoRequest, number>(ECHO, { process: true });
          assert.is(yield* worker.execute({ kind: "echo", value: 7 }), 7);
          const error = yield* Effect.flip(worker.execute({ kind }));
          assert.instance(error, WorkerDied);
          assert.match(error.reason, reason);
        }), 120),
    );
  }
}

test(
  "spawn() fails with WorkerDied when the worker cannot start",
  effectTest(() =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(spawn(new URL("./no_such_worker.ts", import.meta.url)));
      assert.instance(error, WorkerDied);
      assert.match(error.message, "no_such_worker");
    })
  ),
);

test.run();
