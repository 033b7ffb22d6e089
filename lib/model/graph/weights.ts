/**
 * Weights as a graph reads them, and the products with them.
 *
 * @module
 */
import { Op, sizeOf, type Value } from "../../onnx/mod.ts";

/** Gives the tensor of a weight by its Hugging Face name: a tensor in a file, or an input when weights are trained. */
export interface Weights {
  (name: string, shape: readonly number[]): Value;
  /** A quantized matrix, where products read it so. */
  readonly quantized?: (
    name: string,
    shape: readonly [rows: number, columns: number],
  ) => QuantizedValues | undefined;
}

/** A quantized matrix as products read it. */
export type QuantizedValues = BlockValues | ColumnValues;

/** A matrix in 8 bits as {@linkcode Op.quantizedMatMul} reads it. */
export interface ColumnValues {
  readonly kind: "columns";
  readonly numbers: Value;
  readonly scales: Value;
}

/** A matrix in blocks as {@linkcode Op.matMulNBits} reads it. */
export interface BlockValues {
  readonly kind: "blocks";
  readonly bits: 4 | 8;
  readonly block: number;
  readonly numbers: Value;
  readonly scales: Value;
}

/** x W^T + b for x [..., in]; checkpoints store W as [out, in]. */
export function linear(
  weights: Weights,
  name: string,
  x: Value,
  out: number,
  bias: boolean,
): Value {
  const y = product(weights, `${name}.weight`, x, out);
  return bias ? Op.add(y, weights(`${name}.bias`, [out])) : y;
}

/** x W^T for W [out, in]. */
export function product(weights: Weights, name: string, x: Value, out: number): Value {
  const shape = [out, x.shape.at(-1) as number] as const;
  const quantized = weights.quantized?.(name, shape);
  if (quantized === undefined) return Op.matMul(x, weights(name, shape), { transB: true });
  if (quantized.kind === "columns") return integerProduct(x, quantized);
  const { numbers, scales, bits, block } = quantized;
  return Op.matMulNBits(x, numbers, scales, { bits, block, roundInputs: true });
}

/** x in 8 bits, once for all products that read it. */
const rowsOf = new WeakMap<Value, Op.QuantizedRows>();

/** A product of whole numbers: rows of x are rounded to 8 bits, each with a scale of its own. */
function integerProduct(x: Value, { numbers, scales }: ColumnValues): Value {
  const into = x.shape.at(-1)!;
  const lead = x.shape.slice(0, -1);
  const rows = rowsOf.get(x) ?? Op.quantizeRows(Op.reshape(x, [sizeOf(lead), into]));
  rowsOf.set(x, rows);
  return Op.reshape(Op.quantizedMatMul(rows, numbers, scales), [...lead, numbers.shape[1]!]);
}
