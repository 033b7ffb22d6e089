import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DecodingContext } from "../../../lib/model/engine/decoding.ts";
import type { Program } from "../../../lib/model/engine/graph_runner.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { Graph, Op } from "../../../lib/onnx/mod.ts";
import { OutOfMemory, type Tensor } from "../../../lib/runtime/mod.ts";
import { effectTest } from "../../support.ts";
import { contextOf, engineOf, request, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";
import { failure } from "../support.ts";

/** A side of a square that no machine's memory holds: 360 GB. */
const SIDE = 300_000;

/** A graph whose run ONNX Runtime has to give up for lack of memory. */
const HUGE: Program = {
  key: "huge",
  kind: "read",
  build: () => {
    const sum = Op.add(Graph.input("a", "f32", [SIDE, 1]), Graph.input("b", "f32", [1, SIDE]));
    return { outputs: { y: Op.reduceSum(sum, [0, 1]) } };
  },
};
const side = (shape: readonly number[]): Tensor => ({
  dtype: "f32",
  shape,
  data: new Float32Array(SIDE),
});
const FEEDS = { a: side([SIDE, 1]), b: side([1, SIDE]) };

/** A context in which memory is short for batches of more rows than these. */
const shortFor = (context: DecodingContext, rows: number, seen: number[]): DecodingContext => ({
  ...context,
  runner: {
    ...context.runner,
    runKeeping: (program, feeds) => {
      const batch = feeds["ids"]?.shape[0] ?? 1;
      if (program.kind === "decode") seen.push(batch);
      return program.kind === "decode" && batch > rows
        ? context.runner.runKeeping(HUGE, FEEDS)
        : context.runner.runKeeping(program, feeds);
    },
  },
});

const REQUESTS = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => request(someIds(6 + seed, seed), 12));

test(
  "makeLocalEngine() takes a smaller batch where memory does not suffice, with the same answers",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const all = { concurrency: "unbounded" } as const;
      const expected = yield* Effect.forEach(REQUESTS, (yield* engineOf(directory)).generate, all);
      const seen: number[] = [];
      const context = shortFor(yield* contextOf(directory), 2, seen);
      const engine = yield* makeLocalEngine(context, 8);
      assert.equal(yield* Effect.forEach(REQUESTS, engine.generate, all), expected);
      const tooLarge = seen.filter((batch) => batch > 2).length;
      assert.ok(tooLarge >= 1 && tooLarge <= 3, `${tooLarge} batches did not fit`);
      assert.ok(seen.slice(seen.findLastIndex((batch) => batch > 2)).length > 20);
    })
  ),
);

test(
  "makeLocalEngine() says so where memory does not suffice for one example",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const engine = yield* makeLocalEngine(shortFor(yield* contextOf(directory), 0, []), 4);
      const error = yield* failure(engine.generate(REQUESTS[0]!));
      assert.match(
        error.message,
        /^Cannot answer as there is not enough memory for one example: .*Failed to allocate memory/,
      );
      assert.instance(error.cause, OutOfMemory);
    })
  ),
);

test.run();
