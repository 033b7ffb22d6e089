/**
 * Every operator and every gradient rule on a device, many cases in one graph: a session takes longer than they do.
 *
 * @module
 */
import { Effect } from "effect";
import fc from "fast-check";
import type { OpName, Value } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { centralDifferences, project } from "../autodiff/central_differences.ts";
import { gradientCases, gradientOutputs } from "../autodiff/gradient_cases.ts";
import { opCases } from "../onnx/op_cases.ts";
import { assertClose, evaluate, numbers, operand } from "../onnx/support.ts";

/** Largest relative distance from double-precision loops (measured: 4e-6), and from central differences. */
const [FORWARD, GRADIENT] = [1e-5, 2e-4];

const cases = opCases({ smooth: false });

/** Cases of an operator, fed and as constants, against plain loops. */
export const checkForward = (op: OpName, count: number, device: Session.OpenDevice) =>
  Effect.gen(function* () {
    const constants = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    const drawn = fc.sample(fc.tuple(cases[op], constants), { numRuns: count, seed: 0 });
    const feeds: Record<string, Session.Tensor> = {};
    const outputs: Record<string, Value> = {};
    drawn.forEach(([{ inputs, build }, constants], c) => {
      inputs.forEach((tensor, i) => feeds[`${c}/x${i}`] = tensor);
      build(inputs.map((tensor, i) => operand(`${c}/x${i}`, tensor, constants[i]!)))
        .forEach((value, i) => outputs[`${c}/y${i}`] = value);
    });
    const results = yield* evaluate({ outputs }, feeds, { optimization: "disabled", device });
    drawn.forEach(([{ inputs, expected }], c) =>
      expected(inputs.map(numbers)).forEach((wanted, i) => {
        const found = results[`${c}/y${i}`]!;
        const tolerance = found.dtype === "f32" ? FORWARD : 0;
        assertClose(numbers(found), wanted, tolerance, `${op} case ${c} output ${i}`);
      })
    );
  });

/** Gradients of an operator, against central differences on the CPU. */
export const checkGradient = (op: OpName, count: number, device: Session.OpenDevice) =>
  Effect.gen(function* () {
    const drawn = fc.sample(gradientCases(op), { numRuns: count, seed: 0 });
    const feeds: Record<string, Session.Tensor> = {};
    let outputs: Record<string, Value> = {};
    drawn.forEach((each, c) => {
      each.of.inputs.forEach((tensor, i) => feeds[`${c}/x${i}`] = tensor);
      each.weights.forEach((tensor, i) => feeds[`${c}/w${i}`] = tensor);
      outputs = { ...outputs, ...gradientOutputs(each, `${c}/`) };
    });
    const results = yield* evaluate({ outputs }, feeds, { device });
    for (const [c, { of: { inputs, build }, weights, used, targets }] of drawn.entries()) {
      const forward = build(inputs.map((tensor, i) => operand(`x${i}`, tensor, false)));
      const session = yield* Session.make({
        outputs: Object.fromEntries(used.map((i) => [`y${i}`, forward[i]!])),
      }, { optimization: "disabled" });
      const scalar = (outputs: Readonly<Record<string, Session.Tensor>>) =>
        used.reduce((sum, i) => sum + project(outputs[`y${i}`]!, weights[i]!), 0);
      const own = Object.fromEntries(
        session.inputs.map((name) => [name, inputs[Number(name.slice(1))]!]),
      );
      for (const i of targets) {
        const wanted = yield* centralDifferences(session, own, `x${i}`, scalar);
        assertClose(
          numbers(results[`${c}/d${i}`]!),
          wanted,
          GRADIENT,
          `${op} case ${c}, input ${i}`,
        );
      }
    }
  });
