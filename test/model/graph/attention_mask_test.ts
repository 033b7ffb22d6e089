import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { attentionMask, HIDDEN } from "../../../lib/model/graph/attention_mask.ts";

/** Whether position i of a text reads position j, as transformers defines it: causal, and i - j < window. */
const reads = (i: number, j: number, window: number | undefined) =>
  j <= i && (window === undefined || i - j < window);

test("attentionMask() is causal within the window, over the cache and the new positions", () => {
  const cases = fc.record({
    positions: fc.integer({ min: 1, max: 6 }),
    cache: fc.nat(9),
    window: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    fill: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
    hidden: fc.uniqueArray(fc.nat(8), { maxLength: 3 }),
  });
  fc.assert(fc.property(cases, ({ positions, cache, window, fill, hidden }) => {
    const rows = fill.map((filled) => {
      const cached = Math.min(filled, cache);
      return { cached, hidden: hidden.filter((position) => position < cached) };
    });
    const mask = attentionMask(rows, { positions, cache, window });
    const width = cache + positions;
    assert.is(mask.length, rows.length * positions * width);
    rows.forEach(({ cached, hidden }, b) => {
      for (let i = 0; i < positions; i++) {
        for (let column = 0; column < width; column++) {
          // where in the text the column stands; the cache's unfilled end stands nowhere
          const j = column < cache ? column : cached + column - cache;
          const filled = column >= cache || column < cached;
          const read = filled && reads(cached + i, j, window) && !hidden.includes(column);
          assert.is(mask[(b * positions + i) * width + column], read ? 0 : Math.fround(HIDDEN));
        }
      }
    });
  }));
});

test("attentionMask() hides virtual tokens that stand in the sequence itself", () => {
  const mask = attentionMask([{ cached: 0, hidden: [1] }], {
    positions: 3,
    cache: 0,
    window: undefined,
  });
  const columnOne = [1, 4, 7].map((at) => mask[at]);
  assert.equal(columnOne, new Array(3).fill(Math.fround(HIDDEN)));
});

test.run();
