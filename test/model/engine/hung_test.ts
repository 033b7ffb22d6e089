import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { openEngine, Rates } from "../../../lib/model/engine/pool.ts";
import { fingerprintOf } from "../../../lib/model/weights/mod.ts";
import { hashTokenizer } from "../../../lib/tokenizer/mod.ts";
import { childrenOf } from "../../reliability/processes.ts";
import { effectTest } from "../../support.ts";
import { request, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";
import { failure } from "../support.ts";

/** Workers are processes that can be suspended, and Linux tells which they are. */
const processTest = "Deno" in globalThis || process.platform !== "linux" ? test.skip : test;

/** An engine with one worker, and that worker's process. */
const openOne = (directory: string, options: {
  readonly least?: number;
  readonly expected?: {
    readonly fingerprint: string;
    readonly tokenizerHash: string;
  };
}) =>
  Effect.gen(function* () {
    const before = childrenOf(process.pid);
    const { least = 120, expected } = options;
    const engine = yield* openEngine(
      { directory, threads: 1, slots: 4, workers: 1, expected },
      undefined,
      { perToken: 0.01, factor: 10, least },
    );
    const [pid] = childrenOf(process.pid).filter((child) => !before.includes(child));
    return { engine, pid: pid! };
  });

processTest(
  "openEngine() replaces a worker that is suspended, and what it had is computed again",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint({ config: { eos_token_id: null } });
      const { engine, pid } = yield* openOne(directory, { least: 5 });
      const requests = [1, 2, 3].map((seed) => request(someIds(9, seed), 20));
      const expected = yield* Effect.forEach(requests, engine.generate);
      process.kill(pid, "SIGSTOP");
      const found = yield* Effect.forEach(requests, engine.generate, { concurrency: "unbounded" });
      assert.equal(found, expected);
      assert.throws(() => process.kill(pid, 0), /ESRCH/);
    })
  ),
);

processTest(
  "openEngine() does not go on with other files when a worker is started again",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* randomCheckpoint({ config: { eos_token_id: null } });
      const expected = {
        fingerprint: yield* fingerprintOf(yield* Checkpoint.open(directory)),
        tokenizerHash: yield* hashTokenizer(directory),
      };
      const { engine, pid } = yield* openOne(directory, { expected });
      const ask = engine.generate(request(someIds(9, 1), 20));
      const answer = yield* ask;
      process.kill(pid, "SIGKILL");
      assert.equal(yield* ask, answer, "the same files");
      const file = `${directory}/tokenizer.json`;
      yield* fs.writeFileString(file, `${yield* fs.readFileString(file)} `);
      const [second] = childrenOf(process.pid).slice(-1);
      process.kill(second!, "SIGKILL");
      const { message } = yield* failure(ask);
      assert.match(message, /its files have changed since the start: its tokenizerHash was /);
    })
  ),
);

test("Rates waits ten times as long as the slowest took, and for what was not measured by the token", () => {
  const rates = new Rates({ perToken: 10, factor: 10, least: 60 });
  const generate = { kind: "generate", request: request(someIds(20, 1), 80) } as const;
  assert.is(rates.limit([]), 60);
  assert.is(rates.limit([generate]), 1000);
  rates.measure(generate, 20);
  rates.measure(generate, 1);
  assert.is(rates.limit([generate]), 200);
  rates.measure(generate, 0.5);
  const brief = { kind: "generate", request: request(someIds(1, 1), 1) } as const;
  assert.is(rates.limit([brief]), 60);
  const saliency = {
    kind: "saliency",
    request: { ...generate.request, questionIds: [1, 2], rationaleIds: [3] },
  } as const;
  assert.ok(rates.limit([generate, saliency]) >= 200);
});

test.run();
