import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gradient, type GradientError } from "../../lib/autodiff/mod.ts";
import { Graph, Op, print, topologicalOrder, type Value } from "../../lib/onnx/mod.ts";
import { evaluate, f32, i64 } from "../onnx/support.ts";
import { effectTest } from "../support.ts";

const x = Graph.input("x", "f32", [2, 3]);
const feed = f32([1, -2, 3, 0.5, 4, -1], [2, 3]);

const sumAll = (y: Value): Value => Op.reduceSum(y, y.shape.map((_, axis) => axis));
const opsOf = (...values: readonly Value[]) => topologicalOrder(values).map(({ op }) => op).sort();

/** Elements of the gradients of a loss, in a real session. */
const evaluateGradients = (loss: Value, targets: readonly Value[], feeds = { x: feed }) => {
  const outputs = Object.fromEntries(gradient(loss, targets).map((d, i) => [`d${i}`, d]));
  return Effect.map(
    evaluate({ outputs }, feeds),
    (results) => targets.map((_, i) => [...results[`d${i}`]!.data]),
  );
};

function refuses(build: () => unknown, message: string, op?: string): void {
  assert.throws(build, (error: GradientError) => {
    assert.is(error._tag, "GradientError");
    assert.is(error.message, message);
    if (op !== undefined) assert.is(error.op, op);
    return true;
  });
}

test("gradient() refuses a loss that is no f32 scalar", () => {
  refuses(
    () => gradient(x, [x]),
    "Cannot differentiate the loss as it must be a scalar f32[]: found f32[2,3]",
  );
  refuses(
    () => gradient(Graph.input("n", "i64", []), [x]),
    "Cannot differentiate the loss as it must be a scalar f32[]: found i64[]",
  );
});

test("gradient() refuses a target that is not f32", () => {
  refuses(
    () => gradient(sumAll(x), [x, Graph.input("ids", "i64", [4])]),
    "Cannot differentiate with respect to a target as it must be f32: found i64[4]",
  );
});

test("gradient() names the operator without a gradient that lies between a target and the loss", () => {
  refuses(
    () => gradient(sumAll(Op.mul(x, Op.sign(x))), [x]),
    "Cannot differentiate Sign as it is not differentiable",
    "Sign",
  );
  refuses(
    () => gradient(sumAll(Op.cast(Op.argMax(x, 1), "f32")), [x]),
    "Cannot differentiate Cast as it is not differentiable",
    "Cast",
  );
  const angle = Graph.input("angle", "f32", [1, 2, 1]);
  const rotated = Op.rotaryEmbedding(Graph.input("q", "f32", [1, 2, 2]), angle, angle, 1);
  refuses(
    () => gradient(sumAll(rotated), [angle]),
    "Cannot differentiate RotaryEmbedding as it has no rule for cos and sin",
    "RotaryEmbedding",
  );
});

test("gradient() passes by an operator without a gradient that the target does not go through", () => {
  const y = Graph.input("y", "f32", [2, 3]);
  const [dx] = gradient(sumAll(Op.mul(x, Op.sign(y))), [x]);
  assert.equal(dx!.shape, [2, 3]);
});

test("gradient() takes conditions and indices as given", () => {
  const chosen = Op.where(Op.less(x, Graph.constant(0)), Op.neg(x), x);
  const best = Op.gatherElements(chosen, Op.reshape(Op.argMax(chosen, 1), [2, 1]), 1);
  assert.equal(gradient(sumAll(best), [x])[0]!.shape, [2, 3]);
});

test(
  "gradient() is zero, in the target's shape, where the loss does not depend on a target",
  effectTest(() =>
    Effect.gen(function* () {
      const unused = Graph.input("unused", "f32", [2, 2]);
      const beside = Op.exp(x);
      const [dx, none, besides] = yield* evaluateGradients(sumAll(x), [x, unused, beside]);
      assert.equal(dx, [1, 1, 1, 1, 1, 1]);
      assert.equal(none, [0, 0, 0, 0]);
      assert.equal(besides, [0, 0, 0, 0, 0, 0]);
    })
  ),
);

test(
  "gradient() of a loss for itself is 1, and does not hide what lies behind it",
  effectTest(() =>
    Effect.gen(function* () {
      const loss = sumAll(Op.mul(x, x));
      const [own, dx] = yield* evaluateGradients(loss, [loss, x]);
      assert.equal(own, [1]);
      assert.equal(dx, [2, -4, 6, 1, 8, -2]);
      const scalar = Graph.input("scalar", "f32", []);
      assert.equal(gradient(scalar, [scalar])[0]!.shape, []);
    })
  ),
);

test(
  "gradient() sums over all uses of a value",
  effectTest(() =>
    Effect.gen(function* () {
      // x in four places: d/dx (x + x x + 3 x) = 4 + 2 x
      const y = Op.add(Op.add(x, Op.mul(x, x)), Op.mul(Graph.constant(3), x));
      const [dx] = yield* evaluateGradients(sumAll(y), [x]);
      assert.equal(dx, [6, 0, 10, 5, 12, 2]);
    })
  ),
);

test(
  "gradient() sums over broadcast axes",
  effectTest(() =>
    Effect.gen(function* () {
      const row = Graph.input("row", "f32", [3]);
      const column = Graph.input("column", "f32", [2, 1]);
      const scalar = Graph.input("scalar", "f32", []);
      const y = Op.mul(Op.mul(Op.mul(x, row), column), scalar);
      const feeds = {
        x: feed,
        row: f32([1, 2, 3]),
        column: f32([1, -1], [2, 1]),
        scalar: f32([2], []),
      };
      const gradients = yield* evaluateGradients(sumAll(y), [row, column, scalar], feeds);
      assert.equal(gradients, [[1, -12, 8], [12, 11], [0.5]]);
    })
  ),
);

test(
  "gradient() is for intermediate values too, with and without what they are computed from",
  effectTest(() =>
    Effect.gen(function* () {
      const middle = Op.mul(x, Graph.constant(2));
      const loss = sumAll(Op.mul(middle, middle));
      const [alone] = yield* evaluateGradients(loss, [middle]);
      assert.equal(alone, [4, -8, 12, 2, 16, -4]);
      const [together, dx] = yield* evaluateGradients(loss, [middle, x]);
      assert.equal(together, alone);
      assert.equal(dx, [8, -16, 24, 4, 32, -8]);
    })
  ),
);

test("gradient() gives a target named twice its gradient twice, and no target none", () => {
  const loss = sumAll(Op.exp(x));
  const [first, second] = gradient(loss, [x, x]);
  assert.is(first, second);
  assert.equal(gradient(loss, []), []);
});

test("gradient() stops at its targets: what lies before them gets no nodes", () => {
  const middle = Op.exp(Op.sqrt(x));
  const [d] = gradient(sumAll(Op.mul(middle, Graph.constant(2))), [middle]);
  // the chain before `middle` is not even read, as the gradient does not depend on it
  assert.equal(opsOf(d!), ["Expand", "Mul", "Reshape"]);
});

test("gradient() does not ask for a rule of the operator that computes a target", () => {
  const middle = Op.cast(Op.argMax(x, 1), "f32");
  assert.equal(gradient(sumAll(Op.exp(middle)), [middle])[0]!.shape, [2]);
});

test("gradient() gives frozen weights no nodes", () => {
  const weight = (name: string) => Graph.input(name, "f32", [3, 3]);
  const [frozen, trained] = [weight("frozen"), weight("trained")];
  const loss = (hidden: Value) => sumAll(Op.matMul(Op.sigmoid(hidden), trained));
  const forward = loss(Op.matMul(x, frozen));
  const [dTrained] = gradient(forward, [trained]);
  // forward up to the operand, dY, and one product; nothing for `frozen` or `x`
  assert.equal(opsOf(dTrained!), ["Expand", "MatMul", "MatMul", "Reshape", "Sigmoid"]);
  const both = gradient(forward, [trained, frozen]);
  const input = gradient(forward, [trained, x]);
  const products = (values: readonly Value[]) => opsOf(...values).filter((op) => op === "MatMul");
  assert.is(products(both).length, 4);
  assert.is(products(input).length, 4);
  assert.is(products(gradient(forward, [trained, frozen, x])).length, 5);
});

test("gradient() builds nothing for an operand that is not asked for", () => {
  const y = Graph.input("y", "f32", [2, 3]);
  const [dx] = gradient(sumAll(Op.div(x, y)), [x]);
  assert.is(
    print({ outputs: { dx: dx! } }),
    `constant const_0: f32[]
input y: f32[2,3]
Reshape_0 = Reshape(const_0) shape=[1,1]: f32[1,1]
Expand_1 = Expand(Reshape_0) shape=[2,3]: f32[2,3]
Div_2 = Div(Expand_1, y): f32[2,3]
output dx = Div_2`,
  );
});

test(
  "gradient() walks a chain of 20,000 nodes without running out of stack",
  effectTest(() =>
    Effect.gen(function* () {
      let y: Value = x;
      for (let i = 0; i < 20_000; i++) y = Op.neg(y);
      assert.is(topologicalOrder(gradient(sumAll(y), [x])).length, 20_002);
      // the same in a session, of a length that is made quickly
      let short: Value = x;
      for (let i = 0; i < 1001; i++) short = Op.neg(short);
      const [dx] = yield* evaluateGradients(sumAll(short), [x]);
      assert.equal(dx, [-1, -1, -1, -1, -1, -1]);
    })
  ),
);

test(
  "gradient() can be differentiated again",
  effectTest(() =>
    Effect.gen(function* () {
      const cube = Op.mul(Op.mul(x, x), x);
      const [first] = gradient(sumAll(cube), [x]);
      const [second] = yield* evaluateGradients(sumAll(first!), [x]);
      assert.equal(second, [6, -12, 18, 3, 24, -6]);
    })
  ),
);

test(
  "gradient() adds rows that are read twice",
  effectTest(() =>
    Effect.gen(function* () {
      const ids = Graph.input("ids", "i64", [2, 2]);
      const rows = Op.mul(Op.gather(x, ids), Graph.constant(Float32Array.of(1, 2, 4), [3]));
      const outputs = { d: gradient(sumAll(rows), [x])[0]! };
      const results = yield* evaluate({ outputs }, { x: feed, ids: i64([1, 0, 1, 1], [2, 2]) });
      assert.equal([...results["d"]!.data], [1, 2, 4, 3, 6, 12]);
    })
  ),
);

test.run();
