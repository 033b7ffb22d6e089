import { Effect, Fiber } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EngineError, NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import { openLocalEngine } from "../../../lib/model/engine/open.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { effectTest } from "../../support.ts";
import { engineOf, prefixOf, request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

test(
  "generate() ends before any of the config's end-of-sequence ids",
  effectTest(() =>
    Effect.gen(function* () {
      const text = request(someIds(12, 5), 40);
      const free = yield* engineOf(yield* randomCheckpoint(), { config: { eosIds: [] } });
      const { ids, logProbabilities } = yield* free.generate(text);
      // two ids that come late, the later one first in the list
      const first = ids.findIndex((id, t) => t >= 4 && ids.indexOf(id) === t);
      const second = ids.findIndex((id, t) => t > first && ids.indexOf(id) === t);
      for (
        const [eos, at] of [[[ids[second], ids[first]], first], [ids[second], second]] as const
      ) {
        const directory = yield* randomCheckpoint({ config: { eos_token_id: eos } });
        const found = yield* (yield* engineOf(directory)).generate(text);
        assert.is(found.finish, "eos");
        assert.equal(found.ids, ids.slice(0, at));
        assert.equal(found.logProbabilities, logProbabilities.slice(0, at));
      }
    })
  ),
);

test(
  "generate() cuts the text exactly before a stop string, also inside a token",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint({ config: { eos_token_id: null } });
      const tokenizer = yield* load(directory);
      const engine = yield* openLocalEngine({ directory, threads: 1, slots: 8 });
      const text = request(tokenizer.encode("Tom has 12 apples."), 60);
      const free = yield* engine.generate(text);
      assert.is(free.finish, "length");
      assert.is(free.ids.length, 60);
      assert.is(free.text, tokenizer.decode(free.ids));
      // from anywhere, so that most of them lie across tokens, but not next to incomplete characters
      const stops = Array.from(free.text, (_, at) => free.text.slice(at, at + 4))
        .filter((four) => four.length === 4 && !four.includes("\uFFFD"))
        .map((four) => four.slice(1));
      assert.ok(stops.length > 5);
      const cuts = yield* Effect.forEach(
        stops,
        (stop) => engine.generate({ ...text, stop: ["never in the text", stop] }),
        { concurrency: "unbounded" },
      );
      cuts.forEach(({ text, finish, ids, logProbabilities }, i) => {
        assert.is(text, free.text.slice(0, free.text.indexOf(stops[i]!)));
        assert.is(finish, "stop");
        assert.equal(ids, free.ids.slice(0, ids.length));
        assert.equal(logProbabilities, free.logProbabilities.slice(0, ids.length));
        assert.ok(tokenizer.decode(ids).startsWith(text), "the tokens hold the text");
        assert.not(tokenizer.decode(ids.slice(0, -1)).startsWith(text), "and none too many");
      });
    })
  ),
);

test(
  "generate() fills the context and not more",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint({ config: { max_position_embeddings: 32 } });
      const engine = yield* engineOf(directory, { config: { eosIds: [] } });
      const prefix = softPrompt(4, 64);
      const found = yield* engine.generate(request(someIds(20, 1), 100, { prefix }));
      assert.is(found.finish, "length");
      // the last of them is never read, so it needs no position
      assert.is(found.ids.length, 32 - 24 + 1);
      assert.is((yield* engine.generate(request(someIds(27, 1), 9, { prefix }))).ids.length, 2);
      const error = yield* Effect.flip(engine.generate(request(someIds(28, 1), 9, { prefix })));
      assert.instance(error, EngineError);
      assert.is(
        error.message,
        "Cannot continue a text of 32 tokens as the model's context is 32: shorten it or use fewer worked examples",
      );
    })
  ),
);

test(
  "an engine refuses what it cannot compute, in one line, and goes on",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* randomCheckpoint());
      const rationaleIds = someIds(3, 1);
      const good = yield* Effect.fork(engine.generate(request(someIds(4, 1), 20)));
      const refused = [
        [engine.generate(request([], 5)), "Cannot continue an empty text"],
        [
          engine.generate(request([5, 320], 5)),
          "Cannot read token 320 as the model's vocabulary has 320: the tokenizer is of another model",
        ],
        [
          engine.generate(
            request([5], 5, { prefix: prefixOf(new Float32Array(65), 1) }),
          ),
          "Cannot use a soft prompt of 65 numbers as the model's hidden size is 64",
        ],
        [
          engine.saliency({ prefix: NO_PREFIX, questionIds: [], rationaleIds }),
          "Cannot measure saliency of an empty question or rationale",
        ],
        [
          engine.saliency({ prefix: NO_PREFIX, questionIds: rationaleIds, rationaleIds: [] }),
          "Cannot measure saliency of an empty question or rationale",
        ],
        [
          engine.saliency({ prefix: NO_PREFIX, questionIds: [-1], rationaleIds }),
          "Cannot read token -1 as the model's vocabulary has 320: the tokenizer is of another model",
        ],
      ] as const;
      for (const [effect, message] of refused) {
        const error = yield* Effect.flip<unknown, EngineError, never>(effect);
        assert.is(error.message, message);
      }
      assert.is((yield* Fiber.join(good)).ids.length, 20);
    })
  ),
);

test(
  "generate() takes in the longest text of those that wait first",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* randomCheckpoint(), {
        slots: 1,
        config: { eosIds: [] },
      });
      const ended: number[] = [];
      const ask = (length: number, tokens: number) =>
        Effect.tap(
          engine.generate(request(Array.from({ length }, (_, i) => 1 + i), tokens)),
          () => Effect.sync(() => ended.push(length)),
        );
      yield* Effect.all([ask(4, 24), ask(9, 1), ask(6, 24), ask(3, 1), ask(7, 1)], {
        concurrency: "unbounded",
      });
      assert.equal(ended, [9, 7, 6, 4, 3]);
    })
  ),
);

test(
  "an interrupted generation frees its slot, one that waits is never begun",
  effectTest(() =>
    Effect.gen(function* () {
      let steps = 0;
      const engine = yield* engineOf(yield* randomCheckpoint(), {
        slots: 1,
        config: { eosIds: [] },
        watch: (key) => steps += Number(key.startsWith("decode")),
      });
      // one request object asked for three times: they are told apart
      const long = request(someIds(4, 1), 900);
      const running = yield* Effect.fork(engine.generate(long));
      yield* Effect.sleep(5).pipe(Effect.repeat({ until: () => steps > 2 }));
      const waiting = yield* Effect.fork(engine.generate(long));
      const next = yield* Effect.fork(engine.generate(request(someIds(5, 2), 10)));
      yield* Effect.yieldNow();
      yield* Fiber.interrupt(waiting);
      yield* Fiber.interrupt(running);
      const before = steps;
      assert.is((yield* Fiber.join(next)).ids.length, 10);
      assert.ok(steps - before <= 10, `${steps - before} steps for 10 tokens`);
    })
  ),
);

test.run();
