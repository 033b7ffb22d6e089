import { Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { startRedis, tell } from "./redis.ts";
import { coordinate, ids, join, queueTest, sleeper } from "./support.ts";

/** Ways in which a server refuses what is written: how to have it do so, and how not to. */
const REFUSALS: Readonly<Record<string, readonly [(url: string) => void, (url: string) => void]>> =
  {
    "whose memory is full": [
      (url) => tell(url, "config", "set", "maxmemory", "1"),
      (url) => tell(url, "config", "set", "maxmemory", "0"),
    ],
    "that lacks its replicas": [
      (url) => tell(url, "config", "set", "min-replicas-to-write", "1"),
      (url) => tell(url, "config", "set", "min-replicas-to-write", "0"),
    ],
    "that has become a read-only replica": [
      // of a server that is not there: it keeps its data
      (url) => tell(url, "replicaof", "127.0.0.1", "1"),
      (url) => tell(url, "replicaof", "no", "one"),
    ],
  };

for (const [what, [refuse, accept]] of Object.entries(REFUSALS)) {
  queueTest(
    `a server ${what}: a run is refused in one line, and one that goes on waits for it, and each says so once`,
    effectTest(() =>
      Effect.gen(function* () {
        const { url } = yield* startRedis({ forgets: true });
        refuse(url);
        const { message } = yield* Effect.flip(coordinate(url, 4));
        assert.match(message, /^Cannot use the queue at redis:[^\n]{10,200}$/);
        accept(url);

        const said: string[] = [];
        const worker = sleeper(50);
        const log = (line: string) => void said.push(line);
        const running = yield* Effect.fork(coordinate(url, 40, { log, lookAhead: 8 }));
        const working = yield* Effect.fork(join(url, worker.service, { waitTimeout: 60, log }));
        yield* Effect.repeat(Effect.sleep(10), { until: () => worker.counts.finished >= 6 });
        refuse(url);
        yield* Effect.sleep(12_000);
        accept(url);
        assert.equal(yield* Fiber.join(running), ids(40));
        yield* Fiber.join(working);
        assert.ok(said.every((line) => !/\n|script/.test(line)));
        // by the coordinator and by the worker
        const times = said.map((line) => said.filter((other) => other === line).length);
        assert.ok(said.length > 0 && Math.max(...times) <= 2, said.join("\n"));
      }), 120),
  );
}

test.run();
