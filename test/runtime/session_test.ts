import { Effect, Exit, Scope } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { assertClose, f32, numbers } from "../onnx/support.ts";
import { effectTest } from "../support.ts";

const x = Graph.input("x", "f32", [2]);
const y = Graph.input("y", "f32", [2]);
const sum: Graph.Graph = { outputs: { sum: Op.add(x, y) } };

/** The one clear line with which a run of `sum` fails. */
const failure = (feeds: Readonly<Record<string, Session.Tensor>>) =>
  Effect.gen(function* () {
    const session = yield* Session.make(sum);
    const error = yield* Effect.flip(session.run(feeds));
    assert.instance(error, Session.SessionError);
    assert.is((error as Session.SessionError).action, "run");
    assert.is(error.message, `Cannot run an ONNX Runtime session: ${error.reason}`);
    assert.not.match(error.message, /\n|\.cc|\.js:/);
    return error.reason;
  });

test(
  "make() gives a session that names its inputs and runs again and again",
  effectTest(() =>
    Effect.gen(function* () {
      const session = yield* Session.make(sum);
      assert.equal(session.inputs, ["x", "y"]);
      assert.equal(yield* session.run({ x: f32([1, 2]), y: f32([3, 4]) }), { sum: f32([4, 6]) });
      assert.equal(yield* session.run({ x: f32([1, 2]), y: f32([0, 0]) }), { sum: f32([1, 2]) });
    })
  ),
);

test(
  "run() carries every dtype both ways",
  effectTest(() =>
    Effect.gen(function* () {
      const feeds: Record<string, Session.Tensor> = {
        f: { dtype: "f32", shape: [2], data: Float32Array.of(-1.5, Infinity) },
        i: { dtype: "i64", shape: [2, 1], data: BigInt64Array.of(-(2n ** 62n), 3n) },
        b: { dtype: "bool", shape: [1, 2], data: Uint8Array.of(0, 1) },
        u: { dtype: "u8", shape: [], data: Uint8Array.of(255) },
      };
      const outputs = Object.fromEntries(
        Object.entries(feeds).map((
          [name, { dtype, shape }],
        ) => [`${name}2`, Graph.input(name, dtype, shape)]),
      );
      const session = yield* Session.make({ outputs });
      const results = yield* session.run(feeds);
      for (const [name, tensor] of Object.entries(feeds)) assert.equal(results[`${name}2`], tensor);
    })
  ),
);

test(
  "run() reads what it is fed in place: 128 MB cost no time, a view stays within itself, nothing is changed",
  effectTest(() =>
    Effect.gen(function* () {
      const length = 2 ** 25;
      const large = Graph.input("large", "f32", [length]);
      const session = yield* Session.make({ outputs: { head: Op.slice(large, 0, 0, 2) } });
      const whole = new Float32Array(length + 1).fill(3);
      const data = whole.subarray(1);
      data[0] = 7;
      const times: number[] = [];
      for (let i = 0; i < 9; i++) {
        const before = performance.now();
        const { head } = yield* session.run({ large: { dtype: "f32", shape: [length], data } });
        times.push(performance.now() - before);
        assert.equal(head!.data, Float32Array.of(7, 3));
        // what came out is the caller's own
        head!.data[0] = 1;
        assert.is(data[0], 7);
      }
      // a copy of 128 MB takes 25 ms and more
      assert.ok(Math.min(...times) < 5, `the quickest of ${times.map((ms) => ms.toFixed(1))} ms`);
    })
  ),
);

test(
  "run() sees what the caller wrote into a fed array since the last run",
  effectTest(() =>
    Effect.gen(function* () {
      const session = yield* Session.make(sum);
      const cache = Float32Array.of(1, 2);
      const feeds = { x: { dtype: "f32", shape: [2], data: cache } as const, y: f32([0, 0]) };
      yield* session.run(feeds);
      cache[1] = 5;
      assert.equal(yield* session.run(feeds), { sum: f32([1, 5]) });
      assert.equal(cache, Float32Array.of(1, 5));
    })
  ),
);

test(
  "run() names a missing feed",
  effectTest(() =>
    Effect.map(
      failure({ x: f32([1, 2]) }),
      (reason) => assert.is(reason, "input 'y' must be f32[2]: it is missing"),
    )
  ),
);

test(
  "run() names a feed of the wrong shape, and both shapes",
  effectTest(() =>
    Effect.gen(function* () {
      const length = yield* failure({ x: f32([1, 2]), y: f32([1, 2, 3]) });
      assert.is(length, "input 'y' must be f32[2]: found f32[3]");
      const rank = yield* failure({ x: f32([1, 2]), y: { ...f32([1, 2]), shape: [2, 1] } });
      assert.is(rank, "input 'y' must be f32[2]: found f32[2,1]");
    })
  ),
);

test(
  "run() names a feed of the wrong dtype, and both dtypes",
  effectTest(() =>
    Effect.gen(function* () {
      const ids = { dtype: "i64", shape: [2], data: BigInt64Array.of(1n, 2n) } as const;
      const reason = yield* failure({ x: f32([1, 2]), y: ids });
      assert.is(reason, "input 'y' must be f32[2]: found i64[2]");
    })
  ),
);

test(
  "run() refuses data that does not fill its shape",
  effectTest(() =>
    Effect.map(
      failure({ x: f32([1, 2]), y: { ...f32([1, 2, 3]), shape: [2] } }),
      (reason) => assert.is(reason, "input 'y' is f32[2]: found 3 elements"),
    )
  ),
);

test(
  "run() tells what an operator refuses, and the session lives on",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = Op.gather(x, Graph.input("ids", "i64", [1]));
      const session = yield* Session.make({ outputs: { rows } });
      const ids = (
        id: bigint,
      ) => ({ dtype: "i64", shape: [1], data: BigInt64Array.of(id) } as const);
      const error = yield* Effect.flip(session.run({ x: f32([1, 2]), ids: ids(9n) }));
      assert.match(error.message, /'Gather_0'.*idx=9 must be within the inclusive range \[-2,1\]$/);
      assert.not.match(error.message, /\n|\.cc/);
      assert.equal(yield* session.run({ x: f32([1, 2]), ids: ids(1n) }), { rows: f32([2]) });
    })
  ),
);

test(
  "make() fails with the graph's own error",
  effectTest(() =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Session.make({ outputs: {} }));
      assert.is((error as Session.SessionError).action, "create");
      assert.is(
        error.message,
        "Cannot create an ONNX Runtime session: Cannot build Graph as it has no outputs",
      );
    })
  ),
);

test(
  "make() names the file that an external tensor should be in",
  effectTest(() =>
    Effect.gen(function* () {
      const weight = Graph.external("w", { dtype: "f32", shape: [2] }, {
        location: "absent.safetensors",
        offset: 0,
        length: 8,
      });
      const graph = { outputs: { y: Op.add(x, weight) } };
      const error = yield* Effect.flip(Session.make(graph, { folder: import.meta.dirname! }));
      assert.is((error as Session.SessionError).action, "create");
      assert.match(error.message, /absent\.safetensors/);
      assert.not.match(error.message, /\n/);
    })
  ),
);

test(
  "make() releases the session with its scope",
  effectTest(() =>
    Effect.gen(function* () {
      const scope = yield* Scope.make();
      const session = yield* Scope.extend(Session.make(sum), scope);
      yield* session.run({ x: f32([1, 2]), y: f32([3, 4]) });
      yield* Scope.close(scope, Exit.void);
      const error = yield* Effect.flip(session.run({ x: f32([1, 2]), y: f32([3, 4]) }));
      assert.instance(error, Session.SessionError);
      assert.is((error as Session.SessionError).action, "run");
    })
  ),
);

test(
  "make() computes the same at every option; 'threads', 'prepack' and 'optimization' are about speed",
  effectTest(() =>
    Effect.gen(function* () {
      const [rows, inner, columns] = [8, 64, 96];
      const wave = (length: number, step: number) =>
        Float32Array.from({ length }, (_, i) => Math.sin(i * step));
      const [a, w] = [wave(rows * inner, 0.7), wave(inner * columns, 0.3)];
      const product = Op.matMul(
        Graph.input("a", "f32", [rows, inner]),
        Graph.constant(w, [inner, columns]),
      );
      const graph = { outputs: { y: Op.softmax(product) } };
      const feeds = { a: { dtype: "f32", shape: [rows, inner], data: a } as const };
      const options: readonly Session.SessionOptions[] = [
        {},
        { threads: 2 },
        { prepack: false },
        { optimization: "disabled" },
        { optimization: "basic", threads: 2, prepack: false },
        { optimization: "extended" },
      ];
      const first = (yield* (yield* Session.make(graph)).run(feeds))["y"]!;
      for (const option of options) {
        const { y } = yield* (yield* Session.make(graph, option)).run(feeds);
        assertClose(numbers(y!), numbers(first), 1e-5, JSON.stringify(option));
      }
    })
  ),
);

test.run();
