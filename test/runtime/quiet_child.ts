/**
 * A program for quiet_test.ts: adds in a session of its own, or in one of a worker (`thread`, `process`), and prints the sums.
 *
 * @module
 */
import process from "node:process";
import { Effect, type Scope } from "effect";
import { spawn } from "../../lib/runtime/mod.ts";
import { sum } from "./sum.ts";

const inWorker = (process: boolean) =>
  Effect.flatMap(
    spawn<readonly [number, number], number[]>(
      new URL("./sum_worker.ts", import.meta.url),
      { process },
    ),
    (worker) => worker.execute([1, 2]),
  );

const place = process.argv[2];
const sums: Effect.Effect<number[], { readonly message: string }, Scope.Scope> =
  place === "thread" || place === "process" ? inWorker(place === "process") : sum([1, 2]);
console.log(await Effect.runPromise(Effect.scoped(sums)));
// where it was forked
if (process.connected) process.disconnect();
