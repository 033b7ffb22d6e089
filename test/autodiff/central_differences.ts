/**
 * Derivatives by central differences through a real session, in which the gradients are checked.
 *
 * @module
 */
import { Effect } from "effect";
import type { OutOfMemory, Session, SessionError, Tensor } from "../../lib/runtime/session.ts";
import type { NdArray } from "../onnx/reference.ts";
import { numbers } from "../onnx/support.ts";

/** Exact in f32 on the dyadic inputs of the tests, and below half their distance from any kink. */
const STEP = 1 / 64;

/** (offset in steps, weight) of the stencil of fourth order. */
const STENCIL = [[-2, 1 / 12], [-1, -8 / 12], [1, 8 / 12], [2, -1 / 12]] as const;

/**
 * Gradient of a scalar for one input, one element after the other.
 *
 * @param session computes what the scalar is made of
 * @param feeds where to differentiate
 * @param name the input
 * @param scalar the scalar, from the outputs, in double precision
 * @param step a power of two: the steeper the function, the smaller
 */
export function centralDifferences(
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  name: string,
  scalar: (outputs: Readonly<Record<string, Tensor>>) => number,
  step: number = STEP,
): Effect.Effect<NdArray, OutOfMemory | SessionError> {
  const { data, shape, dtype } = feeds[name]!;
  return Effect.gen(function* () {
    const gradient: number[] = [];
    for (let i = 0; i < data.length; i++) {
      let derivative = 0;
      for (const [steps, weight] of STENCIL) {
        const moved = Float32Array.from(data, Number);
        moved[i]! += steps * step;
        const outputs = yield* session.run({ ...feeds, [name]: { dtype, shape, data: moved } });
        derivative += weight * scalar(outputs) / step;
      }
      gradient.push(derivative);
    }
    return { shape, data: gradient };
  });
}

/** Sum of all elements, each weighted; a weight's sign and size are its own, so that no two errors cancel. */
export function project(tensor: Tensor, weights: Tensor): number {
  const w = numbers(weights).data;
  return numbers(tensor).data.reduce((sum, element, i) => sum + element * w[i]!, 0);
}
