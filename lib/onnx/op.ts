/**
 * What the table says of an operator: its attributes, its shape and dtype rule, and the ONNX node it becomes.
 *
 * @module
 */
import {
  type DType,
  formatType,
  GraphError,
  isShape,
  resolveAxis,
  type TensorType,
} from "./types.ts";

/** An operator without attributes. */
export type None = Readonly<Record<string, never>>;

/** Attributes of each operator; its keys are the operators there are, named as ONNX spells them. */
export interface Attributes {
  // elementwise
  readonly Add: None;
  readonly Sub: None;
  readonly Mul: None;
  readonly Div: None;
  readonly Min: None;
  readonly Max: None;
  readonly Neg: None;
  readonly Abs: None;
  readonly Sign: None;
  readonly Exp: None;
  readonly Log: None;
  readonly Sqrt: None;
  readonly Sigmoid: None;
  readonly Equal: None;
  readonly Less: None;
  readonly Where: None;
  readonly Cast: { readonly to: DType };
  // linear algebra and neural network
  readonly MatMul: {
    readonly transA?: boolean;
    readonly transB?: boolean;
    readonly alpha?: number;
  };
  readonly Softmax: { readonly axis: number };
  readonly SoftmaxCrossEntropyLoss: None;
  readonly SimplifiedLayerNormalization: { readonly epsilon: number };
  readonly RotaryEmbedding: { readonly heads: number };
  // shape
  readonly Reshape: { readonly shape: readonly number[] };
  readonly Transpose: { readonly perm: readonly number[] };
  readonly Expand: { readonly shape: readonly number[] };
  readonly Concat: { readonly axis: number };
  readonly Slice: { readonly axis: number; readonly start: number; readonly end: number };
  readonly Pad: { readonly axis: number; readonly before: number; readonly after: number };
  // reductions
  readonly ReduceSum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  readonly ReduceMean: { readonly axes: readonly number[]; readonly keepDims: boolean };
  readonly ReduceMax: { readonly axes: readonly number[]; readonly keepDims: boolean };
  readonly ArgMax: { readonly axis: number };
  // indexing
  readonly Gather: None;
  readonly GatherElements: { readonly axis: number };
  readonly ScatterElements: { readonly axis: number };
  readonly ScatterND: None;
}

/** Name of an operator. */
export type OpName = keyof Attributes;

/** Value of an attribute of an ONNX node. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

/** The ONNX node an operator becomes. `constants` are int64 tensors that follow its inputs. */
export interface Emission {
  readonly type: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly constants?: readonly (readonly number[])[];
}

/** One row of the operator table. */
export interface OpSpec<A> {
  /** Number of inputs. */
  readonly arity: number | { readonly atLeast: number };
  /** Types of the outputs. Throws {@linkcode GraphError} when the inputs break a rule. */
  readonly infer: (inputs: readonly TensorType[], attributes: A) => readonly TensorType[];
  /** The ONNX node, given what its inputs are. */
  readonly emit: (attributes: A, inputs: readonly TensorType[]) => Emission;
}

/** Part of the operator table; the parts of all files together are total. */
export type OpSpecs<K extends OpName> = { readonly [Name in K]: OpSpec<Attributes[Name]> };

/** The n-th input's type; arity is checked before a rule runs. */
export function at(inputs: readonly TensorType[], index: number): TensorType {
  return inputs[index]!;
}

/** Throws the error every rule throws: the operator, the reason, the types it was given. */
export function refuse(op: string, reason: string, inputs: readonly TensorType[]): never {
  throw new GraphError({ op, reason: `${reason}: found ${inputs.map(formatType).join(", ")}` });
}

/** Requires an attribute to be an integer, zero or more, as shapes and positions are. */
export function requireSize(op: string, value: number, inputs: readonly TensorType[]): void {
  if (!isShape([value])) refuse(op, `${value} is no size`, inputs);
}

/** Requires the inputs to have these dtypes. */
export function requireDTypes(op: string, inputs: readonly TensorType[], dtypes: DType[]): void {
  if (inputs.some((input, index) => input.dtype !== dtypes[index])) {
    refuse(op, `its inputs must be ${dtypes.join(", ")}`, inputs);
  }
}

/** An axis of the first input, counted from the front. */
export function requireAxis(op: string, axis: number, inputs: readonly TensorType[]): number {
  return resolveAxis(axis, at(inputs, 0).shape.length) ??
    refuse(op, `axis ${axis} is outside of the first input`, inputs);
}
