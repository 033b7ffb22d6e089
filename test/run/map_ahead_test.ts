import { Effect, Fiber, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mapAhead } from "../../lib/run/map_ahead.ts";
import { effectTest } from "../support.ts";

/** Counts what is under way. */
function counter() {
  const counts = { now: 0, most: 0, started: 0 };
  const count = <A, E>(work: Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        counts.started++;
        counts.most = Math.max(counts.most, ++counts.now);
      }),
      () => work,
      () => Effect.sync(() => counts.now--),
    );
  return { counts, count };
}

test(
  "mapAhead() keeps the order, with as many elements under way as it is told",
  effectTest(() =>
    Effect.gen(function* () {
      const { counts, count } = counter();
      const found = yield* Stream.range(1, 100).pipe(
        mapAhead((at) => count(Effect.as(Effect.sleep((at * 7) % 10), at)), 8),
        Stream.runCollect,
      );
      assert.equal([...found], Array.from({ length: 100 }, (_, at) => at + 1));
      assert.is(counts.most, 8);
    })
  ),
);

test(
  "mapAhead() ends what is under way when one element fails, or when it is interrupted",
  effectTest(() =>
    Effect.gen(function* () {
      const { counts, count } = counter();
      const forever = (at: number) => count(at === 3 ? Effect.fail("three") : Effect.never);
      const ahead = (first: number) =>
        Stream.range(first, 20).pipe(mapAhead(forever, 5), Stream.runDrain);
      assert.is(yield* Effect.flip(ahead(3)), "three");
      assert.is(counts.now, 0);
      const running = yield* Effect.fork(ahead(4));
      yield* Effect.repeat(Effect.sleep(5), { until: () => counts.now === 5 });
      yield* Fiber.interrupt(running);
      assert.is(counts.now, 0);
    })
  ),
);

test.run();
