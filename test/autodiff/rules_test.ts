import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gradient, rules } from "../../lib/autodiff/mod.ts";
import { Graph, Op, type OpName, opTable, sizeOf, type Value } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { canInt8 } from "../model/int8_support.ts";
import { everyProduct } from "../onnx/cases/neural.ts";
import { assertClose, evaluate, f32, LEVELS, numbers, operand, property } from "../onnx/support.ts";
import { effectTest } from "../support.ts";
import { centralDifferences, project } from "./central_differences.ts";
import {
  differentiable,
  type GradientCase,
  gradientCases,
  gradientOutputs,
  STRAIGHT_THROUGH,
  sumAll,
} from "./gradient_cases.ts";

const check = (op: OpName) => (drawn: GradientCase) =>
  Effect.gen(function* () {
    const { of: { inputs, build }, weights, used, targets } = drawn;
    const feeds: Record<string, Session.Tensor> = {};
    inputs.forEach((tensor, i) => feeds[`x${i}`] = tensor);
    weights.forEach((tensor, i) => feeds[`w${i}`] = tensor);

    const values = inputs.map((tensor, i) => operand(`x${i}`, tensor, false));
    const forward = build(values);
    const session = yield* Session.make(
      { outputs: Object.fromEntries(used.map((i) => [`y${i}`, forward[i]!])) },
      { optimization: "disabled" },
    );
    const scalar = (outputs: Readonly<Record<string, Session.Tensor>>) =>
      used.reduce((sum, i) => sum + project(outputs[`y${i}`]!, weights[i]!), 0);

    const graph = { outputs: gradientOutputs(drawn) };
    for (const i of targets) {
      const wanted = yield* centralDifferences(
        session,
        Object.fromEntries(session.inputs.map((name) => [name, feeds[name]!])),
        `x${i}`,
        scalar,
      );
      for (const optimization of LEVELS) {
        const found = (yield* evaluate(graph, feeds, { optimization }))[`d${i}`]!;
        assertClose(numbers(found), wanted, 2e-4, `${op}, input ${i}, ${optimization}`);
      }
    }
  });

test("rules: every operator has a rule or is marked non-differentiable", () => {
  assert.equal(Object.keys(rules).sort(), Object.keys(opTable).sort());
  const marked = (Object.keys(rules) as OpName[]).filter((op) => !differentiable.includes(op));
  assert.equal(marked.sort(), ["ArgMax", "Cast", "Equal", "Less", "MatMulNBits", "Sign"]);
});

(canInt8 ? test : test.skip)(
  "a product of 8 bits has the gradient of the product of what the bits stand for, times c, but for rounding",
  effectTest(() =>
    Effect.gen(function* () {
      const [m, k, n] = [3, 40, 30];
      const wave = (length: number, f: number) =>
        Array.from({ length }, (_, i) => Math.sin(f * i * i));
      const w = Int8Array.from(wave(k * n, 1.3), (x) => Math.round(127 * x));
      const c = wave(n, 0.7).map((x) => 2 + x);
      const x = Graph.input("x", "f32", [m, k]);
      const dY = Graph.input("dY", "f32", [m, n]);
      for (const scales of [f32(c), f32([0.5], [])]) {
        const columns = Graph.constant(scales.data, scales.shape);
        const of = (y: Value) => gradient(sumAll(Op.mul(y, dY)), [x])[0]!;
        const exact = Op.mul(
          Graph.constant(Float32Array.from(w), [k, n]),
          columns,
        );
        const rows = Op.quantizeRows(x);
        const times = (of: Op.QuantizedRows, fineGradient: boolean) =>
          Op.quantizedMatMul(of, Graph.constant(w, [k, n]), columns, { fineGradient });
        const rest = Op.quantizeRows(Op.roundingRest(x, rows));
        const outputs = {
          found: of(times(rows, false)),
          fine: of(times(rows, true)),
          // the product of the rest adds nothing to the gradient
          twice: of(Op.add(times(rows, true), times(rest, true))),
          expected: of(Op.matMul(x, exact)),
        };
        const feeds = { x: f32(wave(m * k, 0.9), [m, k]), dY: f32(wave(m * n, 2.1), [m, n]) };
        const { found, fine, twice, expected } = yield* evaluate({ outputs }, feeds);
        assertClose(numbers(found!), numbers(expected!), 0.01, "gradient");
        assertClose(numbers(fine!), numbers(expected!), 1e-4, "rounded twice");
        assertClose(numbers(twice!), numbers(fine!), 0, "with the rest");
      }
    })
  ),
);

for (const op of differentiable.filter((op) => !STRAIGHT_THROUGH.includes(op))) {
  test(
    `${op}'s gradient is what central differences say`,
    property(gradientCases(op), 15, check(op)),
  );
}

test(
  "MatMul's gradient holds for every pair of stacks and transpositions",
  effectTest(() =>
    Effect.forEach(everyProduct, (of) => {
      const { shape } = of.expected(of.inputs.map(numbers))[0]!;
      const weights = f32(Array.from({ length: sizeOf(shape) }, (_, i) => i % 5 - 1.5), shape);
      return check("MatMul")({
        of,
        weights: [weights],
        used: [0],
        targets: [0, 1],
        constant: false,
      });
    })
  ),
);

test(
  "Min and Max give the gradient to the first of two equals, ReduceMax shares it",
  effectTest(() =>
    Effect.gen(function* () {
      const [a, b] = [Graph.input("a", "f32", [2]), Graph.input("b", "f32", [2])];
      const feeds = { a: f32([1, 1]), b: f32([1, 2]) };
      const of = (y: Value) => gradient(sumAll(y), [a, b]);
      const [[minA, minB], [maxA, maxB]] = [of(Op.min(a, b)), of(Op.max(a, b))];
      const [shared] = gradient(Op.reduceMax(a, [0]), [a]);
      const graph = {
        outputs: { minA: minA!, minB: minB!, maxA: maxA!, maxB: maxB!, shared: shared! },
      };
      const results = yield* evaluate(graph, feeds);
      const found = Object.entries(results).map(([name, { data }]) => [name, [...data]]);
      assert.equal(Object.fromEntries(found), {
        minA: [1, 1],
        minB: [0, 0],
        maxA: [1, 0],
        maxB: [0, 1],
        shared: [0.5, 0.5],
      });
    })
  ),
);

test.run();
