import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  encode,
  formatType,
  Graph,
  minus,
  Op,
  plus,
  print,
  type Size,
  times,
} from "../../lib/onnx/mod.ts";

test("plus(), minus() and times() write equal sizes in one way", () => {
  assert.is(plus("tokens", plus(1, "cache")), "cache+tokens+1");
  assert.is(times(plus("tokens", 1), "batch"), "batch*tokens+batch");
  assert.is(times("tokens", "batch"), times("batch", "tokens"));
  assert.is(minus(plus("cache", 3), "cache"), 3);
  assert.is(minus("cache", plus("cache", 3)), -3);
});

/** An expression of sizes and its value where each name is a number. */
const expressions = fc.letrec<{ all: readonly [Size, number] }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -3, max: 9 }).map((n) => [n, n] as const),
    fc.constantFrom(["batch", 7] as const, ["cache", 11] as const, ["tokens", 13] as const),
    fc.tuple(
      fc.constantFrom(
        [plus, (a: number, b: number) => a + b] as const,
        [minus, (a: number, b: number) => a - b] as const,
        [times, (a: number, b: number) => a * b] as const,
      ),
      tie("all"),
      tie("all"),
    ).map(([[ofSizes, ofNumbers], [a, x], [b, y]]) => [ofSizes(a, b), ofNumbers(x, y)] as const),
  ),
})).all;

test("a size has the value that its names give it", () => {
  fc.assert(fc.property(expressions, ([size, value]) => {
    const text = String(size).replaceAll("batch", "7")
      .replaceAll("cache", "11").replaceAll("tokens", "13");
    assert.is(Number(new Function(`return ${text.replaceAll("--", "+")}`)()) + 0, value + 0);
  }));
});

test("print() and encode() show named sizes", () => {
  const past = Graph.input("past", "f32", ["batch", 1, "cache"]);
  const all = Op.concat([past, Graph.input("own", "f32", ["batch", 1, 1])], -1);
  assert.is(formatType(all), "f32[batch,1,cache+1]");
  assert.match(print({ outputs: { all } }), "input past: f32[batch,1,cache]");
  assert.ok(new TextDecoder().decode(encode({ outputs: { all } })).includes("cache+1"));
});

test("encode() refuses a list with a size that no input of the graph has", () => {
  const flat = Op.reshape(Graph.input("x", "f32", ["batch", "tokens"]), [times("batch", "tokens")]);
  assert.ok(encode({ outputs: { flat } }).length > 0);
  assert.throws(
    () => encode({ outputs: { y: Op.expand(Graph.constant(0), flat.shape) } }),
    /no input has the size batch\*tokens/,
  );
});

test("slice() refuses a range that ends before it begins for all large sizes", () => {
  const x = Graph.input("x", "f32", ["tokens"]);
  assert.is(formatType(Op.slice(x, 0, 1, "tokens")), "f32[tokens-1]");
  assert.throws(() => Op.slice(x, 0, "tokens", 1), /outside of axis 0/);
  assert.throws(() => Op.slice(x, 0, 0, plus("tokens", 1)), /outside of axis 0/);
});

test.run();
