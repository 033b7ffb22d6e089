/**
 * Two runs at once on one server, one coordinator suspended and woken, the engine of a worker hung, and so many attacks on both by somebody
 * without the secret: both must end as the local ones, and the secret must be nowhere.
 * `node --import tsx test/tools/drills/attack_queue.ts [--attacks 10000] [--examples 400] [--asleep 20] [--seed 0]`. Needs redis-server.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { readFileSync } from "node:fs";
import process, { env } from "node:process";
import { parseArgs } from "node:util";
import { jobId } from "../../../lib/queue/messages.ts";
import { sealOf } from "../../../lib/queue/seal.ts";
import { childrenOf } from "../../reliability/processes.ts";
import { makeWorld } from "../../reliability/world.ts";
import { dpc, start } from "../../programs.ts";
import { attackServer } from "../../queue/fuzz.ts";
import { startRedis, tell } from "../../queue/redis.ts";
import { recorded, resultOf, until } from "../../queue/run_directory.ts";

const { values } = parseArgs({
  options: {
    attacks: { type: "string", default: "10000" },
    examples: { type: "string", default: "400" },
    asleep: { type: "string", default: "20" },
    seed: { type: "string", default: "0" },
  },
});
const [attacks, examples, asleep, seed] = [
  Number(values.attacks),
  Number(values.examples),
  Number(values.asleep),
  Number(values.seed),
];
const SECRET = "a secret of this drill alone";
env["DPC_QUEUE_SECRET"] = SECRET;

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  yield* makeWorld(folder, examples);
  const options = (run: string, tokens: string) => [
    ...["--model", `${folder}/model`, "--data", `${folder}/data.jsonl`, "--arms", "base"],
    ...["--max-new-tokens", tokens, "--run", `${folder}/${run}`],
  ];
  const names = [["a", "3"], ["b", "4"]] as const;
  for (const [name, tokens] of names) {
    yield* (yield* start(dpc("evaluate", ...options(`local-${name}`, tokens), "--quiet"))).ended;
  }
  const redis = yield* startRedis();
  const queue = ["--queue", redis.url];
  const runs = yield* Effect.forEach(
    names,
    ([name, tokens]) => start(dpc("evaluate", ...options(name, tokens), "--quiet", ...queue)),
  );
  yield* until(() => tell(redis.url, "hlen", "dpc:runs") === "2");
  const ids = tell(redis.url, "hkeys", "dpc:runs").split("\n");
  const workers = yield* Effect.forEach(
    [1, 2, 3],
    () =>
      start(dpc(
        ...["worker", "--model", `${folder}/model`, ...queue, "--lock", "5"],
        ...["--workers", "1", "--batch", "4"],
      )),
  );
  yield* until(() => recorded(`${folder}/a`) > 0 || recorded(`${folder}/b`) > 0);
  const [sleeper] = runs;
  yield* sleeper!.signal("SIGSTOP");
  const [engine] = childrenOf(workers[0]!.pid);
  if (engine !== undefined) process.kill(engine, "SIGSTOP");
  console.log("one coordinator and one engine are suspended");
  yield* Effect.forkScoped(Effect.delay(sleeper!.signal("SIGCONT"), asleep * 1000));
  const jobs = Array.from({ length: examples }, (_, at) => jobId(`data-${at}@base`));
  yield* Effect.forEach(ids, (run, at) => {
    const seal = sealOf(undefined, run);
    const target = {
      run,
      jobs,
      resultOf: (job: string) => seal.close("result", job, { error: "forged", final: true }),
    };
    return attackServer(redis.url, target, { attacks: attacks / 2, seed: seed + at, pause: 2 });
  }, { concurrency: "unbounded" });
  console.log(
    `${attacks} attacks are over; ${recorded(`${folder}/a`)} + ${recorded(`${folder}/b`)}`,
  );
  for (const [at, [name]] of names.entries()) {
    const { code } = yield* runs[at]!.ended;
    const [local, made] = [resultOf(`${folder}/local-${name}`), resultOf(`${folder}/${name}`)];
    const isEqual = local.samples === made.samples && local.results === made.results;
    const told = [
      runs[at]!.written(),
      ...workers.map((worker) => worker.written()),
      readFileSync(`${folder}/${name}/run.json`, "utf8"),
    ].some((text) => text.includes(SECRET));
    console.log(
      `run ${name}: exit ${code}, ${isEqual ? "equal to the local run" : "DIFFERS"}, the secret ` +
        (told ? "WAS TOLD" : "was told nowhere"),
    );
    if (!isEqual || code !== 0 || told) {
      process.exitCode = 1;
      console.log(runs[at]!.written());
    }
  }
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
process.exit();
