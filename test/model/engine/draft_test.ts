import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import type { Generation } from "../../../lib/model/mod.ts";
import { effectTest } from "../../support.ts";
import { engineOf, largestDifference, request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

/** Asserts that two generations are the same but for rounding. */
function assertSame(actual: Generation, expected: Generation, what: string): void {
  const { logProbabilities, ...rest } = actual;
  const { logProbabilities: wanted, ...others } = expected;
  assert.equal(rest, others, what);
  const difference = largestDifference(
    Float32Array.from(logProbabilities),
    Float32Array.from(wanted),
  );
  assert.ok(difference < 1e-4, `${what}: log-probabilities differ by ${difference}`);
}

test(
  "generate() gives the same answer whatever its draft",
  effectTest(() =>
    Effect.gen(function* () {
      let steps = 0;
      const engine = yield* engineOf(yield* randomCheckpoint({ deviation: 0.2 }), {
        config: { eosIds: [] },
        watch: (key) => void (steps += key.startsWith("decode") ? 1 : 0),
      });
      for (const prefix of [NO_PREFIX, softPrompt(4, 64)]) {
        const plain = request(someIds(12, 5), 24, { prefix });
        const answer = yield* engine.generate(plain);
        const { ids } = answer;
        const other = (id: number) => (id + 1) % 290;
        const drafts: Record<string, readonly number[]> = {
          "none": [],
          "the answer": ids,
          "its beginning": ids.slice(0, 9),
          "longer than the answer": [...ids, ...ids],
          "wrong at once": [other(ids[0]!), ...ids.slice(1)],
          "wrong in the middle": ids.map((id, i) => i === 11 ? other(id) : id),
          "wrong at its end": [...ids.slice(0, -1), other(ids.at(-1)!)],
        };
        for (const [what, draft] of Object.entries(drafts)) {
          steps = 0;
          assertSame(yield* engine.generate({ ...plain, draft }), answer, what);
          const kept = draft.findIndex((id, i) => id !== ids[i]);
          const read = Math.min(23, kept < 0 ? draft.length : kept);
          assert.is(steps, 23 - read, `steps of ${what}`);
        }
      }
    })
  ),
);

test(
  "generate() ends in a draft as it would without",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint({ deviation: 0.2 });
      const free = yield* engineOf(directory, { config: { eosIds: [] } });
      const { ids } = yield* free.generate(request(someIds(12, 5), 24));
      const eos = ids.findIndex((id, i) => i > 5 && ids.indexOf(id) === i);
      const ending = yield* engineOf(directory, { config: { eosIds: [ids[eos]!] } });
      const plain = request(someIds(12, 5), 24);
      const answer = yield* ending.generate(plain);
      assert.equal([answer.finish, answer.ids.length], ["eos", eos]);
      assertSame(yield* ending.generate({ ...plain, draft: ids }), answer, "end of sequence");
      assertSame(yield* ending.generate({ ...plain, draft: answer.ids }), answer, "up to its end");

      const stopped = { ...plain, stop: [`${ids[7]} ${ids[8]} `] };
      const cut = yield* free.generate(stopped);
      assert.is(cut.finish, "stop");
      assertSame(yield* free.generate({ ...stopped, draft: ids }), cut, "stop string");

      const short = yield* engineOf(directory, { config: { eosIds: [], maxPositions: 20 } });
      const limited = yield* short.generate(plain);
      assert.equal([limited.finish, limited.ids.length], ["length", 9]);
      assertSame(yield* short.generate({ ...plain, draft: ids }), limited, "end of the context");
    })
  ),
);

test.run();
