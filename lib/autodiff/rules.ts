/**
 * The gradient rule of every operator, in one table. A rule gets the gradient of the loss for the node's outputs and answers
 * with the gradient for each input, in ordinary operators. Sums over broadcast axes are not its concern: the driver makes them.
 *
 * Notation: Y = f(A, B, ...), dY = dL/dY; (.) is the elementwise product.
 *
 * @module
 */
import { GradientError } from "./error.ts";
import {
  type Attributes,
  Graph,
  isOpen,
  minus,
  Op,
  type OpName,
  plus,
  type Size,
  sizeOf,
  type Value,
} from "../onnx/mod.ts";

/** What a rule is given. */
export interface RuleContext<A> {
  /** Values that the node reads. */
  readonly inputs: readonly Value[];
  /** Values that the node makes. */
  readonly outputs: readonly Value[];
  /** The node's attributes. */
  readonly attributes: A;
  /** Gradient of the loss for each output; `undefined` where the loss does not depend on it. */
  readonly gradients: readonly (Value | undefined)[];
  /** Whether the gradient for an input is asked for, so that a rule need not build the others. */
  readonly needs: (input: number) => boolean;
}

/** Gradient for each input; `null` where there is none (an index, a condition) or none is asked for. */
export type Rule<A> = (context: RuleContext<A>) => readonly (Value | null)[];

/** Marks an operator whose derivative is zero or does not exist: a gradient stops there. */
export const NON_DIFFERENTIABLE = "non-differentiable";

/** One rule for each operator. */
export type Rules = { readonly [K in OpName]: Rule<Attributes[K]> | typeof NON_DIFFERENTIABLE };

/** A rule for operators of one output, given as a function of dY. */
function rule<A>(
  body: (
    dY: Value,
    inputs: readonly Value[],
    y: Value,
    context: RuleContext<A>,
  ) => (Value | null)[],
): Rule<A> {
  return (context) => body(context.gradients[0]!, context.inputs, context.outputs[0]!, context);
}

/** `value` where it is asked for. */
function when<A>(context: RuleContext<A>, input: number, value: () => Value): Value | null {
  return context.needs(input) ? value() : null;
}

/** dA where A is what a minimum or maximum chose; on a tie A is. */
const chosen = (swap: boolean) =>
  rule<unknown>((dY, [a, b], _y, context) => {
    const zero = Graph.constant(0);
    const chooseB = swap ? Op.less(a!, b!) : Op.less(b!, a!);
    return [
      when(context, 0, () => Op.where(chooseB, zero, dY)),
      when(context, 1, () => Op.where(chooseB, dY, zero)),
    ];
  });

/** Reduced axes put back as 1, so that the gradient broadcasts against the input. */
function unsqueeze(dY: Value, x: Value, axes: readonly number[]): Value {
  const reduced = new Set(axes.map((axis) => axis < 0 ? axis + x.shape.length : axis));
  return Op.reshape(dY, x.shape.map((dimension, axis) => reduced.has(axis) ? 1 : dimension));
}

/** How many elements the axes have together, as a constant. */
function countOf(op: OpName, x: Value, axes: readonly number[]): Value {
  const count = sizeOf(axes.map((axis) => x.shape.at(axis)!));
  if (isOpen(count)) {
    throw new GradientError({ op, reason: `its axes must have known sizes: found ${count}` });
  }
  return Graph.constant(count);
}

/** Gradient rules; total, so that a new operator does not compile without one. */
export const rules: Rules = {
  // dA = dY, dB = dY
  Add: rule((dY) => [dY, dY]),
  // dA = dY, dB = -dY
  Sub: rule((dY, _, _y, c) => [dY, when(c, 1, () => Op.neg(dY))]),
  // dA = dY (.) B, dB = dY (.) A
  Mul: rule((dY, [a, b], _y, c) => [
    when(c, 0, () => Op.mul(dY, b!)),
    when(c, 1, () => Op.mul(dY, a!)),
  ]),
  // dA = dY / B, dB = -dY (.) Y / B
  Div: rule((dY, [, b], y, c) => [
    when(c, 0, () => Op.div(dY, b!)),
    when(c, 1, () => Op.neg(Op.div(Op.mul(dY, y), b!))),
  ]),
  // dA = dY where A <= B, dB = dY where B < A
  Min: chosen(false),
  // dA = dY where A >= B, dB = dY where B > A
  Max: chosen(true),
  // dX = -dY
  Neg: rule((dY) => [Op.neg(dY)]),
  // dX = dY (.) sign X
  Abs: rule((dY, [x]) => [Op.mul(dY, Op.sign(x!))]),
  Sign: NON_DIFFERENTIABLE,
  // dX = dY (.) Y
  Exp: rule((dY, _, y) => [Op.mul(dY, y)]),
  // dX = dY / X
  Log: rule((dY, [x]) => [Op.div(dY, x!)]),
  // dX = dY / 2Y
  Sqrt: rule((dY, _, y) => [Op.div(dY, Op.mul(y, Graph.constant(2)))]),
  // dX = dY (.) Y (.) (1 - Y)
  Sigmoid: rule((dY, _, y) => [Op.mul(dY, Op.mul(y, Op.sub(Graph.constant(1), y)))]),
  // dX = dY (.) (1 - Y^2)
  Tanh: rule((dY, _, y) => [Op.mul(dY, Op.sub(Graph.constant(1), Op.mul(y, y)))]),
  Equal: NON_DIFFERENTIABLE,
  Less: NON_DIFFERENTIABLE,
  // dA = dY where C, dB = dY where not C
  Where: rule((dY, [condition], _y, c) => {
    const zero = Graph.constant(0);
    return [
      null,
      when(c, 1, () => Op.where(condition!, dY, zero)),
      when(c, 2, () => Op.where(condition!, zero, dY)),
    ];
  }),
  Cast: NON_DIFFERENTIABLE,

  // Y = alpha A B: dA = alpha dY B^T, dB = alpha A^T dY; a transposed operand's gradient is the transpose of that
  MatMul: rule((dY, [a, b], _y, c) => {
    const { transA = false, transB = false, alpha = 1 } = c.attributes;
    const rows = flattenRows(a!, b!, dY, transA);
    return [
      when(
        c,
        0,
        () =>
          transA
            ? Op.matMul(b!, dY, { transA: transB, transB: true, alpha })
            : Op.matMul(dY, b!, { transB: !transB, alpha }),
      ),
      when(
        c,
        1,
        () =>
          transB
            ? Op.matMul(rows.dY, rows.a, { transA: true, transB: transA, alpha })
            : Op.matMul(rows.a, rows.dY, { transA: !transA, alpha }),
      ),
    ];
  }),
  // decoding alone reads matrices so; gradients read them as numbers
  MatMulNBits: NON_DIFFERENTIABLE,
  // straight through: rounding counts as the identity, so dX = dQ, where dQ is the gradient for the numbers times their scales
  QuantizeRows: ({ gradients: [dQ] }) => [dQ ?? null],
  // straight through: what rounding leaves does not change with x, so dX = 0
  RoundingRest: () => [null, null, null],
  // dQ = (dY (.) c) W^T, itself a product of 8 bits, or two of them
  QuantizedMatMul: rule((dY, [, , w, c], _y, { attributes: { fineGradient } }) => {
    const oneScale = c!.shape.length === 0;
    const gradients = oneScale ? dY : Op.mul(dY, c!);
    const back = (rows: Op.QuantizedRows) =>
      Op.quantizedMatMul(rows, Op.transpose(w!, [1, 0]), oneScale ? c! : Graph.constant(1));
    const rows = Op.quantizeRows(gradients);
    if (!fineGradient) return [back(rows), null, null, null];
    const rest = Op.quantizeRows(Op.roundingRest(gradients, rows));
    return [Op.add(back(rows), back(rest)), null, null, null];
  }),
  // dX = Y (.) (dY - sum(dY (.) Y))
  Softmax: rule((dY, _, y, { attributes: { axis } }) => [
    Op.mul(y, Op.sub(dY, Op.reduceSum(Op.mul(dY, y), [axis], true))),
  ]),
  // L = -log p[label], Z = log p: dX = dL (.) (p - onehot(label)) + dZ - p (.) sum(dZ)
  SoftmaxCrossEntropyLoss: (
    { inputs: [logits, labels], outputs: [, logP], gradients: [dL, dZ] },
  ) => {
    const n = logits!.shape[0]!;
    const p = Op.exp(logP!);
    const column = dL && Op.reshape(dL, [n, 1]);
    const fromLoss = column &&
      Op.scatterElements(Op.mul(p, column), Op.reshape(labels!, [n, 1]), Op.neg(column), 1);
    const fromLogP = dZ && Op.sub(dZ, Op.mul(p, Op.reduceSum(dZ, [1], true)));
    return [fromLoss && fromLogP ? Op.add(fromLoss, fromLogP) : (fromLoss ?? fromLogP)!, null];
  },
  // r = 1 / rms, X^ = X r, B = dY (.) g r: dX = B - X^ mean(B (.) X^), dg = dY (.) X^; dr = ... adds -dr r^2 X^ / d
  SimplifiedLayerNormalization: ({ inputs: [x, scale], outputs: [, r], gradients, needs }) => {
    const [dY, dR] = gradients;
    const normed = Op.mul(x!, r!);
    const width = countOf("SimplifiedLayerNormalization", x!, [-1]);
    const fromY = dY && needs(0) && (() => {
      const b = Op.mul(Op.mul(dY, scale!), r!);
      return Op.sub(b, Op.mul(normed, Op.reduceMean(Op.mul(b, normed), [-1], true)));
    })();
    const fromR = dR && needs(0) &&
      Op.neg(Op.div(Op.mul(Op.mul(dR, Op.mul(r!, r!)), normed), width));
    return [
      fromY && fromR ? Op.add(fromY, fromR) : fromY || fromR || null,
      dY && needs(1) ? Op.mul(dY, normed) : null,
    ];
  },
  // a rotation's transpose is the rotation back: dX = rotate(dY, cos, -sin)
  RotaryEmbedding: (c) => {
    if (c.needs(1) || c.needs(2)) {
      throw new GradientError({ op: "RotaryEmbedding", reason: "it has no rule for cos and sin" });
    }
    const { gradients: [dY], inputs: [, cos, sin], attributes: { heads } } = c;
    return [Op.rotaryEmbedding(dY!, cos!, Op.neg(sin!), heads), null, null];
  },

  // dX = dY in X's shape
  Reshape: rule((dY, [x]) => [Op.reshape(dY, x!.shape)]),
  // dX = dY with the axes put back
  Transpose: rule((dY, _, _y, { attributes: { perm } }) => [
    Op.transpose(dY, perm.map((_, axis) => perm.indexOf(axis))),
  ]),
  // dX = dY, summed by the driver
  Expand: rule((dY) => [dY]),
  // dX_i = its part of dY
  Concat: rule((dY, inputs, _y, c) => {
    let start: Size = 0;
    return inputs.map((x, i) => {
      const from = start;
      const to = start = plus(start, x.shape.at(c.attributes.axis)!);
      return when(c, i, () => Op.slice(dY, c.attributes.axis, from, to));
    });
  }),
  // dX = dY between zeros
  Slice: rule((dY, [x], _y, { attributes: { axis, start, end } }) => [
    Op.pad(dY, axis, start, minus(x!.shape.at(axis)!, end)),
  ]),
  // dX = dY without the padding
  Pad: rule((dY, [x], _y, { attributes: { axis, before } }) => [
    Op.slice(dY, axis, before, plus(before, x!.shape.at(axis)!)),
  ]),

  // dX = dY, repeated
  ReduceSum: rule((dY, [x], _y, { attributes: { axes } }) => [
    Op.expand(unsqueeze(dY, x!, axes), x!.shape),
  ]),
  // dX = dY / count, repeated
  ReduceMean: rule((dY, [x], _y, { attributes: { axes } }) => [
    Op.expand(
      Op.div(unsqueeze(dY, x!, axes), countOf("ReduceMean", x!, axes)),
      x!.shape,
    ),
  ]),
  // dX = dY where X is the largest, shared by equals
  ReduceMax: rule((dY, [x], y, { attributes: { axes } }) => {
    const largest = Op.where(
      Op.equal(x!, unsqueeze(y, x!, axes)),
      Graph.constant(1),
      Graph.constant(0),
    );
    const ties = Op.reduceSum(largest, axes, true);
    return [Op.mul(largest, Op.div(unsqueeze(dY, x!, axes), ties))];
  }),
  ArgMax: NON_DIFFERENTIABLE,

  // dTable = zeros with dY added at the rows
  Gather: rule((dY, [table, indices]) => [
    Op.scatterND(zerosLike(table!), Op.reshape(indices!, [...indices!.shape, 1]), dY),
    null,
  ]),
  // dX = zeros with dY added at the indices
  GatherElements: rule((dY, [x, indices], _y, { attributes: { axis } }) => [
    Op.scatterElements(zerosLike(x!), indices!, dY, axis),
    null,
  ]),
  // dX = dY, dUpdates = dY at the indices
  ScatterElements: rule((dY, [, indices], _y, c) => [
    dY,
    null,
    when(c, 2, () => Op.gatherElements(dY, indices!, c.attributes.axis)),
  ]),
  // dX = dY, dUpdates = dY at the rows
  ScatterND: rule((dY, [, indices], _y, c) => [
    dY,
    null,
    when(c, 2, () => Op.gather(dY, Op.reshape(indices!, indices!.shape.slice(0, -1)))),
  ]),
};

/** Zeros in x's shape; an open size may be a product, which no graph input tells, so there x itself does. */
const zerosLike = (x: Value): Value =>
  x.shape.some(isOpen) ? Op.mul(x, Graph.constant(0)) : Op.expand(Graph.constant(0), x.shape);

/** With one matrix B for all of A's batch, one product of flat rows gives dB without a [batch, k, n] in between. */
function flattenRows(a: Value, b: Value, dY: Value, transA: boolean): { a: Value; dY: Value } {
  if (b.shape.length !== 2 || a.shape.length === 2 || transA) return { a, dY };
  const flat = (x: Value) => Op.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  return { a: flat(a), dY: flat(dY) };
}
