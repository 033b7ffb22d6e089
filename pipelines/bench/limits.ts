/**
 * What the machine can do at most: bytes it reads and products it makes in a second; and the memory that a process and its workers take.
 *
 * @module
 */
import { Effect } from "effect";
import { readdir, readFile } from "node:fs/promises";
import { Graph, Op } from "../../lib/onnx/mod.ts";
import { Session, type Tensor } from "../../lib/runtime/mod.ts";

/** Far more than the caches hold. */
const READ_BYTES = 2 ** 29;

/** Rows and columns of the matrices of {@linkcode multiplyRate}. */
const WIDTH = 2048;

/** Runs a graph a few times; the best run's seconds. */
function fastest(
  graph: Graph.Graph,
  feeds: Readonly<Record<string, Tensor>>,
  threads: number,
) {
  return Effect.gen(function* () {
    const session = yield* Session.make(graph, { threads });
    let best = Infinity;
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      yield* session.run(feeds);
      best = Math.min(best, (performance.now() - start) / 1000);
    }
    return best;
  });
}

/** Bytes that are read from memory in a second, by a sum of rows that lie one after the other. */
export function readRate(threads: number) {
  const shape = [64, READ_BYTES / 4 / 64];
  const x: Tensor = { dtype: "f32", shape, data: new Float32Array(READ_BYTES / 4).fill(1) };
  const sum = Op.reduceSum(Graph.input("x", "f32", shape), [1], false);
  return Effect.map(fastest({ outputs: { sum } }, { x }, threads), (time) => READ_BYTES / time);
}

/** Floating-point operations in a second, by a product of square matrices. */
export function multiplyRate(threads: number) {
  const shape = [WIDTH, WIDTH];
  const x: Tensor = { dtype: "f32", shape, data: new Float32Array(WIDTH ** 2).fill(0.5) };
  const a = Graph.input("x", "f32", shape);
  return Effect.map(
    fastest({ outputs: { y: Op.reduceSum(Op.matMul(a, a), [0], false) } }, { x }, threads),
    (time) => 2 * WIDTH ** 3 / time,
  );
}

/**
 * Bytes of memory that this process and those it started take: each one's own, and once what is mapped from files, which they share. Only
 * Linux tells.
 *
 * @returns undefined elsewhere
 */
export async function residentBytes(): Promise<number | undefined> {
  const sizes = await Promise.all((await family(process.pid)).map(async (pid) => {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    const bytes = (field: string) =>
      1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
    return { own: bytes("Anonymous"), mapped: bytes("Rss") - bytes("Anonymous") };
  }));
  const own = sizes.reduce((sum, size) => sum + size.own, 0);
  return own === 0 ? undefined : own + Math.max(...sizes.map(({ mapped }) => mapped));
}

/** A process and all it started. */
async function family(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")
    ),
  );
  const children = lists.join(" ").split(/\s+/).filter((id) => id !== "").map(Number);
  return [pid, ...(await Promise.all(children.map(family))).flat()];
}
