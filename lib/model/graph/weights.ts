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
  if (quantized.kind === "columns") return integerProduct(x, quantized, name);
  const { numbers, scales, bits, block } = quantized;
  return Op.matMulNBits(x, numbers, scales, { bits, block, roundInputs: true });
}

/** x in 8 bits, and what that leaves of it in 8 bits, once for all products that read it. */
const roundedOnce = new WeakMap<Value, Op.QuantizedRows>();
const roundedTwice = new WeakMap<Value, Op.QuantizedRows>();

const remembered = (
  known: WeakMap<Value, Op.QuantizedRows>,
  x: Value,
  make: () => Op.QuantizedRows,
) => {
  const rows = known.get(x) ?? make();
  known.set(x, rows);
  return rows;
};

/** Products whose gradients are rounded twice: of a distribution over the vocabulary, once leaves a few words alone. */
const FINE_GRADIENTS = /^lm_head|^model\.embed_tokens/;

/** Products whose inputs are rounded twice. */
const FINE_INPUTS = /\.down_proj\./;

/** A product of whole numbers: rows of x are rounded to 8 bits, each with a scale of its own. */
function integerProduct(x: Value, { numbers, scales }: ColumnValues, name: string): Value {
  const into = x.shape.at(-1)!;
  const lead = x.shape.slice(0, -1);
  const flat = Op.reshape(x, [sizeOf(lead), into]);
  const fineGradient = FINE_GRADIENTS.test(name);
  const times = (rows: Op.QuantizedRows) =>
    Op.quantizedMatMul(rows, numbers, scales, { fineGradient });
  const rows = remembered(roundedOnce, x, () => Op.quantizeRows(flat));
  const product = times(rows);
  const both = FINE_INPUTS.test(name)
    ? Op.add(
      product,
      times(
        remembered(roundedTwice, x, () => Op.quantizeRows(Op.roundingRest(flat, rows))),
      ),
    )
    : product;
  return Op.reshape(both, [...lead, numbers.shape[1]!]);
}
