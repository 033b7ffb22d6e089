/**
 * A week in an hour: runs on a queue to which a fault happens every minute, each program started again by its own command, until the time is
 * over: `node --import tsx test/tools/drills/week/week_in_an_hour.ts [--minutes 60] [--limit 1000] [--seed N] [--tiny]`. Every run must end
 * equal to an uninterrupted local one, and memory must not grow. A busy machine wants `--tiny`: a random model of two small layers, and
 * `--limit 20000` questions. Needs Linux with user namespaces, and redis-server.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import * as NodeContext from "@effect/platform-node/NodeContext";
import { spawnSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Effect, Fiber, Option } from "effect";
import { PCGRandom } from "effect/Utils";
import { dpc, run, start } from "../../../programs.ts";
import { startRedis } from "../../../queue/redis.ts";
import { recorded, resultOf } from "../../../queue/run_directory.ts";
import { makeWorld, worldOptions } from "../../../reliability/world.ts";
import { FAULTS, type Round, type Service } from "./faults.ts";
import { memoryLines, watchMemory } from "./memory.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    limit: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    disk: { type: "string" },
    tiny: { type: "boolean", default: false },
  },
});

/** Seconds between two faults, about. */
const BETWEEN = 60;
/** Seconds without a new example after which a run counts as stalled. */
const STALLED = 400;
/** Seconds that workers may take to end once their run has. */
const LEAVING = 120;
/** MiB of the disk that run directories are on. */
const DISK = 200;
/** Seconds of silence after which an example goes to another worker. */
const LOCK = 10;

/** The folder of the tiny model, on another disk than the run directories. */
const WORLD = `${values.disk}-world`;

/** Five prompts and all arms of the paper, or three arms of the tiny model. */
const EVALUATION = values.tiny
  ? ["evaluate", ...worldOptions(WORLD)]
  : ["evaluate", "--limit", values.limit, "--prompt-seeds", "all", "--quiet"];
const MODEL = values.tiny ? ["--model", `${WORLD}/model`] : [];

const begun = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - begun) / 60_000).toFixed(1).padStart(5)} min  ${line}`);

const findings: string[] = [];
const find = (finding: string) => {
  findings.push(finding);
  say(`FINDING: ${finding}`);
};

/** Keeps a program running by its one command until it has ended well and its run is over; gives how often it was started. */
const keep = (service: Service, isOver: () => boolean) =>
  Effect.gen(function* () {
    for (let starts = 1;; starts++) {
      const { code, errors } = yield* Effect.scoped(Effect.gen(function* () {
        service.program = yield* start(service.command);
        return yield* service.program.ended;
      }));
      service.program = undefined;
      if (code === 0 && isOver()) return starts;
      if (code !== null) {
        say(`${service.name} ended with ${code}: ${errors.trim().split("\n").at(-1)}`);
      }
      yield* Effect.repeat(Effect.sleep(1000), { until: () => !service.held });
    }
  });

/** Lets a fault happen every minute or so, for ever. */
const disturb = (round: Round, directory: string) =>
  Effect.forever(Effect.gen(function* () {
    yield* Effect.sleep(1000 * BETWEEN * (0.5 + round.random.number()));
    const names = Object.keys(FAULTS);
    const name = names[round.random.integer(names.length)]!;
    say(`${name}, after ${recorded(directory)} examples`);
    // what it stops goes on again, also where the run ends meanwhile
    yield* Effect.uninterruptible(FAULTS[name]!(round));
  }));

/** Finds out when a run stands still before its end, and has its programs start again. */
const watchStalls = (
  { coordinator, workers, spared }: Round,
  directory: string,
  examples: number,
) => {
  const sizeNow = () =>
    statSync(`${directory}/samples.jsonl`, { throwIfNoEntry: false })?.size ?? 0;
  let [size, grew] = [-1, performance.now()];
  const look = Effect.gen(function* () {
    if (sizeNow() !== size) [size, grew] = [sizeNow(), performance.now()];
    if (performance.now() - grew < 1000 * STALLED || recorded(directory) >= examples) return;
    find(`nothing was recorded for ${STALLED} s, after ${recorded(directory)} examples`);
    for (const { name, program } of [coordinator, ...workers, spared]) {
      say(`${name}: ${program?.written().trim().split("\n").slice(-3).join(" | ")}`);
      yield* program?.signal("SIGKILL") ?? Effect.void;
    }
    grew = performance.now();
  });
  return Effect.forever(Effect.delay(look, 5000));
};

/** One run from its first command to its end. */
const suffer = (directory: string, examples: number, random: PCGRandom) =>
  Effect.gen(function* () {
    const redis = yield* startRedis();
    const service = (name: string, ...command: readonly string[]): Service => ({
      name,
      command: dpc(...command, "--queue", redis.url),
      program: undefined,
      held: false,
    });
    const coordinator = service("coordinator", ...EVALUATION, "--run", directory);
    const alone = ["--workers", "1", "--threads", "1", "--lock", String(LOCK), "--wait", "60"];
    const worker = (name: string) => service(name, "worker", ...MODEL, ...alone);
    const workers = [worker("worker 1"), worker("worker 2")];
    const spared = worker("spared worker");
    const filler = (part: number) => `${directory}/../filler-${part}`;
    const round: Round = {
      coordinator,
      workers,
      spared,
      redis,
      random,
      find,
      fillDisk: Effect.sync(() => {
        try {
          for (let part = 0;; part++) writeFileSync(filler(part), new Uint8Array(2 ** 18));
        } catch { /* it is full */ }
      }),
      freeDisk: Effect.sync(() => {
        for (let part = 0; part <= 4 * DISK; part++) rmSync(filler(part), { force: true });
      }),
    };
    let over = false;
    yield* Effect.forkScoped(watchMemory(round));
    yield* Effect.forkScoped(watchStalls(round, directory, examples));
    const disturbing = yield* Effect.forkScoped(disturb(round, directory));
    const working = yield* Effect.forkScoped(
      Effect.forEach([...workers, spared], (each) => keep(each, () => over), {
        concurrency: "unbounded",
      }),
    );
    const starts = yield* keep(coordinator, () => true);
    over = true;
    yield* Fiber.interrupt(disturbing);
    const left = yield* Effect.timeoutOption(Fiber.join(working), 1000 * LEAVING);
    if (Option.isNone(left)) find(`workers had not ended ${LEAVING} s after their run`);
    const workersStarted = Option.getOrElse(left, () => []).join(", ");
    say(`the run is over: its coordinator was started ${starts} times, workers ${workersStarted}`);
  });

const program = Effect.gen(function* () {
  say(`seed ${values.seed}, ${values.limit} problems${values.tiny ? "" : " under five prompts"}`);
  if (values.tiny) yield* makeWorld(WORLD, Number(values.limit));
  const whole = `${values.disk}/whole`;
  const { code, errors } = yield* run(dpc(...EVALUATION, "--run", whole));
  if (code !== 0) return find(`the local run failed: ${errors}`);
  const expected = resultOf(whole);
  say(`the uninterrupted local run has ${recorded(whole)} examples`);
  const random = new PCGRandom(Number(values.seed));
  const first = performance.now();
  let rounds = 0;
  while (performance.now() - first < 60_000 * Number(values.minutes)) {
    const directory = `${values.disk}/round-${rounds}`;
    yield* Effect.scoped(suffer(directory, recorded(whole), random));
    const { samples, results } = resultOf(directory);
    const equal = samples === expected.samples && results === expected.results;
    if (!equal) find(`run ${rounds} differs from the local one`);
    else {
      say(`run ${rounds} equals the local one`);
      rmSync(directory, { recursive: true });
    }
    rounds += 1;
  }
  for (const line of memoryLines()) say(line);
  say(`${rounds} runs, ${findings.length} findings`);
});

if (values.disk === undefined) {
  // run directories get a disk of their own, which can be filled
  const folder = await Effect.runPromise(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectory())
      .pipe(Effect.provide(NodeContext.layer)),
  );
  const script = `mount -t tmpfs -o size=${DISK}m tmpfs "${folder}" && exec "$@"`;
  const again = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)];
  const options = [...process.argv.slice(2), "--seed", values.seed, "--disk", folder];
  const { status } = spawnSync("unshare", ["-rm", "sh", "-c", script, "sh", ...again, ...options], {
    stdio: "inherit",
  });
  for (const each of [folder, `${folder}-world`]) rmSync(each, { recursive: true, force: true });
  process.exitCode = status ?? 1;
} else {
  await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
  process.exitCode = findings.length === 0 ? 0 : 1;
}
