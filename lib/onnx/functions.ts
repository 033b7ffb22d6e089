/**
 * Functions that a model brings along: what ONNX has no operator for, as a few of its operators. ONNX Runtime puts them in the place of a
 * call and then computes what two calls share once.
 *
 * @module
 */
import { type DType, dtypes } from "./types.ts";

/** Domain of these functions. */
export const FUNCTIONS_DOMAIN = "dpc";

/** A function in the words of ONNX, whose nodes have no names. */
interface FunctionBody {
  readonly input: string[];
  readonly output: string[];
  readonly node: object[];
}

const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly object[] = [],
  domain = "",
): object => ({ opType, domain, input, output: [output], attribute });

const tensor = (
  dtype: DType,
  dims: readonly number[],
  data: Float32Array | BigInt64Array | Uint8Array,
) => ({
  name: "value",
  type: 4,
  t: {
    dataType: dtypes[dtype].onnx,
    dims,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  },
});

const ZERO_POINT = Uint8Array.of(128);

/** The functions by name. */
export const FUNCTIONS: Readonly<Record<string, FunctionBody>> = {
  // s = max|x| / 127, never 0; q = round(x / s) + 128
  QuantizeRows: {
    input: ["x"],
    output: ["q", "s"],
    node: [
      node("Constant", [], "last", [tensor("i64", [1], BigInt64Array.of(-1n))]),
      node("Constant", [], "step", [tensor("f32", [], Float32Array.of(1 / 127))]),
      node("Constant", [], "least", [tensor("f32", [], Float32Array.of(1e-30))]),
      node("Abs", ["x"], "magnitude"),
      node("ReduceMax", ["magnitude", "last"], "largest"),
      node("Mul", ["largest", "step"], "scaled"),
      node("Max", ["scaled", "least"], "s"),
      node("Squeeze", ["s", "last"], "scales"),
      node("Shape", ["scales"], "rows"),
      node("ConstantOfShape", ["rows"], "zeros", [tensor("u8", [1], ZERO_POINT)]),
      node("QuantizeLinear", ["x", "scales", "zeros"], "q", [{ name: "axis", type: 2, i: 0 }]),
    ],
  },
  // x - s (q - 128)
  RoundingRest: {
    input: ["x", "q", "s"],
    output: ["rest"],
    node: [
      node("Constant", [], "last", [tensor("i64", [1], BigInt64Array.of(-1n))]),
      node("Squeeze", ["s", "last"], "scales"),
      node("Shape", ["scales"], "rows"),
      node("ConstantOfShape", ["rows"], "zeros", [tensor("u8", [1], ZERO_POINT)]),
      node("DequantizeLinear", ["q", "scales", "zeros"], "values", [
        { name: "axis", type: 2, i: 0 },
      ]),
      node("Sub", ["x", "values"], "rest"),
    ],
  },
  // s c sum_k (q_k - 128) w_k
  QuantizedMatMul: {
    input: ["q", "s", "w", "c"],
    output: ["y"],
    node: [
      node("Constant", [], "one", [tensor("f32", [], Float32Array.of(1))]),
      node("Constant", [], "zero", [tensor("u8", [], ZERO_POINT)]),
      node("MatMulIntegerToFloat", ["q", "w", "one", "c", "zero"], "sums", [], "com.microsoft"),
      node("Mul", ["sums", "s"], "y"),
    ],
  },
};
