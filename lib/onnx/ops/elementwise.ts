/**
 * Operators that work element by element and broadcast by numpy's rule.
 *
 * @module
 */
import { at, type None, type OpSpec, refuse, type SomeOps } from "./op.ts";
import { broadcast, type DType, dtypes, type Shape, type TensorType } from "../types.ts";

function broadcastAll(op: string, inputs: readonly TensorType[]): Shape {
  let shape = at(inputs, 0).shape;
  for (const input of inputs) {
    shape = broadcast(shape, input.shape) ?? refuse(op, "its shapes do not broadcast", inputs);
  }
  return shape;
}

/** What ONNX Runtime computes with on a CPU. */
const NUMBERS: readonly DType[] = ["f32", "i64", "u8"];

function binary(op: string, result?: DType, accepted = NUMBERS): OpSpec<None> {
  return {
    arity: 2,
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      if (a.dtype !== b.dtype || !accepted.includes(a.dtype)) {
        refuse(op, `its inputs must have one dtype of ${accepted.join(", ")}`, inputs);
      }
      return [{ dtype: result ?? a.dtype, shape: broadcastAll(op, inputs) }];
    },
    emit: () => ({ type: op }),
  };
}

function unary(op: string): OpSpec<None> {
  return {
    arity: 1,
    infer: (inputs) => {
      if (at(inputs, 0).dtype !== "f32") refuse(op, "its input must be f32", inputs);
      return [at(inputs, 0)];
    },
    emit: () => ({ type: op }),
  };
}

export const elementwise = {
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Min: binary("Min"),
  Max: binary("Max"),
  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Sign: unary("Sign"),
  Exp: unary("Exp"),
  Log: unary("Log"),
  Sqrt: unary("Sqrt"),
  Sigmoid: unary("Sigmoid"),
  Tanh: unary("Tanh"),
  Equal: binary("Equal", "bool", [...NUMBERS, "bool"]),
  Less: binary("Less", "bool"),
  Where: {
    arity: 3,
    infer: (inputs) => {
      const [condition, yes, no] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      if (condition.dtype !== "bool" || yes.dtype !== no.dtype || !NUMBERS.includes(yes.dtype)) {
        refuse("Where", `it needs a bool and two of one dtype of ${NUMBERS.join(", ")}`, inputs);
      }
      return [{ dtype: yes.dtype, shape: broadcastAll("Where", inputs) }];
    },
    emit: () => ({ type: "Where" }),
  },
  Cast: {
    arity: 1,
    infer: (inputs, { to }) => [{ dtype: to, shape: at(inputs, 0).shape }],
    emit: ({ to }) => ({ type: "Cast", attributes: { to: { int: dtypes[to].onnx } } }),
  },
} satisfies SomeOps;
