/**
 * How much faster two workers finish the embedded benchmark than one, on two cores: `node --import tsx test/tools/drills/queue_speed_up.ts
 * [--limit 1000] [--arms base,pt,random,untriggered,dpc] [--batch N] [--workers 1,2]`. Each worker has a core of its own and one
 * thread; the coordinator and Redis are on the last core, which the second worker shares with them.
 *
 * Counts from when all workers have opened the model until the last example is recorded. Needs redis-server, taskset and a quiet
 * machine.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { dpc, start } from "../../programs.ts";
import { recorded, until } from "../../queue/run_directory.ts";
import { startRedis } from "../../queue/redis.ts";

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "1000" },
    arms: { type: "string", default: "base,pt,random,untriggered,dpc" },
    batch: { type: "string" },
    workers: { type: "string", default: "1,2" },
  },
});

/** Milliseconds between two looks at what is recorded: looking takes processor time. */
const LOOK = 250;
/** On one core. */
const on = (core: number) => ({ inside: ["taskset", "-c", String(core)] });

/** Seconds that so many workers take. */
const secondsOf = (workers: number) =>
  Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = `${yield* fs.makeTempDirectoryScoped()}/run`;
    const redis = yield* startRedis(on(1));
    const queue = ["--queue", redis.url];
    const evaluation = ["--limit", values.limit, "--arms", values.arms, "--run", directory];
    const coordinator = yield* start(dpc("evaluate", ...evaluation, ...queue), on(1));
    const batch = values.batch === undefined ? [] : ["--batch", values.batch];
    const each = [...queue, ...batch, "--workers", "1", "--threads", "1"];
    const programs = yield* Effect.all(
      Array.from({ length: workers }, (_, core) => start(dpc("worker", ...each), on(core))),
    );
    yield* until(() => programs.every((worker) => worker.written().includes("Working")));
    const begun = performance.now();
    const isOver = () => recorded(directory) >= Number(values.limit) || !coordinator.isRunning();
    yield* Effect.repeat(Effect.sleep(LOOK), { until: isOver });
    const seconds = (performance.now() - begun) / 1000;
    for (const program of [coordinator, ...programs]) yield* program.ended;
    const shares = programs.map((worker) => /(\d+) examples were/.exec(worker.written())?.[1]);
    console.log(
      `${workers} workers: ${seconds.toFixed(1)} s for ${recorded(directory)} examples (${
        shares.join(" + ")
      })`,
    );
    return seconds;
  }));

const program = Effect.gen(function* () {
  const [first = 0, ...others] = yield* Effect.forEach(
    values.workers.split(",").map(Number),
    secondsOf,
  );
  for (const seconds of others) console.log(`${(first / seconds).toFixed(2)} times as fast`);
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
