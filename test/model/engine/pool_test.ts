import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Fiber, Schedule, Stream } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, EngineError, NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import { openEngine } from "../../../lib/model/engine/pool.ts";
import { openLocalEngine } from "../../../lib/model/engine/open.ts";
import { effectTest } from "../../support.ts";
import { request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";
import { failure } from "../support.ts";

const CRASHING = new URL("./crashing_worker.ts", import.meta.url);
/** New tokens of a request that kills a crashing worker. */
const CRASH_TOKENS = 66;

/** Everything that an engine can be asked, at once. */
const askAll = ({ generate, saliency, promptGradient }: Engine) => {
  const prefix = softPrompt(4, 64);
  const all = { concurrency: "unbounded" } as const;
  const texts = [1, 2, 3, 4, 5].map((seed) => someIds(5 + 20 * seed, seed));
  return Effect.all([
    Effect.forEach(texts, (ids) => generate(request(ids, 15, { prefix })), all),
    Effect.forEach(
      texts,
      (ids) =>
        saliency({ prefix, questionIds: ids.slice(0, 7), rationaleIds: ids.slice(7), maps: true }),
      all,
    ),
    promptGradient({
      vectors: prefix.prompt.vectors,
      texts: texts.map((ids) => ({ ids, from: 3 })),
      tokenWeight: 0.01,
    }),
  ], all);
};

test(
  "openEngine() with two workers answers like an engine in this thread",
  effectTest(() =>
    Effect.gen(function* () {
      const options = { directory: yield* randomCheckpoint(), threads: 1, slots: 3 };
      const local = yield* Effect.flatMap(openLocalEngine(options), askAll);
      const pool = yield* openEngine({ ...options, workers: 2 });
      assert.equal(yield* askAll(pool), local);
      const refused = yield* Effect.flip(pool.generate(request([], 5)));
      assert.instance(refused, EngineError);
      assert.is(refused.message, "Cannot continue an empty text");
    })
  ),
);

test(
  "openEngine() leaves the main thread free while it computes",
  effectTest(() =>
    Effect.gen(function* () {
      const config = { hidden_size: 256, intermediate_size: 640, num_hidden_layers: 4 };
      const directory = yield* randomCheckpoint({ config, deviation: 0.05 });
      const engine = yield* openEngine({ directory, threads: 1, slots: 1, workers: 1 });
      const text = {
        prefix: NO_PREFIX,
        questionIds: someIds(250, 1),
        rationaleIds: someIds(250, 2),
      };
      yield* engine.saliency(text);
      const running = yield* Effect.fork(engine.saliency(text));
      // one run of a graph: a thread that it blocks has no turn meanwhile
      const turns = yield* Stream.repeatEffectWithSchedule(
        Effect.sleep(1),
        Schedule.forever,
      ).pipe(Stream.interruptWhen(Fiber.join(running)), Stream.runCollect);
      assert.ok(Chunk.size(turns) > 20, `${Chunk.size(turns)} turns`);
    })
  ),
);

/** How a crashing worker's death is told. */
const DEATH = "Deno" in globalThis ? "it exited with code 3" : "SIGSEGV ended it";

/** An engine whose workers may die so many times. */
const crashingEngine = (deaths: number, workers: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = yield* fs.makeTempFileScoped();
    yield* fs.writeFileString(file, String(deaths));
    env["DPC_TEST_DEATHS"] = file;
    env["DPC_TEST_CRASH_ON"] = `"maxNewTokens":${CRASH_TOKENS}`;
    const directory = yield* randomCheckpoint({ config: { eos_token_id: null } });
    const options = { directory, threads: 1, slots: 4, workers };
    return {
      engine: yield* openEngine(options, CRASHING),
      left: Effect.map(fs.readFileString(file), Number),
    };
  });

test(
  "openEngine() makes requests again when their worker dies",
  effectTest(() =>
    Effect.gen(function* () {
      const { engine, left } = yield* crashingEngine(1, 2);
      const { generate } = engine;
      const quiet = [1, 2, 3, 4].map((seed) => request(someIds(9, seed), 30));
      const expected = yield* Effect.forEach(quiet, generate);
      const [poison, ...others] = yield* Effect.forEach(
        [request(someIds(9, 1), CRASH_TOKENS), ...quiet],
        generate,
        { concurrency: "unbounded" },
      );
      assert.is(yield* left, 0);
      assert.is(poison!.ids.length, CRASH_TOKENS);
      assert.equal(others, expected);
      assert.equal(yield* Effect.forEach(quiet, generate), expected, "afterwards");
    })
  ),
);

test(
  "openEngine() gives a request up whose worker dies four times, and answers those beside it",
  effectTest(() =>
    Effect.gen(function* () {
      const { engine, left } = yield* crashingEngine(4, 1);
      const others = [1, 2, 3, 4, 5].map((seed) => request(someIds(9, seed), 30));
      const [error, answers] = yield* Effect.all([
        failure(engine.generate(request(someIds(9, 1), CRASH_TOKENS))),
        Effect.forEach(others, engine.generate, { concurrency: "unbounded" }),
      ], { concurrency: "unbounded" });
      assert.instance(error, EngineError);
      assert.is(
        error.message,
        `Cannot go on as the worker 'crashing_worker' died: ${DEATH}`,
      );
      assert.is(yield* left, 0);
      assert.equal(yield* Effect.forEach(others, engine.generate), answers);
    })
  ),
);

test(
  "openEngine() restarts a worker for others when the request that began it is interrupted",
  effectTest(() =>
    Effect.gen(function* () {
      const { engine, left } = yield* crashingEngine(1, 1);
      const poison = yield* Effect.fork(engine.generate(request(someIds(9, 1), CRASH_TOKENS)));
      yield* Effect.sleep(5).pipe(Effect.zipRight(left), Effect.repeat({ until: (n) => n === 0 }));
      const other = yield* Effect.fork(engine.generate(request(someIds(9, 1), 20)));
      yield* Fiber.interrupt(poison);
      assert.is((yield* Fiber.join(other)).ids.length, 20);
    })
  ),
);

test(
  "openEngine() fails in one line when the model can't be opened or the worker can't start",
  effectTest(() =>
    Effect.gen(function* () {
      const options = { directory: "/no/such/model", threads: 1, slots: 1, workers: 1 };
      const missing = yield* failure(openEngine(options));
      assert.instance(missing, EngineError);
      assert.is(
        missing.message,
        "Cannot open the model '/no/such/model' as there is no such directory",
      );
      const entry = new URL("./no_such_worker.ts", import.meta.url);
      const unstarted = yield* failure(openEngine(options, entry));
      assert.instance(unstarted, EngineError);
      assert.match(unstarted.message, /^Cannot go on as the worker 'no_such_worker' died: /);
    })
  ),
);

test.run();
