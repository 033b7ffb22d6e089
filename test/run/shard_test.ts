import { Effect, Either, Stream } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseShard, shardOf } from "../../lib/run/mod.ts";
import { deal } from "../../lib/run/shard.ts";
import type { Example } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 200 });

test("deal() gives no shard more than the least loaded one and its own longest example", () => {
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 20 }), (all, n) => {
    const owners = deal(all, n);
    const loads = Array.from(
      { length: n },
      (_, shard) => all.reduce((sum, length, at) => sum + (owners[at] === shard ? length : 0), 0),
    );
    const least = Math.min(...loads);
    for (const [shard, load] of loads.entries()) {
      const own = all.filter((_, at) => owners[at] === shard);
      assert.ok(load - least <= Math.max(0, ...own), `${loads}`);
    }
  }));
});

test(
  "shardOf() splits a dataset into parts that are disjoint, complete, in order and the same every time",
  effectTest(() =>
    Effect.gen(function* () {
      const examples = Array.from({ length: 57 }, (_, at): Example => ({
        id: `test-${at}`,
        question: "x".repeat((at * 37) % 101),
        gold: "1",
        strata: {},
      }));
      const part = (index: number) =>
        Effect.gen(function* () {
          const shard = yield* shardOf(Stream.fromIterable(examples), { index, of: 4 });
          const chosen = [...yield* Stream.runCollect(shard.examples)];
          assert.equal(shard.places, chosen.map((example) => examples.indexOf(example)));
          assert.is(shard.total, 57);
          return shard.places;
        });
      const parts = yield* Effect.forEach([1, 2, 3, 4], part);
      assert.equal(yield* Effect.forEach([1, 2, 3, 4], part), parts);
      for (const places of parts) assert.equal(places, [...places].sort((a, b) => a - b));
      assert.equal(parts.flat().sort((a, b) => a - b), [...examples.keys()]);
      const loads = parts.map((places) =>
        places.reduce((sum, at) => sum + examples[at]!.question.length, 0)
      );
      assert.ok(Math.max(...loads) - Math.min(...loads) < 101, `${loads}`);
    })
  ),
);

test(
  "shardOf() refuses a shard that would be empty",
  effectTest(() =>
    Effect.gen(function* () {
      const one = Stream.make<[Example]>({ id: "a", question: "?", gold: "1", strata: {} });
      const error = yield* Effect.flip(shardOf(one, { index: 2, of: 2 }));
      assert.match(error.message, /shard 2\/2 as the dataset has 1 example$/);
    })
  ),
);

test("parseShard() reads i/n and refuses what is none", () => {
  assert.equal(parseShard("2/8"), Either.right({ index: 2, of: 8 }));
  for (const text of ["0/8", "9/8", "1", "1/0", "-1/2", "1.5/2", "1/2/3", "a/b", "", "1/10001"]) {
    const read = parseShard(text);
    assert.ok(Either.isLeft(read), text);
    assert.match(read.left.message, /it must be i\/n/);
  }
});

test.run();
