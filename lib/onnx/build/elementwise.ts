/**
 * Operators on each element, broadcast.
 *
 * @module
 */
import type { Value } from "../graph.ts";
import type { DType } from "../types.ts";
import { one, plain } from "./node.ts";

/**
 * a + b, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const a = Graph.input("a", "f32", [2, 3]);
 * const b = Graph.input("b", "f32", [3]);
 * assert.equal(formatType(Op.add(a, b)), "f32[2,3]");
 * ```
 */
export const add = (a: Value, b: Value): Value => plain("Add", a, b);

/**
 * a - b, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const a = Graph.input("a", "f32", [2, 1]);
 * const b = Graph.input("b", "f32", [1, 3]);
 * assert.equal(formatType(Op.sub(a, b)), "f32[2,3]");
 * ```
 */
export const sub = (a: Value, b: Value): Value => plain("Sub", a, b);

/**
 * a b, element by element, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const a = Graph.input("a", "f32", [4, 3]);
 * const b = Graph.input("b", "f32", []);
 * assert.equal(formatType(Op.mul(a, b)), "f32[4,3]");
 * ```
 */
export const mul = (a: Value, b: Value): Value => plain("Mul", a, b);

/**
 * a / b, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [4, 3]);
 * const total = Op.reduceSum(x, [1], true);
 * assert.equal(formatType(Op.div(x, total)), "f32[4,3]");
 * ```
 */
export const div = (a: Value, b: Value): Value => plain("Div", a, b);

/**
 * The smaller of two, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const clipped = Op.min(x, Graph.constant(1));
 * assert.equal(formatType(clipped), "f32[3]");
 * ```
 */
export const min = (a: Value, b: Value): Value => plain("Min", a, b);

/**
 * The larger of two, broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const relu = Op.max(x, Graph.constant(0));
 * assert.equal(formatType(relu), "f32[3]");
 * ```
 */
export const max = (a: Value, b: Value): Value => plain("Max", a, b);

/**
 * -x.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.neg(x) } }), /= Neg\(x\): f32\[2\]/);
 * ```
 */
export const neg = (x: Value): Value => plain("Neg", x);

/**
 * |x|.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.abs(x) } }), /= Abs\(x\): f32\[2\]/);
 * ```
 */
export const abs = (x: Value): Value => plain("Abs", x);

/**
 * -1, 0 or 1.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.sign(x) } }), /= Sign\(x\): f32\[2\]/);
 * ```
 */
export const sign = (x: Value): Value => plain("Sign", x);

/**
 * e^x.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.exp(x) } }), /= Exp\(x\): f32\[2\]/);
 * ```
 */
export const exp = (x: Value): Value => plain("Exp", x);

/**
 * Natural logarithm.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.log(x) } }), /= Log\(x\): f32\[2\]/);
 * ```
 */
export const log = (x: Value): Value => plain("Log", x);

/**
 * Square root.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.sqrt(x) } }), /= Sqrt\(x\): f32\[2\]/);
 * ```
 */
export const sqrt = (x: Value): Value => plain("Sqrt", x);

/**
 * 1 / (1 + e^-x).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2]);
 * assert.match(print({ outputs: { y: Op.sigmoid(x) } }), /= Sigmoid\(x\): f32\[2\]/);
 * ```
 */
export const sigmoid = (x: Value): Value => plain("Sigmoid", x);

/**
 * Whether a = b, broadcast; bool.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const labels = Graph.input("labels", "i64", [4]);
 * const padding = Op.equal(labels, Graph.constantInt64([0], []));
 * assert.equal(formatType(padding), "bool[4]");
 * ```
 */
export const equal = (a: Value, b: Value): Value => plain("Equal", a, b);

/**
 * Whether a < b, broadcast; bool.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [2, 3]);
 * assert.equal(formatType(Op.less(x, Graph.constant(0))), "bool[2,3]");
 * ```
 */
export const less = (a: Value, b: Value): Value => plain("Less", a, b);

/**
 * `yes` where the condition holds, else `no`; broadcast.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const leaky = Op.where(Op.less(x, Graph.constant(0)), Op.mul(x, Graph.constant(0.1)), x);
 * assert.equal(formatType(leaky), "f32[3]");
 * ```
 */
export const where = (condition: Value, yes: Value, no: Value): Value =>
  plain("Where", condition, yes, no);

/**
 * The same elements in another dtype.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const ids = Graph.input("ids", "i64", [3]);
 * assert.equal(formatType(Op.cast(ids, "f32")), "f32[3]");
 * ```
 */
export const cast = (x: Value, to: DType): Value => one("Cast", { to }, x);
