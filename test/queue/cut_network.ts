/**
 * A run on three hosts, each in a network namespace of its own, one of which is cut off for a while: it must end as the local one.
 * `node --import tsx test/queue/cut_network.ts [--limit 200] [--arms base,pt] [--lock 5]`. Needs root, iproute2 and redis-server.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { recorded, resultOf, startProgram, until } from "./programs.ts";
import { startRedis } from "./redis.ts";

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "200" },
    arms: { type: "string", default: "base,pt" },
    lock: { type: "string", default: "5" },
  },
});
const lock = Number(values.lock);

/** Three hosts on a switch; they go with the scope. */
const network = Effect.acquireRelease(
  Effect.sync(() => {
    const ip = (...words: readonly string[]) => void execFileSync("ip", words);
    const name = (part: string) => `dpc${process.pid % 10_000}${part}`;
    const bridge = name("s");
    ip("netns", "add", bridge);
    ip("-n", bridge, "link", "add", "bridge", "type", "bridge");
    ip("-n", bridge, "link", "set", "bridge", "up");
    const hosts = ["a", "b", "c"].map((letter, at) => {
      const host = name(letter);
      ip("netns", "add", host);
      ip(
        "-n",
        bridge,
        "link",
        "add",
        letter,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        host,
      );
      ip("-n", bridge, "link", "set", letter, "master", "bridge", "up");
      ip("-n", host, "address", "add", `10.77.0.${at + 1}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) ip("-n", host, "link", "set", device, "up");
      return {
        inside: ["ip", "netns", "exec", host],
        /** Puts the host's cable in or takes it out. */
        cable: (state: "up" | "down") => ip("-n", bridge, "link", "set", letter, state),
      };
    });
    return { hosts, names: [bridge, ...["a", "b", "c"].map(name)], ip };
  }),
  ({ names, ip }) => Effect.sync(() => names.forEach((each) => ip("netns", "delete", each))),
);

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  const evaluation = ["--limit", values.limit, "--arms", values.arms];
  yield* (yield* startProgram("evaluate.ts", [...evaluation, "--run", `${folder}/whole`])).ended;
  const { hosts } = yield* network;
  const [first, second, third] = hosts as [typeof hosts[0], typeof hosts[0], typeof hosts[0]];
  const redis = yield* startRedis({ host: "10.77.0.1", inside: first.inside });
  const queue = ["--queue", redis.url];
  const directory = `${folder}/queue`;
  const coordinator = yield* startProgram("evaluate.ts", [
    ...evaluation,
    ...["--run", directory],
    ...queue,
  ], first);
  const worker = [...queue, "--lock", values.lock, "--batch", "8"];
  const near = yield* startProgram("worker.ts", worker, second);
  const far = yield* startProgram("worker.ts", worker, third);
  yield* until(() => [near, far].every((each) => each.output().includes("Working")));
  yield* until(() => recorded(directory) > 0 || !coordinator.isRunning());
  third.cable("down");
  console.log(`cut off after ${recorded(directory)} examples`);
  yield* Effect.sleep(3 * lock * 1000);
  third.cable("up");
  console.log(`back after ${3 * lock} s and ${recorded(directory)} examples`);
  const code = yield* coordinator.ended;
  const [whole, made] = [resultOf(`${folder}/whole`), resultOf(directory)];
  const equal = whole.samples === made.samples && whole.results === made.results;
  const ends = yield* Effect.all([near.ended, far.ended]);
  for (const each of [near, far]) console.log(each.output().trim().split("\n").at(-1));
  console.log(
    `coordinator ${code}, workers ${ends}: ${equal ? "equal to the local run" : "DIFFERS"}`,
  );
  if (!equal || code !== 0 || ends.some((end) => end !== 0)) process.exitCode = 1;
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
