import { Effect, Exit } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { blocking, guard } from "../../lib/runtime/guard.ts";

const ENTRY = new URL("./call_worker.ts", import.meta.url);
const { call, callLater } = guard<{ readonly what: string; readonly of?: unknown }, unknown>(
  ENTRY,
  { seconds: 1, heap: 64 },
);

test("guard() gives what the function gives, and throws what it throws", () => {
  assert.equal(call({ what: "give", of: [1, "2"] }), [1, "2"]);
  assert.throws(() => call({ what: "throw" }), /^no$/);
  assert.is(call({ what: "give", of: 18 }), 18);
});

for (const what of ["loop", "search", "fill"]) {
  test(`guard() ends a ${what} that would not end, and goes on`, () => {
    const begun = performance.now();
    assert.throws(() => call({ what }), /^it does not end within 1 s and 64 MiB of memory$/);
    assert.ok(performance.now() - begun < 20_000);
    assert.is(call({ what: "give", of: 18 }), 18);
  });
}

test("guard() lets a call take longer that hardly gets a processor", () => {
  assert.is(call({ what: "starve" }), 18);
});

test("guard(): a call that waits leaves the thread free, has a limit of its own and is ended with its signal", async () => {
  const never = new AbortController();
  assert.is(await callLater({ what: "give", of: 18 }, 5, never.signal), 18);
  const stopped = new AbortController();
  let turns = 0;
  const turning = setInterval(() => turns++, 10);
  setTimeout(() => stopped.abort(), 300);
  const outcome = await callLater({ what: "loop" }, 60, stopped.signal).catch(String);
  clearInterval(turning);
  assert.match(String(outcome), /does not end/);
  assert.ok(turns > 3);
  assert.is(call({ what: "give", of: 18 }), 18);
});

test("blocking() lets signals in behind a long call, also one that throws", async () => {
  const wait = (throws: boolean) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    if (throws) throw new Error("no");
    return 18;
  };
  for (const throws of [false, true]) {
    let turned = false;
    // behind the next look at what has come in
    setImmediate(() => turned = true);
    const exit = await Effect.runPromiseExit(
      Effect.map(Effect.exit(blocking(() => wait(throws))), (exit) => {
        assert.ok(turned);
        return exit;
      }),
    );
    assert.ok(Exit.isSuccess(exit));
    assert.is(Exit.isSuccess(exit.value), !throws);
  }
});

test("blocking() lets signals in between the long calls of many fibers", async () => {
  const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  let turns = 0;
  const turning = setInterval(() => turns++, 1);
  await Effect.runPromise(
    Effect.all(Array.from({ length: 5 }, () => blocking(wait)), { concurrency: "unbounded" }),
  );
  clearInterval(turning);
  assert.ok(turns >= 4, `${turns} turns`);
});

test.run();
