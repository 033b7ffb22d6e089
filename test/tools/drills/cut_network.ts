/**
 * A run on three hosts, each in a network namespace of its own, one of which is cut off for a while: it must end as the local one.
 * `node --import tsx test/tools/drills/cut_network.ts [--limit 200] [--arms base,pt] [--lock 5]`. Needs root, iproute2 and redis-server.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { dpc, start } from "../../programs.ts";
import { recorded, resultOf, until } from "../../queue/run_directory.ts";
import { startRedis } from "../../queue/redis.ts";

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "200" },
    arms: { type: "string", default: "base,pt" },
    lock: { type: "string", default: "5" },
  },
});
const lock = Number(values.lock);

const ip = (...words: readonly string[]) => void execFileSync("ip", words);

/** A network namespace; it goes with the scope. */
const namespace = (part: string) => {
  const name = `dpc${process.pid % 10_000}-${part}`;
  return Effect.as(
    Effect.acquireRelease(
      Effect.sync(() => ip("netns", "add", name)),
      () => Effect.sync(() => ip("netns", "delete", name)),
    ),
    name,
  );
};

/** Three hosts on a switch. */
const network = Effect.gen(function* () {
  const bridge = yield* namespace("switch");
  const onBridge = (...words: readonly string[]) => ip("-n", bridge, "link", ...words);
  onBridge("add", "name", "bridge", "type", "bridge");
  onBridge("set", "bridge", "up");
  const connect = (number: number) =>
    Effect.map(namespace(`host${number}`), (host) => {
      const cable = `cable${number}`;
      onBridge(
        ...["add", "name", cable, "type", "veth", "peer", "name", "eth0", "netns", host],
      );
      onBridge("set", cable, "master", "bridge", "up");
      ip("-n", host, "address", "add", `10.77.0.${number}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) ip("-n", host, "link", "set", device, "up");
      return {
        inside: ["ip", "netns", "exec", host],
        /** Puts the host's cable in or takes it out. */
        cable: (state: "up" | "down") => onBridge("set", cable, state),
      };
    });
  return yield* Effect.all([connect(1), connect(2), connect(3)]);
});

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  const evaluation = ["--limit", values.limit, "--arms", values.arms];
  yield* (yield* start(dpc("evaluate", ...evaluation, "--run", `${folder}/whole`))).ended;
  const [first, second, third] = yield* network;
  const redis = yield* startRedis({ host: "10.77.0.1", inside: first.inside });
  const queue = ["--queue", redis.url];
  const directory = `${folder}/queue`;
  const coordinator = yield* start(
    dpc("evaluate", ...evaluation, "--run", directory, ...queue),
    first,
  );
  const worker = [...queue, "--lock", values.lock, "--batch", "8"];
  const near = yield* start(dpc("worker", ...worker), second);
  const far = yield* start(dpc("worker", ...worker), third);
  const working = () => [near, far].every((each) => each.written().includes("Working"));
  yield* until(() => working() && recorded(directory) > 0 || !coordinator.isRunning());
  if (!coordinator.isRunning()) {
    throw new Error(`The run ended too early: ${coordinator.written()}`);
  }
  third.cable("down");
  console.log(`cut off after ${recorded(directory)} examples`);
  yield* Effect.sleep(3 * lock * 1000);
  third.cable("up");
  console.log(`back after ${3 * lock} s and ${recorded(directory)} examples`);
  const { code } = yield* coordinator.ended;
  const [whole, made] = [resultOf(`${folder}/whole`), resultOf(directory)];
  const equal = whole.samples === made.samples && whole.results === made.results;
  const ends = (yield* Effect.all([near.ended, far.ended])).map(({ code }) => code);
  for (const each of [near, far]) console.log(each.written().trim().split("\n").at(-1));
  console.log(
    `coordinator ${code}, workers ${ends}: ${equal ? "equal to the local run" : "DIFFERS"}`,
  );
  if (!equal || code !== 0 || ends.some((end) => end !== 0)) process.exitCode = 1;
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
