/**
 * How much faster two workers finish the embedded benchmark than one, on two cores: `node --import tsx test/queue/speed_up.ts
 * [--limit 500] [--arms base,pt,random,untriggered,dpc] [--batch N]`. Each has one thread; then, beside them, one worker with two.
 *
 * Counts from when all workers have opened the model until the last example is recorded. Needs redis-server and a quiet machine.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import process from "node:process";
import { parseArgs } from "node:util";
import { machineTime, processorTime } from "./processors.ts";
import { recorded, startProgram, until } from "./programs.ts";
import { startRedis } from "./redis.ts";

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "500" },
    arms: { type: "string", default: "base,pt,random,untriggered,dpc" },
    batch: { type: "string" },
  },
});

/** Seconds that so many workers take, each with so many threads. */
const secondsOf = (workers: number, threads: number) =>
  Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = `${yield* fs.makeTempDirectoryScoped()}/run`;
    const redis = yield* startRedis();
    const queue = ["--queue", redis.url];
    const evaluation = ["--limit", values.limit, "--arms", values.arms, "--run", directory];
    const coordinator = yield* startProgram("evaluate.ts", [...evaluation, ...queue]);
    const batch = values.batch === undefined ? [] : ["--batch", values.batch];
    const each = [...queue, ...batch, "--workers", String(threads), "--threads", "1"];
    const programs = yield* Effect.all(
      Array.from({ length: workers }, () => startProgram("worker.ts", each)),
    );
    yield* until(() => programs.every((worker) => worker.output().includes("Working")));
    const pids = [process.pid, redis.pid(), ...[coordinator, ...programs].map(({ pid }) => pid)];
    const mark = () =>
      [
        performance.now() / 1000,
        machineTime() - pids.reduce((sum, pid) => sum + processorTime(pid), 0),
      ] as const;
    const [start, before] = mark();
    yield* until(() => recorded(directory) >= Number(values.limit) || !coordinator.isRunning());
    const [end, after] = mark();
    const seconds = end - start;
    for (const program of [coordinator, ...programs]) yield* program.ended;
    const shares = programs.map((worker) => /(\d+) examples were/.exec(worker.output())?.[1]);
    console.log(
      `${workers} x ${threads}: ${seconds.toFixed(1)} s for ${recorded(directory)} examples (${
        shares.join(" + ")
      }); ${((after - before) / seconds).toFixed(2)} processors did something else`,
    );
    return seconds;
  }));

const program = Effect.gen(function* () {
  const one = yield* secondsOf(1, 1);
  const two = yield* secondsOf(2, 1);
  console.log(`two workers are ${(one / two).toFixed(2)} times as fast as one`);
  const both = yield* secondsOf(1, 2);
  console.log(`one worker with two threads is ${(one / both).toFixed(2)} times as fast`);
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
