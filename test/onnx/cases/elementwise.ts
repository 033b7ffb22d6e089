/**
 * Cases of the operators that work element by element.
 *
 * @module
 */
import fc from "fast-check";
import { type DType, type FixedShape as Shape, Op, type Value } from "../../../lib/onnx/mod.ts";
import type { Tensor } from "../../../lib/runtime/session.ts";
import {
  broadcastable,
  coarse,
  integers,
  nonzeros,
  ofDType,
  positives,
  reals,
  shapes,
} from "../arbitraries.ts";
import { elementwise } from "../reference.ts";
import { anyDType, type CaseOptions, type OpCase, type OpCases } from "./case.ts";

type Tensors = (shape: Shape) => fc.Arbitrary<Tensor>;

function unary(
  build: (x: Value) => Value,
  f: (x: number) => number,
  values: Tensors,
): fc.Arbitrary<OpCase> {
  return shapes(0).chain(values).map((x) => ({
    inputs: [x],
    build: ([x]) => [build(x!)],
    expected: ([x]) => [elementwise(f, x!)],
  }));
}

/** Two operands that broadcast, or one operand twice. */
function binary(
  build: (a: Value, b: Value) => Value,
  f: (a: number, b: number) => number,
  left: Tensors,
  right: Tensors = left,
): fc.Arbitrary<OpCase> {
  const two = broadcastable(2).chain(([a, b]) => fc.tuple(left(a!), right(b!))).map((
    inputs,
  ): OpCase => ({
    inputs,
    build: ([a, b]) => [build(a!, b!)],
    expected: ([a, b]) => [elementwise(f, a!, b!)],
  }));
  const shared = unary((x) => build(x, x), (x) => f(x, x), right);
  return fc.oneof({ weight: 3, arbitrary: two }, { weight: 1, arbitrary: shared });
}

/** Random tensors of one dtype for all operands. */
function numbersOf({ smooth }: CaseOptions, make: (values: Tensors) => fc.Arbitrary<OpCase>) {
  return smooth ? make(reals) : fc.oneof(make(reals), make((shape) => integers(shape, -5, 5)));
}

const CASTS: readonly (readonly [DType, DType, (x: number) => number])[] = [
  ["f32", "i64", Math.trunc],
  ["f32", "bool", (x) => Number(x !== 0)],
  ["i64", "f32", (x) => x],
  ["i64", "bool", (x) => Number(x !== 0)],
  ["bool", "f32", (x) => x],
  ["bool", "i64", (x) => x],
  ["u8", "f32", (x) => x],
];

export const elementwiseCases = (options: CaseOptions) => {
  const { smooth } = options;
  // with ties, or never nearer than a quarter
  const [left, right]: [Tensors, Tensors] = smooth
    ? [coarse, (shape) => coarse(shape, 0.25)]
    : [coarse, coarse];
  const compared: Tensors = (shape) => coarse(shape);
  return {
    Add: numbersOf(options, (values) => binary(Op.add, (a, b) => a + b, values)),
    Sub: numbersOf(options, (values) => binary(Op.sub, (a, b) => a - b, values)),
    Mul: numbersOf(options, (values) => binary(Op.mul, (a, b) => a * b, values)),
    Div: binary(Op.div, (a, b) => a / b, reals, nonzeros),
    Min: binary(Op.min, Math.min, left, right),
    Max: binary(Op.max, Math.max, left, right),
    Neg: unary(Op.neg, (x) => -x, reals),
    Abs: unary(Op.abs, Math.abs, smooth ? nonzeros : compared),
    Sign: unary(Op.sign, Math.sign, compared),
    Exp: unary(Op.exp, Math.exp, reals),
    Log: unary(Op.log, Math.log, positives),
    Sqrt: unary(Op.sqrt, Math.sqrt, positives),
    Sigmoid: unary(Op.sigmoid, (x) => 1 / (1 + Math.exp(-x)), reals),
    Tanh: unary(Op.tanh, Math.tanh, reals),
    Equal: fc.constantFrom<Tensors>(
      compared,
      (shape) => integers(shape, 0, 2),
      (shape) => ofDType("bool", shape),
    ).chain((values) => binary(Op.equal, (a, b) => Number(a === b), values)),
    Less: fc.constantFrom<Tensors>(compared, (shape) => integers(shape, 0, 2)).chain((values) =>
      binary(Op.less, (a, b) => Number(a < b), values)
    ),
    Where: fc.tuple(broadcastable(3), fc.constantFrom(...anyDType(options)))
      .filter(([, dtype]) => dtype !== "bool")
      .chain(([[condition, yes, no], dtype]) =>
        fc.tuple(ofDType("bool", condition!), ofDType(dtype, yes!), ofDType(dtype, no!))
      )
      .map((inputs): OpCase => ({
        inputs,
        build: ([condition, yes, no]) => [Op.where(condition!, yes!, no!)],
        expected: (inputs) => [elementwise((c, yes, no) => c ? yes : no, ...inputs)],
      })),
    Cast: fc.constantFrom(...CASTS).chain(([from, to, f]) =>
      unary((x) => Op.cast(x, to), f, (shape) => ofDType(from, shape))
    ),
  } satisfies OpCases<string>;
};
