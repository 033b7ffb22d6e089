/**
 * The smallest use of a session, for the programs of quiet_test.ts.
 *
 * @module
 */
import { Effect } from "effect";
import { Graph, Op } from "../../lib/onnx/mod.ts";
import { Session } from "../../lib/runtime/mod.ts";

const x = Graph.input("x", "f32", [2]);
const y = Graph.input("y", "f32", [2]);

/** The sum of two numbers and of their doubles, by a session of its own. */
export const sum = ([a, b]: readonly [number, number]) =>
  Effect.gen(function* () {
    const session = yield* Session.make({ outputs: { sum: Op.add(x, y) } });
    const feed = (value: number) =>
      ({ dtype: "f32", shape: [2], data: Float32Array.of(value, 2 * value) }) as const;
    const results = yield* session.run({ x: feed(a), y: feed(b) });
    return Array.from(results["sum"]!.data, Number);
  }).pipe(Effect.scoped);
