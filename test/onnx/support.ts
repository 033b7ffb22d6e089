/**
 * What the suites of onnx/ and autodiff/ share: running a graph once in a real session, and properties over random graphs.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { Graph, type Value } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { effectTest } from "../support.ts";
import type { NdArray } from "./reference.ts";

/** ONNX Runtime's rewriting of the graph: none and all. A gradient must not depend on it. */
export const LEVELS = ["disabled", "all"] as const;

/** Runs a graph once; feeds that it does not read are left out. */
export function evaluate(
  graph: Graph.Graph,
  feeds: Readonly<Record<string, Session.Tensor>>,
  options: Session.SessionOptions = {},
): Effect.Effect<
  Readonly<Record<string, Session.Tensor>>,
  Session.OutOfMemory | Session.SessionError,
  Scope.Scope
> {
  return Effect.flatMap(
    Session.make(graph, options),
    (session) =>
      session.run(Object.fromEntries(session.inputs.map((name) => [name, feeds[name]!]))),
  );
}

/** A uvu callback that checks an effect for random values. */
export function property<A>(
  values: fc.Arbitrary<A>,
  numRuns: number,
  check: (value: A) => Effect.Effect<void, unknown, Scope.Scope>,
): () => Promise<void> {
  const run = (value: A) => Effect.runPromise(Effect.scoped(check(value)));
  return effectTest(() =>
    Effect.promise(() =>
      fc.assert(fc.asyncProperty(values, run), {
        numRuns,
        // shrinking takes a session for each attempt, and the cases are small as they are
        endOnFailure: true,
        // uvu does not show the cause of an error
        includeErrorInReport: true,
      })
    )
  );
}

/** A tensor as a value of a graph: fed under a name, or built in as a constant. */
export function operand(name: string, tensor: Session.Tensor, constant: boolean): Value {
  if (!constant) return Graph.input(name, tensor.dtype, tensor.shape);
  const value = Graph.constant(tensor.data, tensor.shape);
  return { ...value, dtype: tensor.dtype };
}

/** A tensor's elements as plain numbers. */
export function numbers(tensor: Session.Tensor): NdArray {
  return { shape: tensor.shape, data: Array.from(tensor.data, Number) };
}

/** An f32 tensor. */
export function f32(
  data: readonly number[],
  shape: readonly number[] = [data.length],
): Session.Tensor<Float32Array> {
  return { dtype: "f32", shape, data: Float32Array.from(data) };
}

/** An i64 tensor. */
export function i64(
  data: readonly number[],
  shape: readonly number[] = [data.length],
): Session.Tensor<BigInt64Array> {
  return { dtype: "i64", shape, data: BigInt64Array.from(data, BigInt) };
}

/** Requires an array to have a shape and its elements to be near, relative to the largest. */
export function assertClose(
  found: NdArray,
  expected: NdArray,
  tolerance: number,
  what: string,
): void {
  assert.equal(found.shape, expected.shape, `${what}: shape`);
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  expected.data.forEach((value, i) => {
    // not "greater than", so that NaN fails
    if (Math.abs(found.data[i]! - value) <= tolerance * scale) return;
    assert.unreachable(
      `${what}: element ${i} must be ${value}: found ${found.data[i]}\n` +
        `expected ${expected.data}\n   found ${found.data}`,
    );
  });
}
