/**
 * The process of {@linkcode ./devices.ts}: opens the WebGPU provider and prints a line of JSON about it, of limits that its errors tell.
 *
 * @module
 */
import { Effect } from "effect";
import process from "node:process";
import { Graph, Op } from "../onnx/mod.ts";
import { make, openDevice } from "./session.ts";

/** More float32 than most adapters hold in one buffer; of more still the error does not tell the limit. */
const ELEMENTS = 2 ** 30;

const scalar = { dtype: "f32", shape: [1], data: Float32Array.of(1) } as const;
const x = Graph.input("x", "f32", [1]);

const told = Effect.scoped(Effect.gen(function* () {
  const device = yield* openDevice("webgpu");
  const wide = yield* make(
    { outputs: { y: Op.expand(x, [ELEMENTS]) } },
    // no pass is to compute it on the CPU
    { device, keep: ["y"], optimization: "disabled" },
  );
  const attempt = Effect.either(wide.runKeeping({ x: scalar }));
  // the first refusal comes too late for its run: the second tells the limit
  const refused = yield* Effect.zipRight(attempt, attempt);
  // only a run tells: sessions are made all the same
  const half = yield* make(
    { outputs: { y: Op.cast(Op.cast(x, "f16"), "f32") } },
    { device, optimization: "disabled" },
  );
  const f16 = (yield* Effect.either(half.run({ x: scalar })))._tag === "Right";
  const limit = refused._tag === "Left"
    ? /max buffer size limit \((\d+)\)/.exec(refused.left.message)?.[1]
    : undefined;
  return { f16, ...(limit === undefined ? {} : { maxBufferBytes: Number(limit) }) };
})).pipe(Effect.catchAll(({ message }) => Effect.succeed({ error: message })));

console.log(JSON.stringify(await Effect.runPromise(told)));
process.exit();
