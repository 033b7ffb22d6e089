import { Effect, Fiber, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Stage } from "../../lib/stage/mod.ts";
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
  "streamed() keeps the order, with as many elements under way as it is told",
  effectTest(() =>
    Effect.gen(function* () {
      const { counts, count } = counter();
      const found = yield* Stream.range(1, 100).pipe(
        Stage.streamed((at: number) => count(Effect.as(Effect.sleep((at * 7) % 10), at)), 8),
        Stream.runCollect,
      );
      assert.equal([...found], Array.from({ length: 100 }, (_, at) => at + 1));
      assert.is(counts.most, 8);
    })
  ),
);

test(
  "streamed() ends what is under way when one element fails, or when it is interrupted",
  effectTest(() =>
    Effect.gen(function* () {
      const { counts, count } = counter();
      const forever = (at: number) => count(at === 3 ? Effect.fail("three") : Effect.never);
      const ahead = (first: number) =>
        Stream.range(first, 20).pipe(Stage.streamed(forever, 5), Stream.runDrain);
      assert.is(yield* Effect.flip(ahead(3)), "three");
      assert.is(counts.now, 0);
      const running = yield* Effect.fork(ahead(4));
      yield* Effect.repeat(Effect.sleep(5), { until: () => counts.now === 5 });
      yield* Fiber.interrupt(running);
      assert.is(counts.now, 0);
    })
  ),
);

test(
  "unordered() emits what is finished while others are slow, with no more under way than it is told, and ends all when one fails",
  effectTest(() =>
    Effect.gen(function* () {
      const { counts, count } = counter();
      const slow = yield* Effect.makeLatch(false);
      const found: number[] = [];
      const work = (at: number) =>
        count(Effect.as(at === 1 ? slow.await : Effect.sleep(at % 3), at));
      yield* Stream.range(1, 100).pipe(
        Stage.unordered(work, 8),
        Stream.runForEach((at) => {
          found.push(at);
          return found.length === 99 ? slow.open : Effect.void;
        }),
      );
      assert.is(found.at(-1), 1);
      assert.equal(
        [...found].sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, at) => at + 1),
      );
      assert.is(counts.most, 8);
      const failing = (at: number) => count(at === 3 ? Effect.fail("three") : Effect.never);
      const running = Stream.range(1, 20).pipe(Stage.unordered(failing, 5), Stream.runDrain);
      assert.is(yield* Effect.flip(running), "three");
      assert.is(counts.now, 0);
    })
  ),
);

test(
  "pipeline() hands each stage the record with what those before it added, and stops at the first failure",
  effectTest(() =>
    Effect.gen(function* () {
      const seen: string[] = [];
      const words = Stage.make(({ text }: { text: string }) =>
        Effect.succeed({ words: text.split(" ").length })
      );
      const odd = Stage.make(({ words }: { words: number }) =>
        words % 2 === 1 ? Effect.succeed({ odd: true }) : Effect.fail(`${words} words`)
      );
      const last = Stage.make(({ text, odd }: { text: string; odd: boolean }) =>
        Effect.sync(() => ({ at: seen.push(`${text} ${odd}`) }))
      );
      const stages = Stage.pipeline(words, odd, last);
      const record = { id: "x", text: "a b c" };
      assert.equal(yield* stages(record), { ...record, words: 3, odd: true, at: 1 });
      assert.is(yield* Effect.flip(stages({ ...record, text: "a b" })), "2 words");
      assert.equal(seen, ["a b c true"]);
      // @ts-expect-error: no stage before it adds words
      Stage.pipeline(odd, last)({ text: "a b c" });
    })
  ),
);

test.run();
