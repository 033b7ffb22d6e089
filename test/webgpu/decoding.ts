/**
 * Generation on a device: what it moves for a token, and what it leaves there.
 *
 * @module
 */
import { Effect } from "effect";
import * as assert from "uvu/assert";
import { makeLocalEngine } from "../../lib/model/engine/local_engine.ts";
import type { OpenDevice } from "../../lib/runtime/mod.ts";
import { contextOf, request, softPrompt, someIds } from "../model/engine_support.ts";
import { vector } from "../model/support.ts";

/** Some ids of the checkpoint's vocabulary. */
const idsOf = (count: number, seed: number) => someIds(count, seed).map((id) => 3 + id % 90);

/** Generations that must leave nothing. */
const GENERATIONS = 24;

/** Bytes moved for a token do not grow with the cache, and generations in batches leave no buffer behind but the batch's own. */
export const checkDecoding = (device: OpenDevice) =>
  Effect.gen(function* () {
    const { memory } = device;
    const context = yield* contextOf(vector("llama"), { device, config: { eosIds: [] } });
    const engine = yield* makeLocalEngine(context, 8);
    const prefix = softPrompt(4, context.config.hiddenSize);
    /** Bytes up and down for each of ten tokens behind a text of this length. */
    const perToken = (length: number) =>
      Effect.gen(function* () {
        const ids = idsOf(length, 1);
        const movedBy = (tokens: number) =>
          Effect.gen(function* () {
            const before = memory.moved;
            yield* engine.generate(request(ids, tokens, { prefix }));
            const { up, down } = memory.moved;
            return { up: up - before.up, down: down - before.down };
          });
        // the first makes graphs, prefix and room
        yield* movedBy(16);
        const [few, many] = [yield* movedBy(6), yield* movedBy(16)];
        return { up: (many.up - few.up) / 10, down: (many.down - few.down) / 10 };
      });
    const short = yield* perToken(10);
    const capacity = memory.bytes;
    const long = yield* perToken(200);
    assert.ok(memory.bytes > capacity, "the cache has grown");
    assert.equal(long, short, "bytes for a token behind 200 tokens and behind 10");
    // a token and its probability
    assert.is(short.down, 8 + 4);
    const alone = yield* engine.generate(request(idsOf(7, 3), 2, { prefix }));
    const buffers = memory.buffers;
    const all = yield* Effect.forEach(
      Array.from(
        { length: GENERATIONS },
        (_, i) => request(idsOf(3 + i % 8, i % 4), 2, { prefix }),
      ),
      engine.generate,
      { concurrency: "unbounded" },
    );
    assert.equal(all[4 + 3]!.ids.length, 2);
    assert.equal((yield* engine.generate(request(idsOf(7, 3), 2, { prefix }))).ids, alone.ids);
    assert.ok(memory.buffers <= buffers, `${memory.buffers - buffers} more buffers are left`);
  });
