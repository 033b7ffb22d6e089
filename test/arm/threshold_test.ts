import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bestThreshold,
  crossValidated,
  doubtAround,
  type Scored,
} from "../../lib/arm/threshold.ts";

const scored: fc.Arbitrary<readonly Scored[]> = fc.array(
  fc.record({
    score: fc.integer({ min: -4, max: 4 }),
    first: fc.boolean(),
    second: fc.boolean(),
  }),
  { maxLength: 30 },
);

const right = (examples: readonly Scored[], threshold: number) =>
  examples.filter(({ score, first, second }) => score > threshold ? second : first).length;

test("bestThreshold() is right about its own count, and no threshold is better", () => {
  fc.assert(fc.property(scored, (examples) => {
    const { threshold, correct } = bestThreshold(examples);
    assert.is(right(examples, threshold), correct);
    for (let other = -5.5; other <= 5; other++) assert.ok(right(examples, other) <= correct);
  }));
});

test("bestThreshold() corrects nothing where correction gains nothing", () => {
  const examples = [1, 2, 3].map((score) => ({ score, first: true, second: true }));
  const { threshold } = bestThreshold(examples);
  assert.is(examples.filter(({ score }) => score > threshold).length, 0);
});

test("crossValidated() shuffles before it folds, so that alternating kinds are in every fold", () => {
  // every fifth row is of a kind that correction mends, and no other: in turn, they would be one fold, with no threshold for it
  const rows = Array.from({ length: 100 }, (_, i) => {
    const mended = i % 5 === 0;
    return { score: mended ? 1 : 0, first: !mended, second: mended };
  });
  assert.equal(crossValidated(rows, 5), rows.map(() => true));
  assert.equal(crossValidated(rows, 5, 3), crossValidated(rows, 5, 3));
});

test("crossValidated() finds a clean split and is no better than chance on noise", () => {
  const clean = Array.from({ length: 100 }, (_, i) => {
    const wrong = i % 4 === 0;
    return { score: wrong ? 2 + i / 100 : i / 100, first: !wrong, second: wrong };
  });
  assert.equal(crossValidated(clean, 5), clean.map(() => true));
  // correction always harms: the best is to leave all as it is
  const harm = clean.map((each) => ({ ...each, first: true, second: false }));
  assert.equal(crossValidated(harm, 5), harm.map(() => true));
  assert.equal(crossValidated([], 5), []);
});

test("doubtAround() takes the three tenths of the examples nearest to the threshold by rank", () => {
  const scored = Array.from({ length: 10 }, (_, i) => ({ score: i }));
  assert.equal(doubtAround(scored, 4.5), [3, 6]);
  assert.equal(doubtAround(scored, 99), [6, 9]);
  const [low, high] = doubtAround(scored, -99);
  assert.ok(low < 0);
  assert.is(high, 2);
});

test.run();
