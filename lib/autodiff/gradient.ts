/**
 * Reverse-mode differentiation of a graph into a graph: the gradient is made of ordinary nodes.
 *
 * @module
 */
import {
  formatType,
  Graph,
  type Node,
  Op,
  sameShape,
  type Shape,
  topologicalOrder,
  type Value,
} from "../onnx/mod.ts";
import { GradientError } from "./error.ts";
import { NON_DIFFERENTIABLE, type Rule, rules } from "./rules.ts";

/**
 * Gradients of a scalar for any values it is computed from, weights, inputs and intermediate results alike. Only nodes
 * that lie between a target and the loss are differentiated.
 *
 * @param loss a scalar, f32[]
 * @param targets f32 values; each gradient has its target's shape, zero where the loss does not depend on it
 * @returns the gradients, in the order of the targets
 * @throws GradientError when an operator between a target and the loss has no gradient, the loss is not a scalar, or a target
 *   is not f32
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Graph, Op, print } from "dynamic-prompt-corruption/onnx";
 * import { gradient } from "dynamic-prompt-corruption/autodiff";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const [dx] = gradient(Op.reduceSum(Op.mul(x, x), [0]), [x]); // 2 x
 * assert.deepEqual(dx?.shape, [3]);
 * assert.match(print({ outputs: { dx: dx! } }), /Mul/);
 * ```
 */
export function gradient(loss: Value, targets: readonly Value[]): readonly Value[] {
  if (loss.dtype !== "f32" || loss.shape.length !== 0) {
    throw new GradientError({
      op: "the loss",
      reason: `it must be a scalar f32[]: found ${formatType(loss)}`,
    });
  }
  for (const { dtype, shape } of targets) {
    if (dtype === "f32") continue;
    throw new GradientError({
      op: "with respect to a target",
      reason: `it must be f32: found ${formatType({ dtype, shape })}`,
    });
  }
  const order = topologicalOrder([loss]);
  const leading = dependents(order, targets);
  const sums = new Map<Value, Value>([[loss, Graph.constant(1)]]);
  for (const node of order.toReversed()) {
    const needs = (index: number) => leading.has(node.inputs[index]!);
    const gradients = node.outputs.map((output) => sums.get(output));
    if (!node.inputs.some((_, i) => needs(i)) || gradients.every((g) => g === undefined)) continue;
    const parts = applyRule(node, gradients, needs);
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (!needs(i) || !part) return;
      const reduced = sumToShape(part, input.shape);
      const sum = sums.get(input);
      sums.set(input, sum === undefined ? reduced : Op.add(sum, reduced));
    });
  }
  return targets.map((target) => sums.get(target) ?? Op.expand(Graph.constant(0), target.shape));
}

/** The targets and every value that is computed from one of them. */
function dependents(order: readonly Node[], targets: readonly Value[]): ReadonlySet<Value> {
  const found = new Set<Value>(targets);
  for (const node of order) {
    if (node.inputs.some((input) => found.has(input))) {
      for (const output of node.outputs) found.add(output);
    }
  }
  return found;
}

function applyRule(
  node: Node,
  gradients: readonly (Value | undefined)[],
  needs: (input: number) => boolean,
): readonly (Value | null)[] {
  const rule = rules[node.op] as Rule<unknown> | typeof NON_DIFFERENTIABLE;
  if (rule === NON_DIFFERENTIABLE) {
    throw new GradientError({ op: node.op, reason: "it is not differentiable" });
  }
  return rule({
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: node.attributes,
    gradients,
    needs,
  });
}

/** Sums a gradient over the axes along which its operand was broadcast. */
function sumToShape(gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dimension, axis) =>
    axis < extra || (shape[axis - extra] === 1 && dimension !== 1) ? [axis] : []
  );
  const summed = axes.length === 0 ? gradient : Op.reduceSum(gradient, axes, false);
  return sameShape(summed.shape, shape) ? summed : Op.reshape(summed, shape);
}
