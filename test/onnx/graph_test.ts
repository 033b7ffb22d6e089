import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op, topologicalOrder, type Value, verify } from "../../lib/onnx/mod.ts";

test("topologicalOrder() puts each node once, after those it depends on", () => {
  const x = Graph.input("x", "f32", [2]);
  const a = Op.exp(x);
  const b = Op.add(a, a);
  const c = Op.mul(b, a);
  const order = topologicalOrder([c, b, x]);
  assert.equal(order.map(({ op }) => op), ["Exp", "Add", "Mul"]);
  const place = new Map(order.map((node, index) => [node, index]));
  for (const node of order) {
    for (const operand of node.inputs) {
      const before = Graph.producer(operand);
      if (before) assert.ok(place.get(before)! < place.get(node)!);
    }
  }
});

test("topologicalOrder() walks a chain of 20,000 nodes without running out of stack", () => {
  let x: Value = Graph.input("x", "f32", [1]);
  for (let i = 0; i < 20_000; i++) x = Op.neg(x);
  assert.is(topologicalOrder([x]).length, 20_000);
  verify({ outputs: { y: x } });
});

test("topologicalOrder() takes time in proportion to the nodes where paths are many", () => {
  let x: Value = Graph.input("x", "f32", [1]);
  for (let i = 0; i < 64; i++) x = Op.add(x, x); // 2^64 paths
  assert.is(topologicalOrder([x]).length, 64);
});

test("leaves() gives what is read, once and in the order of reading", () => {
  const [x, y, unread] = ["x", "y", "unread"].map((name) => Graph.input(name, "f32", [2]));
  const two = Graph.constant(2);
  const sum = Op.add(Op.mul(y!, two), Op.mul(x!, two));
  assert.equal(Graph.leaves({ outputs: { sum } }), [y, two, x]);
  assert.equal(Graph.leaves({ outputs: { sum, unread: unread! } }), [y, two, x, unread]);
});

test("constant() is typed by its elements", () => {
  assert.is(Graph.constant(1).dtype, "f32");
  assert.equal(Graph.constant(1).shape, []);
  assert.is(Graph.constantInt64([1, 2]).dtype, "i64");
  assert.equal(Graph.constantInt64([1, 2]).shape, [2]);
  assert.is(Graph.constant(new Uint8Array(2), [2]).dtype, "u8");
});

test.run();
