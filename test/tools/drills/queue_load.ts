/**
 * What the queue costs and where it saturates: many workers whose work is a sleep, with Redis, the coordinator and all workers on this
 * machine. `node --import tsx test/tools/drills/queue_load.ts [--workers 100] [--sleep 50] [--seconds 10] [--bytes 4000] [--batch 2]`.
 * A worker works on one example at a time and has the next at hand, as a real one has.
 *
 * Prints examples a second, the share of time that workers slept in their work, and the processor time of each part an example.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Duration, Effect, Stream } from "effect";
import { Stage } from "../../../lib/stage/mod.ts";
import { Evaluator, type Unit } from "../../../lib/arm/mod.ts";
import { type Sample } from "../../../lib/results/mod.ts";
import { findRun, work } from "../../../lib/queue/mod.ts";
import { machineTime, processorTime } from "./processors.ts";
import { startRedis } from "../../queue/redis.ts";
import { addressOf, coordinatorOf, sampleOf, unitOf } from "../../queue/support.ts";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "100" },
    sleep: { type: "string", default: "50" },
    seconds: { type: "string", default: "10" },
    bytes: { type: "string", default: "4000" },
    batch: { type: "string", default: "2" },
    queue: { type: "string" },
  },
});
const [workers, sleep, seconds, bytes, batch] = [
  values.workers,
  values.sleep,
  values.seconds,
  values.bytes,
  values.batch,
].map(Number) as [number, number, number, number, number];

/** Processes that hold the workers. */
const PROCESSES = 2;
const log = () => {};

/** An evaluator that sleeps over one unit at a time, and says for how many milliseconds it did. */
const sleeper = Effect.map(
  Effect.makeSemaphore(1),
  (one) =>
    Evaluator.of({
      lookAhead: 1,
      evaluate: (unit) =>
        one.withPermits(1)(Effect.map(
          Effect.timed(Effect.sleep(sleep)),
          ([took]) => {
            const sample = sampleOf(unit);
            const base = { ...sample.arms["base"]!, milliseconds: Duration.toMillis(took) };
            return { ...sample, arms: { base } };
          },
        )),
    }),
);

/** Works with this process's share of the workers. */
const hold = (url: string) =>
  Effect.gen(function* () {
    const address = addressOf(url);
    const run = yield* findRun({ address, waitTimeout: 60, log });
    const one = Effect.provideServiceEffect(
      work({ address, run: run!, batch, lock: 30, waitTimeout: 60, log }),
      Evaluator,
      sleeper,
    );
    yield* Effect.replicateEffect(one, workers / PROCESSES, {
      concurrency: "unbounded",
      discard: true,
    });
  });

const padded = (at: number): Unit => {
  const unit = unitOf(at);
  return { ...unit, example: { ...unit.example, promptText: "x".repeat(bytes) } };
};

/** Coordinates for some seconds of steady work, and measures. */
const measure = Effect.gen(function* () {
  const redis = yield* startRedis({ forgets: true });
  const holders = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Array.from(
        { length: PROCESSES },
        () =>
          fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--queue", redis.url], {
            execArgv: ["--import", "tsx"],
          }),
      )
    ),
    (all: readonly ChildProcess[]) =>
      Effect.sync(() => all.forEach((holder) => holder.kill("SIGKILL"))),
  );
  const pids = [[redis.pid()], [process.pid], holders.map(({ pid }) => pid!)];
  const times = () => pids.map((part) => part.reduce((sum, pid) => sum + processorTime(pid), 0));
  let done = 0;
  let slept = 0;
  const mark = () => ({
    at: performance.now(),
    done,
    slept,
    times: times(),
    machine: machineTime(),
  });
  let begun: ReturnType<typeof mark> | undefined;
  let ended: ReturnType<typeof mark> | undefined;
  const count = ({ arms }: Sample) =>
    Effect.sync(() => {
      done++;
      slept += arms["base"]!.milliseconds;
      // the first seconds start workers up
      if (begun === undefined && done >= 10 * workers) {
        begun = mark();
      }
      if (begun === undefined || performance.now() - begun.at < seconds * 1000) return false;
      ended = mark();
      return true;
    });
  yield* Effect.flatMap(
    Evaluator,
    ({ evaluate, lookAhead }) =>
      Stream.iterate(0, (at) => at + 1).pipe(
        Stage.streamed((at: number) => evaluate(padded(at)), lookAhead),
        Stream.mapEffect(count),
        Stream.takeUntil((over) => over),
        Stream.runDrain,
      ),
  ).pipe(
    Effect.provide(coordinatorOf(redis.url, { lookAhead: 4096 })),
    Effect.scoped,
  );
  const wall = (ended!.at - begun!.at) / 1000;
  const examples = ended!.done - begun!.done;
  const busy = (ended!.slept - begun!.slept) / 1000 / (wall * workers);
  const used = ended!.times.map((time, part) => time - begun!.times[part]!);
  const costs = ["Redis", "coordinator", "workers"].map((name, part) =>
    `${name} ${(used[part]! * 1000 / examples).toFixed(2)} ms`
  );
  const own = used.reduce((sum, time) => sum + time, 0) / wall;
  const others = (ended!.machine - begun!.machine) / wall - own;
  console.log(
    `${workers} workers with ${batch} at hand, ${sleep} ms of sleep, ${bytes} bytes: ` +
      `${(examples / wall).toFixed(0)} examples/s of ${(workers * 1000 / sleep).toFixed(0)}, ` +
      `workers busy ${(100 * busy).toFixed(1)} %; processor time an example: ${
        costs.join(", ")
      }; ` +
      `processors: ${own.toFixed(2)} for this, ${others.toFixed(2)} for anything else`,
  );
});

const program = values.queue === undefined ? Effect.scoped(measure) : hold(values.queue);
await Effect.runPromise(Effect.provide(program as Effect.Effect<void>, NodeContext.layer));
process.exit(0);
