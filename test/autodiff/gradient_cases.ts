/**
 * Random cases of the gradient of every operator, and the graph of one.
 *
 * @module
 */
import fc from "fast-check";
import { gradient, NON_DIFFERENTIABLE, rules } from "../../lib/autodiff/mod.ts";
import { Op, type OpName, type Value } from "../../lib/onnx/mod.ts";
import type * as Session from "../../lib/runtime/session.ts";
import { nonzeros } from "../onnx/arbitraries.ts";
import type { OpCase } from "../onnx/cases/case.ts";
import { opCases } from "../onnx/op_cases.ts";
import { operand } from "../onnx/support.ts";

const cases = opCases({ smooth: true });

/** Operators that have a gradient. */
export const differentiable = (Object.keys(rules) as OpName[])
  .filter((op) => rules[op] !== NON_DIFFERENTIABLE);

/** Operators that round, whose gradient is that of what they round. */
export const STRAIGHT_THROUGH: readonly OpName[] = [
  "QuantizeRows",
  "RoundingRest",
  "QuantizedMatMul",
];

/** Inputs that an operator's rule refuses to differentiate for. */
const REFUSED: Partial<Record<OpName, readonly number[]>> = { RotaryEmbedding: [1, 2] };

/** A case, the weights of its outputs in the loss, the inputs to differentiate for, and those that are constants. */
export interface GradientCase {
  readonly of: OpCase;
  readonly weights: readonly Session.Tensor[];
  /** Which of the outputs the loss depends on; at least one. */
  readonly used: readonly number[];
  readonly targets: readonly number[];
  readonly constant: boolean;
}

export function gradientCases(op: OpName): fc.Arbitrary<GradientCase> {
  return cases[op].chain((of) => {
    const outputs = of.build(of.inputs.map((tensor, i) => operand(`x${i}`, tensor, false)));
    const allowed = of.inputs.flatMap(({ dtype }, i) =>
      dtype === "f32" && !REFUSED[op]?.includes(i) ? [i] : []
    );
    return fc.record({
      of: fc.constant(of),
      weights: fc.tuple(...outputs.map(({ shape }) => nonzeros(shape as readonly number[]))),
      used: fc.subarray(outputs.map((_, i) => i), { minLength: 1 }),
      targets: fc.subarray(allowed, { minLength: 1 }),
      constant: fc.boolean(),
    });
  });
}

/**
 * The gradient of the weighted sum of a case's outputs for each of its targets: `d0` of the first input.
 *
 * @param prefix of the names of its inputs `x0` and `w0`, and of its outputs
 */
export function gradientOutputs(
  { of: { inputs, build }, weights, used, targets, constant }: GradientCase,
  prefix = "",
): Record<string, Value> {
  // what is not differentiated for may be a constant, as weights are
  const operands = inputs.map((tensor, i) =>
    operand(`${prefix}x${i}`, tensor, constant && !targets.includes(i))
  );
  const results = build(operands);
  const terms = used.map((i) =>
    sumAll(Op.mul(results[i]!, operand(`${prefix}w${i}`, weights[i]!, false)))
  );
  const gradients = gradient(terms.reduce(Op.add), targets.map((i) => operands[i]!));
  return Object.fromEntries(targets.map((i, at) => [`${prefix}d${i}`, gradients[at]!]));
}

/** The sum of all elements. */
export function sumAll(x: Value): Value {
  return Op.reduceSum(x, x.shape.map((_, axis) => axis));
}
