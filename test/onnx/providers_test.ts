import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  composed,
  compositions,
  feedChecks,
  Graph,
  Op,
  print,
  type Value,
} from "../../lib/onnx/mod.ts";
import { producer } from "../../lib/onnx/graph.ts";
import { effectTest } from "../support.ts";
import { assertClose, evaluate, f32, i64, numbers } from "./support.ts";

/** What the composed graph gives on the CPU is what the graph itself gives, and the operator is not in it. */
const same = (
  outputs: Readonly<Record<string, Value>>,
  feeds: Parameters<typeof evaluate>[1],
  without: RegExp,
) =>
  effectTest(() =>
    Effect.gen(function* () {
      const graph = { outputs };
      const other = composed(graph, "webgpu");
      assert.not.match(print(other), without);
      const [wanted, found] = [yield* evaluate(graph, feeds), yield* evaluate(other, feeds)];
      for (const [name, tensor] of Object.entries(wanted)) {
        assertClose(numbers(found[name]!), numbers(tensor), 1e-6, name);
      }
    })
  );

const wave = (count: number, f: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(f * i + 1));
const a = Graph.input("a", "f32", [2, 3, 4]);
const b = Graph.input("b", "f32", [5, 4]);
const products = { a: f32(wave(24, 0.7), [2, 3, 4]), b: f32(wave(20, 1.1), [5, 4]) };

test("composed() leaves a graph for the CPU as it is", () => {
  const graph = { outputs: { y: Op.matMul(a, b, { transB: true, alpha: 2 }) } };
  assert.is(composed(graph, "cpu"), graph);
  assert.equal(compositions.cpu, {});
});

test(
  "MatMul is composed of Transpose, Mul and MatMul, and of zeros over an empty axis",
  same(
    {
      scores: Op.matMul(a, b, { transB: true, alpha: 0.5 }),
      turned: Op.matMul(Op.transpose(b, [1, 0]), b, { transA: true, transB: true }),
      none: Op.matMul(Op.slice(a, 2, 0, 0), Op.slice(b, 1, 0, 0), { transB: true }),
    },
    products,
    /transA|transB|alpha/,
  ),
);

test(
  "SimplifiedLayerNormalization gives 1 / rms by ordinary operators",
  effectTest(() =>
    Effect.gen(function* () {
      const scale = Graph.constant(f32([1, 2, 3, 4]).data, [4]);
      const [y, r] = producer(Op.rmsNorm(a, scale, 1e-5))!.outputs;
      const graph = { outputs: { y: y!, r: r! } };
      const [wanted, found] = [
        yield* evaluate(graph, products),
        yield* evaluate(composed(graph, "webgpu"), products),
      ];
      for (const name of ["y", "r"]) {
        assertClose(numbers(found[name]!), numbers(wanted[name]!), 1e-6, name);
      }
      // a gradient reads the second output: it is no longer that of the norm
      const { source } = composed(graph, "webgpu").outputs["r"]!;
      assert.is(source.kind === "node" && source.node.op, "Div");
    })
  ),
);

const logits = Graph.input("logits", "f32", [3, 5]);
const labels = Graph.input("labels", "i64", [3]);
const loss = Op.softmaxCrossEntropyLoss(logits, labels);

test(
  "SoftmaxCrossEntropyLoss is composed of ordinary operators",
  same(
    { loss: loss.negativeLogLikelihood, all: loss.logProbabilities },
    { logits: f32(wave(15, 3).map((x) => 40 * x), [3, 5]), labels: i64([4, 0, 2]) },
    /SoftmaxCrossEntropyLoss/,
  ),
);

const byte = Graph.input("byte", "u8", []);

test(
  "Expand repeats a scalar of dtype u8 as one of f32",
  same(
    { y: Op.expand(byte, [2, 3]) },
    { byte: { dtype: "u8", shape: [], data: Uint8Array.of(200) } },
    /Expand\(byte/,
  ),
);

const rows = Graph.input("rows", "f32", [3, 8]);

test(
  "QuantizedMatMul multiplies what the bits stand for",
  same(
    {
      y: Op.quantizedMatMul(
        Op.quantizeRows(rows),
        Graph.constant(Int8Array.from(wave(16, 2).map((x) => 127 * x)), [8, 2]),
        Graph.constant(Float32Array.of(0.5, 2), [2]),
      ),
    },
    { rows: f32(wave(24, 0.9), [3, 8]) },
    /QuantizedMatMul/,
  ),
);

test("each row of the table names a test of this file", () => {
  const titles = Object.values(compositions.webgpu).map((row) => row!.case).sort();
  assert.equal(titles, [
    "Expand repeats a scalar of dtype u8 as one of f32",
    "MatMul is composed of Transpose, Mul and MatMul, and of zeros over an empty axis",
    "QuantizedMatMul multiplies what the bits stand for",
    "SimplifiedLayerNormalization gives 1 / rms by ordinary operators",
    "SoftmaxCrossEntropyLoss is composed of ordinary operators",
  ]);
});

test("feedChecks() finds indices out of range, through reshapes and of open sizes, and empty products", () => {
  const table = Graph.input("table", "f32", ["r", 2]);
  const ids = Graph.input("ids", "i64", [2]);
  const picked = Op.gather(table, Op.reshape(ids, [2, 1]));
  const fault = feedChecks({ outputs: { picked, loss: loss.negativeLogLikelihood } });
  const feeds = {
    table: f32(wave(6, 1), [3, 2]),
    ids: i64([-3, 2]),
    logits: f32(wave(15, 1), [3, 5]),
    labels: i64([4, 0, 2]),
  };
  assert.is(fault(feeds), undefined);
  assert.is(
    fault({ ...feeds, ids: i64([0, 3]) }),
    "Gather reads index 3 of 3, at element 1 of 'ids'",
  );
  assert.is(
    fault({ ...feeds, ids: i64([-4, 0]) }),
    "Gather reads index -4 of 3, at element 0 of 'ids'",
  );
  assert.match(fault({ ...feeds, labels: i64([5, 0, 0]) })!, /reads index 5 of 5/);
  const left = Graph.input("left", "f32", [2, "k"]);
  const right = Graph.input("right", "f32", ["k", 3]);
  const empty = feedChecks({ outputs: { y: Op.matMul(left, right) } });
  assert.is(empty({ left: f32([1, 2], [2, 1]), right: f32([1, 2, 3], [1, 3]) }), undefined);
  assert.is(
    empty({ left: f32([], [2, 0]), right: f32([], [0, 3]) }),
    "it multiplies matrices over no elements: k is 0",
  );
});

test.run();
