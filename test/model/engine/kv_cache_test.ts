import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DecoderConfig } from "../../../lib/model/checkpoint/config.ts";
import { type KeysValues, KvCache, prefixFeeds } from "../../../lib/model/engine/cache/kv_cache.ts";

const KV = 2;
const D = 3;
const LAYERS = 2;
const config = { kvHeads: KV, headDim: D, layers: LAYERS } as DecoderConfig;

/** A number that tells what it belongs to. */
const mark = (kind: number, layer: number, head: number, position: number, d: number, of: number) =>
  ((((kind * 10 + layer) * 10 + head) * 10 + d) * 100 + position) * 10 + of;

/** Keys and values [kv, S, D] of S positions, marked as those of a text. */
function marked(positions: number, of: number): KeysValues<Float32Array> {
  const fill = (kind: number, layer: number) => {
    const data = new Float32Array(KV * D * positions);
    for (let h = 0; h < KV; h++) {
      for (let p = 0; p < positions; p++) {
        for (let d = 0; d < D; d++) {
          data[(h * positions + p) * D + d] = mark(kind, layer, h, p, d, of);
        }
      }
    }
    return data;
  };
  const layers = [0, 1];
  return {
    positions,
    keys: layers.map((l) => fill(0, l)),
    values: layers.map((l) => fill(1, l)),
  };
}

/** What a slot holds at a position: the text's number and position, the same in all layers, heads and dimensions. */
function held(cache: KvCache, slot: number, position: number): readonly [number, number] {
  const feeds = cache.feeds(cache.slots);
  const found = new Set<string>();
  for (let l = 0; l < LAYERS; l++) {
    for (let h = 0; h < KV; h++) {
      for (let d = 0; d < D; d++) {
        const row = slot * KV + h;
        const key = feeds[`past_key.${l}`]!.data[(row * cache.capacity + position) * D + d]!;
        const value = feeds[`past_value.${l}`]!.data[(row * cache.capacity + position) * D + d]!;
        for (const [kind, x] of [[0, Number(key)], [1, Number(value)]] as const) {
          const p = Math.floor(x / 10) % 100;
          if (x !== 0) assert.is(x, mark(kind, l, h, p, d, x % 10));
          found.add(`${x % 10},${p}`);
        }
      }
    }
  }
  assert.is(found.size, 1, `slot ${slot} holds ${[...found]} at ${position}`);
  const [of, p] = [...found][0]!.split(",").map(Number);
  return [of!, p!];
}

test("KvCache writes, moves and grows whole positions", () => {
  const cache = new KvCache(config, 3, 8);
  cache.write(0, marked(6, 1), { to: 0, count: 4 });
  cache.write(0, marked(1, 2), { to: 4, count: 1 });
  cache.write(2, marked(3, 3), { to: 2, count: 3 });
  const holds = (from: KvCache, slot: number, count: number) =>
    Array.from({ length: count }, (_, position) => held(from, slot, position));
  const first = [[1, 0], [1, 1], [1, 2], [1, 3], [2, 0]];
  assert.equal(holds(cache, 0, 5), first);
  assert.equal(holds(cache, 2, 6), [[0, 0], [0, 0], [3, 0], [3, 1], [3, 2], [0, 0]]);
  const larger = cache.grown(13);
  assert.is(larger.capacity, 13);
  assert.equal(holds(larger, 0, 5), first);
  assert.equal(holds(larger, 2, 6), holds(cache, 2, 6));
  larger.move(0, 1, 5);
  assert.equal(holds(larger, 1, 5), first);
  assert.equal(holds(larger, 0, 5), first);
  assert.equal(holds(larger, 2, 6), holds(cache, 2, 6));
});

test("KvCache feeds its first slots in place", () => {
  const cache = new KvCache(config, 4, 8);
  const before = cache.feeds(2);
  assert.equal(before["past_key.0"]!.shape, [2, KV, 8, D]);
  assert.equal(before["past_value.1"]!.shape, [2, KV, 8, D]);
  cache.write(1, marked(2, 5), { to: 0, count: 2 });
  assert.ok(before["past_key.0"]!.data.some((x) => x !== 0), "no copy was made");
});

test("prefixFeeds() feeds a prefix as it is", () => {
  const feeds = prefixFeeds(config, marked(3, 4));
  assert.equal(feeds["past_key.1"]!.shape, [1, KV, 3, D]);
  assert.equal(feeds["past_value.0"]!.shape, [1, KV, 3, D]);
  assert.equal(prefixFeeds(config, undefined), {});
});

test.run();
