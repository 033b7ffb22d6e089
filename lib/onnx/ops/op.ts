/**
 * What the table says of an operator: its attributes, its shape and dtype rule, and the ONNX node it becomes.
 *
 * @module
 */
import { isOpen, type Size } from "../size.ts";
import {
  type DType,
  formatType,
  GraphError,
  isShape,
  resolveAxis,
  type Shape,
  type TensorType,
} from "../types.ts";

/** An operator without attributes. */
export type None = Readonly<Record<string, never>>;

/** Attributes of each operator; its keys are the operators there are, named as ONNX spells them. */
export interface Attributes {
  // elementwise
  /** a + b, broadcast. */
  readonly Add: None;
  /** a - b, broadcast. */
  readonly Sub: None;
  /** a b, broadcast. */
  readonly Mul: None;
  /** a / b, broadcast. */
  readonly Div: None;
  /** The smaller of a and b, broadcast. */
  readonly Min: None;
  /** The larger of a and b, broadcast. */
  readonly Max: None;
  /** -x. */
  readonly Neg: None;
  /** The absolute value of x. */
  readonly Abs: None;
  /** -1, 0 or 1. */
  readonly Sign: None;
  /** e to the x. */
  readonly Exp: None;
  /** The natural logarithm. */
  readonly Log: None;
  /** The square root. */
  readonly Sqrt: None;
  /** 1 / (1 + e to the -x). */
  readonly Sigmoid: None;
  /** The hyperbolic tangent. */
  readonly Tanh: None;
  /** Whether a = b, broadcast. */
  readonly Equal: None;
  /** Whether a < b, broadcast. */
  readonly Less: None;
  /** a where the condition holds, b elsewhere, broadcast. */
  readonly Where: None;
  /** The same values in another type. */
  readonly Cast: { readonly to: DType };
  // linear algebra and neural network
  /** Matrix product over the last two axes. */
  readonly MatMul: {
    readonly transA?: boolean;
    readonly transB?: boolean;
    readonly alpha?: number;
  };
  /** Product with a quantized matrix, whose blocks of `block` numbers share a scale. */
  readonly MatMulNBits: {
    readonly bits: 4 | 8;
    readonly block: number;
    /** Whether a is rounded to 8 bits in blocks too: several times faster, and within a hundredth. */
    readonly roundInputs: boolean;
  };
  /** Rows rounded to 8 bits, each with a scale of its own. */
  readonly QuantizeRows: None;
  /** What rounding to 8 bits has left of rows, to be rounded in turn. */
  readonly RoundingRest: None;
  /** Product of such rows with a matrix of 8 bits, whose columns have scales. */
  readonly QuantizedMatMul: {
    /** Whether the rows of its gradient are rounded twice, the second time what the first has left. */
    readonly fineGradient: boolean;
  };
  /** Softmax along an axis. */
  readonly Softmax: { readonly axis: number };
  /** Mean cross-entropy of logits [N, C] and classes [N]. */
  readonly SoftmaxCrossEntropyLoss: None;
  /** RMS norm over the last axis, times a scale. */
  readonly SimplifiedLayerNormalization: { readonly epsilon: number };
  /** Rotary positions by tables of cosines and sines, of each head's first numbers where they are narrower than it. */
  readonly RotaryEmbedding: { readonly heads: number };
  // shape
  /** The same values in another shape. */
  readonly Reshape: { readonly shape: Shape };
  /** Axes in another order. */
  readonly Transpose: { readonly perm: readonly number[] };
  /** Repeated along axes of size 1. */
  readonly Expand: { readonly shape: Shape };
  /** Joined along an axis. */
  readonly Concat: { readonly axis: number };
  /** A range of an axis. */
  readonly Slice: { readonly axis: number; readonly start: Size; readonly end: Size };
  /** Zeros before and behind an axis. */
  readonly Pad: { readonly axis: number; readonly before: Size; readonly after: Size };
  // reductions
  /** Sum over axes. */
  readonly ReduceSum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** Mean over axes. */
  readonly ReduceMean: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** Largest value over axes. */
  readonly ReduceMax: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** Index of the largest value along an axis. */
  readonly ArgMax: { readonly axis: number };
  // indexing
  /** Rows of a table by their indices. */
  readonly Gather: None;
  /** Single values along an axis by their indices. */
  readonly GatherElements: { readonly axis: number };
  /** Single values written along an axis by their indices. */
  readonly ScatterElements: { readonly axis: number };
  /** Slices written by the indices of their leading axes. */
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
  /** The ONNX operator. */
  readonly type: string;
  /** Its domain; ONNX's own by default. */
  readonly domain?: string;
  /** Attributes by their ONNX names. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Lists of whole numbers that follow the inputs. */
  readonly constants?: readonly Shape[];
  /** Whether one of them may be unknown, as ONNX infers it; false by default. */
  readonly infersSize?: boolean;
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

/** Operators of one file. */
export type SomeOps = Partial<OpSpecs<OpName>>;

/** The n-th input's type; arity is checked before a rule runs. */
export function at(inputs: readonly TensorType[], index: number): TensorType {
  return inputs[index]!;
}

/** Throws the error every rule throws: the operator, the reason, the types it was given. */
export function refuse(op: string, reason: string, inputs: readonly TensorType[]): never {
  throw new GraphError({ op, reason: `${reason}: found ${inputs.map(formatType).join(", ")}` });
}

/** Requires an attribute to be an integer, zero or more, as shapes and positions are. */
export function requireSize(op: string, value: Size, inputs: readonly TensorType[]): void {
  if (!isShape([value])) refuse(op, `${value} is not a valid size`, inputs);
}

/** The size of an input's axis, which must be a number as ONNX wants it as an attribute. */
export function requireFixed(
  op: string,
  input: number,
  axis: number,
  inputs: readonly TensorType[],
): number {
  const size = at(inputs, input).shape.at(axis)!;
  return isOpen(size) ? refuse(op, `${size} must be a number`, inputs) : size;
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
