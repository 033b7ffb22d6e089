/**
 * What is checked on a GPU, as a program of its own, since a driver may end its process: a line of JSON for each check. The first names the
 * adapter, or says why there is none.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { Effect, type Scope } from "effect";
import process from "node:process";
import * as assert from "uvu/assert";
import { Graph, Op, type OpName, opTable } from "../../lib/onnx/mod.ts";
import { findDevice, Session } from "../../lib/runtime/mod.ts";
import { differentiable, STRAIGHT_THROUGH } from "../autodiff/gradient_cases.ts";
import { f32, i64 } from "../onnx/support.ts";
import { withCache } from "../model/parity.ts";
import { useSwiftShader } from "./adapter.ts";
import { checkForward, checkGradient } from "./conformance.ts";
import { checkDecoding } from "./decoding.ts";
import { checkParity } from "./parity.ts";

/** Cases of each operator. */
const CASES = 2;

/** A llama, and the family that differs from it the most. */
const CHECKPOINTS = ["llama", "gemma2_a"];

/** What a check came to. */
export interface Checked {
  readonly title: string;
  /** What is wrong; absent where nothing is. */
  readonly error?: string;
}

const told = (line: object) => console.log(JSON.stringify(line));

/** The checks to make; all by default. */
const chosen = process.argv.slice(2);

const check = <R>(title: string, effect: Effect.Effect<unknown, unknown, R | Scope.Scope>) =>
  chosen.length > 0 && !chosen.includes(title) ? Effect.void : Effect.scoped(effect).pipe(
    Effect.catchAllDefect((defect) => Effect.fail(defect)),
    Effect.match({
      onSuccess: () => told({ title }),
      onFailure: (error) =>
        told({ title, error: error instanceof Error ? error.message : String(error) }),
    }),
  );

/** Feeds that the provider does not look at are refused before they reach it. */
const refusals = (device: Session.OpenDevice) =>
  Effect.gen(function* () {
    const table = Graph.input("table", "f32", [3, 2]);
    const ids = Graph.input("ids", "i64", ["n"]);
    const rows = yield* Session.make({ outputs: { y: Op.gather(table, ids) } }, { device });
    const good = { table: f32([1, 2, 3, 4, 5, 6], [3, 2]), ids: i64([2, 0]) };
    assert.equal([...(yield* rows.run(good))["y"]!.data], [5, 6, 1, 2]);
    const far = yield* Effect.flip(rows.run({ ...good, ids: i64([0, 3]) }));
    assert.match(far.message, /Gather reads index 3 of 3, at element 1 of 'ids'/);
    const a = Graph.input("a", "f32", [2, "k"]);
    const product = yield* Session.make({
      outputs: { y: Op.matMul(a, Graph.input("b", "f32", ["k", 3])) },
    }, { device });
    const empty = yield* Effect.flip(product.run({ a: f32([], [2, 0]), b: f32([], [0, 3]) }));
    assert.match(empty.message, /multiplies matrices over no elements: k is 0/);
  });

/** Results that stay on the device are fed back without a copy, and freed. */
const buffers = (device: Session.OpenDevice) =>
  Effect.gen(function* () {
    const { memory } = device;
    const x = Graph.input("x", "f32", [1000]);
    const outputs = { next: Op.add(x, Graph.constant(1)), first: Op.slice(x, 0, 0, 1) };
    const session = yield* Session.make({ outputs }, { device, keep: ["next"] });
    let { kept } = yield* session.runKeeping({ x: f32(new Array(1000).fill(0)) });
    const before = memory.moved;
    for (let step = 1; step <= 20; step++) {
      const result = yield* session.runKeeping({ x: kept["next"]! });
      assert.is(Number(result.outputs["first"]!.data[0]), step);
      kept["next"]!.free();
      kept = result.kept;
    }
    assert.is(memory.moved.up, before.up, "nothing is fed from here");
    assert.is(memory.moved.down - before.down, 20 * 4, "one number comes back");
    assert.is(memory.buffers, 1);
    kept["next"]!.free();
    kept["next"]!.free();
    assert.is(memory.buffers, 0);
  });

const program = Effect.gen(function* () {
  useSwiftShader();
  const found = yield* Effect.either(findDevice("webgpu"));
  if (found._tag === "Left") return told({ none: found.left.message });
  told({ adapter: found.right.name });
  const device = yield* Session.openDevice("webgpu");
  for (const op of Object.keys(opTable) as OpName[]) {
    yield* check(op, checkForward(op, CASES, device));
    if (differentiable.includes(op) && !STRAIGHT_THROUGH.includes(op)) {
      yield* check(`${op}'s gradient`, checkGradient(op, CASES, device));
    }
  }
  yield* check("refusals", refusals(device));
  yield* check("buffers", buffers(device));
  yield* check("decoding", withCache(checkDecoding(device)));
  for (const name of CHECKPOINTS) {
    yield* check(`parity of ${name}`, withCache(checkParity(name, device)));
  }
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
// SwiftShader may end the process as it closes: what counts are the lines before
process.exit();
