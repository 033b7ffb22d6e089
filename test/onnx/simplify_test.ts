import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op, simplify, topologicalOrder, type Value } from "../../lib/onnx/mod.ts";
import { effectTest } from "../support.ts";
import { Effect } from "effect";
import { evaluate, f32 } from "./support.ts";

const x = Graph.input("x", "f32", [2, 1, 3]);
const operators = (y: Value) =>
  topologicalOrder(Object.values(simplify({ outputs: { y } }).outputs)).map(({ op }) => op);

test("simplify() makes one reshape of several in a row, and none where they end as they began", () => {
  assert.equal(operators(Op.reshape(Op.reshape(Op.reshape(x, [6]), [3, 2]), [6, 1])), ["Reshape"]);
  assert.equal(operators(Op.abs(Op.reshape(Op.reshape(x, [6]), [2, 1, 3]))), ["Abs"]);
});

test("simplify() reshapes instead of moving axes of size 1, and moves others", () => {
  assert.equal(operators(Op.transpose(x, [1, 0, 2])), ["Reshape"]);
  assert.equal(operators(Op.abs(Op.transpose(x, [0, 1, 2]))), ["Abs"]);
  assert.equal(operators(Op.transpose(x, [2, 1, 0])), ["Transpose"]);
});

test("simplify() drops what gives its input: a whole slice, a concatenation of one, an expansion to the same shape", () => {
  assert.equal(operators(Op.abs(Op.slice(x, 2, 0, 3))), ["Abs"]);
  assert.equal(operators(Op.slice(x, 2, 0, 2)), ["Slice"]);
  assert.equal(operators(Op.abs(Op.concat([x], 1))), ["Abs"]);
  assert.equal(operators(Op.concat([x, x], 1)), ["Concat"]);
  assert.equal(operators(Op.abs(Op.expand(x, [2, 1, 3]))), ["Abs"]);
  assert.equal(operators(Op.expand(x, [2, 4, 3])), ["Expand"]);
});

test(
  "simplify() keeps outputs, their shapes and every bit",
  effectTest(() =>
    Effect.scoped(Effect.gen(function* () {
      const rows = Op.reshape(Op.transpose(x, [1, 0, 2]), [2, 3]);
      const graph = {
        outputs: {
          same: Op.reshape(Op.reshape(x, [6]), [2, 1, 3]),
          softmax: Op.softmax(rows),
          turned: Op.transpose(rows, [1, 0]),
        },
      };
      const feeds = { x: f32([0.5, -1, 2, 3, 0.25, -7], [2, 1, 3]) };
      const before = yield* evaluate(graph, feeds);
      assert.equal(yield* evaluate(simplify(graph), feeds), before);
      assert.is(topologicalOrder(Object.values(simplify(graph).outputs)).length, 3);
    }))
  ),
);

test.run();
