/**
 * Fuzzing a reader: any input must give a value or a typed error of one line, soon, and leave the memory as it was.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Cause, Chunk, Effect, Exit } from "effect";
import { PCGRandom } from "effect/Utils";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { mutate } from "./mutate.ts";
import type { Reader } from "./readers.ts";

/** What came of the inputs. */
export interface Fuzzed {
  readonly read: number;
  readonly refused: number;
  /** Inputs that it did not stand, and what they did. */
  readonly findings: readonly string[];
  /** Longest processor time of an input, seconds. */
  readonly slowest: number;
  /** Most memory after an input, bytes. */
  readonly memory: number;
}

/** Processor seconds that an input may take. */
const SLOW = 5;
/** Findings after which there is enough to mend. */
const MOST_FINDINGS = 5;
/** Bytes that the process may grow by. */
const GROWTH = 2 ** 30;
/** Processor seconds without an end after which an input counts as a hang, and seconds of the clock after which one that waits does. */
const HANG = 60;
const WAITS = 1200;

/** Which inputs a reader is fed with. */
export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Number of the first; 0 unless told. */
  readonly from?: number;
}

/** Feeds a reader with valid inputs, which it must read, and with hostile ones, each a function of seed and number. */
export function fuzz(reader: Reader, { inputs, seed, from = 0 }: FuzzOptions) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    const watch = yield* watchdog(reader.name, seed);
    const before = process.memoryUsage.rss();
    const findings: string[] = [];
    const counts = { read: 0, refused: 0, slowest: 0, memory: 0 };
    for (const [at, valid] of reader.seeds.entries()) {
      const exit = yield* Effect.exit(Effect.scoped(reader.read(valid, folder)));
      if (Exit.isFailure(exit)) findings.push(`valid input ${at}: ${Cause.pretty(exit.cause)}`);
    }
    for (let at = from; at < from + inputs; at++) {
      watch(at);
      const random = new PCGRandom(seed, at);
      const input = reader.make?.(random) ?? mutate(reader.seeds, random);
      const start = process.cpuUsage();
      const exit = yield* Effect.exit(Effect.scoped(reader.read(input, folder)));
      const { user, system } = process.cpuUsage(start);
      const seconds = (user + system) / 1e6;
      counts.slowest = Math.max(counts.slowest, seconds);
      counts.memory = Math.max(counts.memory, process.memoryUsage.rss());
      const wrong = faultOf(exit) ??
        (seconds > SLOW
          ? `took ${seconds} s`
          : counts.memory - before > GROWTH
          ? `grew the memory by ${counts.memory - before} bytes`
          : "polluted" in {}
          ? "changed Object.prototype"
          : undefined);
      if (wrong !== undefined) {
        const shown = new TextDecoder().decode(input).slice(0, 300);
        findings.push(`input ${at} of seed ${seed}: ${wrong.slice(0, 1500)}\n${shown}`);
        if (findings.length === MOST_FINDINGS) break;
      }
      counts[Exit.isSuccess(exit) ? "read" : "refused"] += 1;
    }
    return { ...counts, findings } satisfies Fuzzed;
  }).pipe(Effect.scoped);
}

/** What is wrong with how an input ended. */
function faultOf(exit: Exit.Exit<unknown, { readonly _tag: string; readonly message: string }>) {
  if (Exit.isSuccess(exit)) return undefined;
  const failures = Chunk.toReadonlyArray(Cause.failures(exit.cause));
  const [failure] = failures;
  if (failure === undefined) return `died: ${Cause.pretty(exit.cause).slice(0, 2000)}`;
  if (typeof failure._tag !== "string") return `failed without a tag: ${failure}`;
  // a configuration that differs is told key by key
  const inOneLine = failure._tag === "ConfigurationChanged" || !failure.message.includes("\n");
  return inOneLine && failure.message.length < 1500
    ? undefined
    : `failed with ${JSON.stringify(failure.message.slice(0, 2000))}`;
}

/** Ends the process when an input does not end: nothing in this thread could. Told the input that is begun. */
const watchdog = (name: string, seed: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const current = new Int32Array(new SharedArrayBuffer(4));
        const code = `
          const { workerData: { current, name, seed } } = require("node:worker_threads");
          let [last, ticks, used] = [-1, 0, process.cpuUsage()]; // ticks, not time: a process that is stopped does not hang
          setInterval(() => {
            const { user, system } = process.cpuUsage(used);
            if (current[0] !== last) [last, ticks, used] = [current[0], 0, process.cpuUsage()];
            else if (++ticks > ${WAITS} || user + system > ${HANG}e6) {
              require("node:fs").writeSync(2, name + ", seed " + seed + ", input " + last + " does not end\\n");
              process.kill(process.pid, "SIGKILL");
            }
          }, 1000);`;
        return {
          current,
          worker: new Worker(code, { eval: true, workerData: { current, name, seed } }),
        };
      }),
      ({ worker }) => Effect.promise(() => worker.terminate()),
    ),
    ({ current }) => (at: number) => void (current[0] = at),
  );
