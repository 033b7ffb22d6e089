import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, type OpName, opTable } from "../../lib/onnx/mod.ts";
import { canInt8 } from "../model/int8_support.ts";
import { effectTest } from "../support.ts";
import type { OpCase } from "./cases/case.ts";
import { everyProduct } from "./cases/neural.ts";
import { opCases } from "./op_cases.ts";
import { assertClose, evaluate, LEVELS, numbers, operand, property } from "./support.ts";

const cases = opCases({ smooth: false });

/** Runs a case; the constants among its inputs are built in, so that ONNX Runtime may fold or prepack them. */
const check = (op: OpName) => ([{ inputs, build, expected }, constants]: [OpCase, boolean[]]) =>
  Effect.gen(function* () {
    const outputs = build(inputs.map((tensor, i) => operand(`x${i}`, tensor, constants[i]!)));
    const node = Graph.producer(outputs[0]!);
    assert.is(node?.op, op);
    assert.equal(node?.outputs, outputs, "every output of the node is compared");
    const wanted = expected(inputs.map(numbers));
    const graph = { outputs: Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])) };
    const feeds = Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor]));
    for (const optimization of LEVELS) {
      const results = yield* evaluate(graph, feeds, { optimization });
      outputs.forEach((output, i) => {
        const found = results[`y${i}`]!;
        const what = `${op} output ${i}, optimization ${optimization}`;
        assert.is(found.dtype, output.dtype, what);
        assert.equal(output.shape, wanted[i]!.shape, `${what}: inferred shape`);
        assertClose(numbers(found), wanted[i]!, output.dtype === "f32" ? 1e-5 : 0, what);
      });
    }
  });

test("opTable: every operator has a forward case", () => {
  assert.equal(Object.keys(cases).sort(), Object.keys(opTable).sort());
});

for (const op of Object.keys(opTable) as OpName[]) {
  const inputs = fc.tuple(cases[op], fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }));
  const isExact = op !== "QuantizedMatMul" || canInt8;
  const title = `${op} computes what plain loops compute`;
  (isExact ? test : test.skip)(title, property(inputs, 15, check(op)));
}

test(
  "MatMul computes every pair of stacks and transpositions",
  effectTest(() =>
    Effect.forEach(everyProduct, (product, i) => check("MatMul")([product, [false, i % 2 === 0]]))
  ),
);

test.run();
