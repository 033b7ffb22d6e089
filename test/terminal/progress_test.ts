import { Effect, Fiber, Layer, Stream, TestClock, TestContext } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Progress } from "../../lib/terminal/mod.ts";
import { clock, progressLine, type Snapshot } from "../../lib/terminal/progress_line.ts";
import { effectTest } from "../support.ts";

const snapshot: Snapshot = {
  label: "gsm8k",
  done: 123,
  resumed: 23,
  total: 200,
  seconds: 40,
  arms: new Map([["pt", { n: 123, correct: 80 }], ["dpc", { n: 123, correct: 83 }]]),
  note: "",
};

test("progressLine() gives share, rate, ETA and accuracy per arm", () => {
  assert.is(
    progressLine(snapshot),
    "gsm8k 123/200 (61 %)  2.5/s  ETA 0:31  dpc 67.5 %  pt 65.0 %",
  );
  assert.is(
    progressLine({ ...snapshot, seconds: 400, arms: new Map(), note: "loss 1.2" }),
    "gsm8k 123/200 (61 %)  4.0 s each  ETA 5:08  loss 1.2",
  );
  assert.is(
    progressLine({ ...snapshot, done: 200, arms: new Map() }),
    "gsm8k 200/200 (100 %)  4.4/s  in 0:40",
  );
  assert.is(progressLine({ ...snapshot, total: undefined, arms: new Map() }), "gsm8k 123  2.5/s");
  assert.is(progressLine({ ...snapshot, done: 23, arms: new Map() }), "gsm8k 23/200 (11 %)");
  assert.is(
    progressLine({ ...snapshot, done: 0, resumed: 0, total: 0, arms: new Map() }),
    "gsm8k 0  in 0:40",
  );
});

test("progressLine() fits the width and never steers the terminal", () => {
  fc.assert(
    fc.property(
      fc.record({
        label: fc.string({ unit: "binary" }),
        note: fc.string({ unit: "binary" }),
        done: fc.nat(1000),
        seconds: fc.nat(1e9).map((milliseconds) => milliseconds / 1000),
      }),
      fc.integer({ min: 1, max: 100 }),
      (fields, columns) => {
        const line = progressLine({ ...snapshot, resumed: 0, ...fields }, columns);
        assert.ok(line.length <= columns);
        assert.not.match(line, /\p{Cc}/u);
        assert.not.match(line, /NaN|Infinity/);
      },
    ),
  );
});

test("clock() gives hours only where there are some", () => {
  assert.equal([0, 59.6, 61, 3600, 36_061].map(clock), [
    "0:00",
    "1:00",
    "1:01",
    "1:00:00",
    "10:01:01",
  ]);
});

/** Runs with a clock that the test moves and an output that it reads. */
const collected = (terminal: Partial<Progress.Output>) => {
  const written: string[] = [];
  const layer = Layer.succeed(Progress.ProgressOutput, {
    write: (text) => Effect.sync(() => void written.push(text)),
    isTerminal: false,
    color: false,
    columns: Effect.succeed(80),
    interval: 5000,
    ...terminal,
  });
  return { written, layer: Layer.merge(layer, TestContext.TestContext) };
};

/** Two elements a second. */
const work = (total: number) =>
  Stream.range(1, total).pipe(Stream.tap(() => Effect.sleep(500)), Stream.rechunk(1));

test(
  "track() writes a plain line every interval and one at the end",
  effectTest(() => {
    const { written, layer } = collected({});
    return Effect.gen(function* () {
      const fiber = yield* work(24).pipe(
        Progress.track({ label: "t", total: 30, resumed: 6 }, (at) => ({
          outcomes: [["pt", at % 2 === 0]],
        })),
        Stream.runCount,
        Effect.fork,
      );
      yield* TestClock.adjust(12_000);
      assert.is(yield* Fiber.join(fiber), 24);
      assert.is(written.length, 3);
      assert.match(
        written[0]!,
        /^t (15|16)\/30 \(5\d %\) {2}\d\.\d\/s {2}ETA 0:0\d {2}pt \d+\.\d %\n$/,
      );
      assert.is(written[2], "t 30/30 (100 %)  2.0/s  in 0:12  pt 50.0 %\n");
    }).pipe(Effect.provide(layer));
  }),
);

test(
  "make() says nothing twice while nothing happens",
  effectTest(() => {
    const { written, layer } = collected({});
    return Effect.gen(function* () {
      yield* Progress.make({ label: "t", total: 30 });
      yield* TestClock.adjust(60_000);
      assert.equal(written, ["t 0/30 (0 %)\n"]);
    }).pipe(Effect.scoped, Effect.provide(layer));
  }),
);

test(
  "make() renews one line on a terminal, also after a message, and leaves the last one standing",
  effectTest(() => {
    const { written, layer } = collected({ isTerminal: true, interval: 100 });
    return Effect.gen(function* () {
      yield* Effect.scoped(Effect.gen(function* () {
        const progress = yield* Progress.make({ label: "tune", total: 2 });
        yield* progress.advance({ note: "loss 2.50" });
        yield* TestClock.adjust(1000);
        yield* progress.message("saved");
        yield* TestClock.adjust(100);
        yield* progress.advance({ note: "loss 2.25" });
      }));
      const screen = written.join("");
      assert.is(written[0], "\r\x1b[2Ktune 0/2 (0 %)");
      assert.match(screen, "\r\x1b[2Ktune 1/2 (50 %)  1.0/s  ETA 0:01  loss 2.50");
      assert.match(screen, "\r\x1b[2Ksaved\n\r\x1b[2Ktune 1/2");
      assert.ok(screen.endsWith("\r\x1b[2Ktune 2/2 (100 %)  1.8/s  in 0:01  loss 2.25\n"), screen);
      assert.not.match(screen, "\x1b[1m");
    }).pipe(Effect.provide(layer));
  }),
);

test(
  "make() shows where a failed or interrupted run stopped",
  effectTest(() => {
    const { written, layer } = collected({ color: true, isTerminal: true });
    return Effect.gen(function* () {
      const failing = work(10).pipe(
        Stream.tap((at) => at === 3 ? Effect.fail("no") : Effect.void),
        Progress.track({ label: "t", total: 10 }),
        Stream.runDrain,
        Effect.flip,
      );
      const fiber = yield* Effect.fork(failing);
      yield* TestClock.adjust(1500);
      assert.is(yield* Fiber.join(fiber), "no");
      assert.ok(written.join("").endsWith("\x1b[1mt\x1b[0m 2/10 (20 %)  1.3/s  ETA 0:06\n"));
    }).pipe(Effect.provide(layer));
  }),
);

test.run();
