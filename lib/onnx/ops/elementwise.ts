/**
 * Operators that work element by element and broadcast by numpy's rule.
 *
 * @module
 */
import { at, type None, type OpSpec, type OpSpecs, refuse } from "../op.ts";
import { broadcast, type DType, type TensorType } from "../types.ts";

function broadcastAll(op: string, inputs: readonly TensorType[]): readonly number[] {
  let shape = at(inputs, 0).shape;
  for (const input of inputs) {
    shape = broadcast(shape, input.shape) ?? refuse(op, "its shapes do not broadcast", inputs);
  }
  return shape;
}

function binary(op: string, result?: DType): OpSpec<None> {
  return {
    arity: 2,
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      if (a.dtype !== b.dtype) refuse(op, "its inputs must have one dtype", inputs);
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

const ONNX_DTYPE = { f32: 1, u8: 2, i64: 7, bool: 9 } as const satisfies Record<DType, number>;

export const elementwise: OpSpecs<
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Min"
  | "Max"
  | "Neg"
  | "Abs"
  | "Sign"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sigmoid"
  | "Equal"
  | "Less"
  | "Where"
  | "Cast"
> = {
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
  Equal: binary("Equal", "bool"),
  Less: binary("Less", "bool"),
  Where: {
    arity: 3,
    infer: (inputs) => {
      const [condition, yes, no] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      if (condition.dtype !== "bool" || yes.dtype !== no.dtype) {
        refuse("Where", "its inputs must be bool and two of one dtype", inputs);
      }
      return [{ dtype: yes.dtype, shape: broadcastAll("Where", inputs) }];
    },
    emit: () => ({ type: "Where" }),
  },
  Cast: {
    arity: 1,
    infer: (inputs, { to }) => [{ dtype: to, shape: at(inputs, 0).shape }],
    emit: ({ to }) => ({ type: "Cast", attributes: { to: { int: ONNX_DTYPE[to] } } }),
  },
};
