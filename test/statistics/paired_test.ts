import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Statistics from "../../lib/statistics/mod.ts";

function close(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.abs(expected),
    `expected ${expected}, found ${actual}`,
  );
}

const bits = (text: string) => Array.from(text, (bit) => bit === "1");

// Two arms of 200 examples, drawn once.
const FIRST = bits(
  "10101101110110111111011000111011000011110011011010001011000111000110001101110000010101011101111110100100011101111001110110011111111100001001111110101101101011101000111010010111110101101101000010111111",
);
const SECOND = bits(
  "01000001011010101100101110111111100000011110111100011011111110110110011110110011110010000011100010111001100101100110001111011101111001100100101111111010111110110100001110101111100010001110111010110111",
);

test("mcnemar() agrees with scipy.stats.binomtest", () => {
  const cases = [
    [1, 0, 1],
    [0, 5, 0.0625],
    [5, 15, 0.04138946533203125],
    [150, 86, 3.7159361395713866e-05], // Agresti, Categorical Data Analysis: approval of the Prime Minister
    [10, 10, 1],
    [121, 59, 4.4344492637551645e-06],
    [600, 719, 0.001149831218312312],
    [3, 40, 3.0213413992896676e-09],
  ] as const;
  for (const [b, c, p] of cases) {
    close(Statistics.mcnemar(b, c), p, 1e-11);
    close(Statistics.mcnemar(c, b), p, 1e-11);
  }
  assert.is(Statistics.mcnemar(0, 0), 1);
});

test("signFlip() agrees with scipy.stats.permutation_test over all sign patterns", () => {
  close(
    Statistics.signFlip([2, -1, 0, 3, 1, 0, 0, -2, 1, 1, 0, 2, 3, -3, 1]),
    0.3017578125,
    1e-12,
  );
  assert.is(Statistics.signFlip([]), 1);
  assert.is(Statistics.signFlip([0, 0]), 1);
});

test("signFlip() of differences of one is McNemar's test", () => {
  fc.assert(fc.property(fc.nat(120), fc.nat(120), (b, c) => {
    const differences = [...Array<number>(b).fill(1), ...Array<number>(c).fill(-1)];
    close(Statistics.signFlip(differences), Statistics.mcnemar(b, c), 1e-9);
  }));
});

test("signFlip() beyond the exact range is close to the exact value just below it", () => {
  const differences = (n: number) =>
    Array.from({ length: n }, (_, at) => at % 100 < 52 ? (at % 5) + 1 : -((at % 5) + 1));
  // 3 * 8100 * 8100 steps lie just below the limit, 3 * 8200 * 8200 just above.
  const [exact, normal] = [
    Statistics.signFlip(differences(8100)),
    Statistics.signFlip(differences(8200)),
  ];
  assert.ok(Math.abs(Math.log(exact / normal)) < 0.2, `${exact} ${normal}`);
});

test("holm() agrees with R's p.adjust, whatever the order", () => {
  assert.equal(Statistics.holm([0.01, 0.02, 0.03, 0.04]).map((p) => p.toFixed(10)), [
    "0.0400000000",
    "0.0600000000",
    "0.0600000000",
    "0.0600000000",
  ]);
  assert.equal(Statistics.holm([0.9, 0.001, 0.4]), [0.9, 0.003, 0.8]);
  assert.equal(Statistics.holm([]), []);
});

test("holm() is at least the p value, at most Bonferroni's, and keeps the order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (pValues) => {
        const adjusted = Statistics.holm(pValues);
        for (const [at, p] of pValues.entries()) {
          assert.ok(adjusted[at]! >= p && adjusted[at]! <= Math.min(1, p * pValues.length));
          for (const [other, q] of pValues.entries()) {
            if (p < q) assert.ok(adjusted[at]! <= adjusted[other]!);
          }
        }
      },
    ),
  );
});

test("tango() agrees with Fagerland, Lydersen and Laake (2014) and a likelihood maximised by scipy", () => {
  const cases = [
    [1, 7, 21, -0.517232277, -0.026003033], // airway responsiveness: published as -0.517 to -0.026
    [0, 0, 5, -0.434482465, 0.434482465],
    [4, 0, 12, 0.010007991, 0.609377911],
    [12, 2, 50, 0.061112406, 0.344708748],
    [5, 0, 5, 0.13103507, 1],
    [43, 38, 200, -0.063637587, 0.113357152],
  ] as const;
  for (const [b, c, n, low, high] of cases) {
    const found = Statistics.tango(b, c, n);
    assert.ok(Math.abs(found[0] - low) < 1e-6 && Math.abs(found[1] - high) < 1e-6, `${found}`);
  }
});

test("tango() holds the difference, and has a width whatever the counts", () => {
  fc.assert(fc.property(fc.nat(60), fc.nat(60), fc.nat(60), (b, c, alike) => {
    const n = b + c + alike;
    if (n === 0) return;
    const [low, high] = Statistics.tango(b, c, n);
    assert.ok(low >= -1 && low <= (b - c) / n && (b - c) / n <= high && high <= 1);
    assert.ok(high - low > 0.02, `${low} ${high}`);
  }));
});

test("comparePaired() of one prompt has Tango's interval and McNemar's p, and says nothing of new prompts", () => {
  const found = Statistics.comparePaired([FIRST], [SECOND]);
  close(found.difference!, 0.005, 1e-12);
  assert.equal(found.interval, Statistics.tango(found.armOnly, found.againstOnly, 200));
  assert.is(found.pValue, Statistics.mcnemar(found.armOnly, found.againstOnly));
  assert.equal([found.n, found.newPrompts], [200, null]);
});

test("comparePaired() answers for new prompts as scipy's ttest_1samp of the differences under each", () => {
  // 100 examples, of which the arm wins 2, loses 1, wins 5, 3 and 2 under the five prompts
  const against = [2, -1, 5, 3, 2].map(() => Array.from({ length: 100 }, (_, at) => at < 50));
  const arm = [2, -1, 5, 3, 2].map((won) => Array.from({ length: 100 }, (_, at) => at < 50 + won));
  const { newPrompts } = Statistics.comparePaired(arm, against);
  close(newPrompts!.interval[0], -0.004918634, 1e-6);
  close(newPrompts!.interval[1], 0.048918634, 1e-6);
  close(newPrompts!.pValue!, 0.08581037844, 1e-8);
});

test("clusteredInterval() agrees with numpy and scipy's t for these and two imagined examples", () => {
  const [low, high] = Statistics.clusteredInterval([0.2, 0.2, 0, -0.2, 1, 0, 0.4]);
  close(low, -0.164055452, 1e-6);
  close(high, 0.5196110076, 1e-6);
  assert.equal(Statistics.clusteredInterval([1]), [-1, 1]);
});

test("comparePaired() has a width where no answer differs, under one prompt and under several", () => {
  const five = [true, true, false, true, false];
  const three = [five, five, five];
  assert.equal(Statistics.comparePaired([five], [five]).interval, Statistics.tango(0, 0, 5));
  const { interval, newPrompts, pValue } = Statistics.comparePaired(three, three);
  assert.ok(interval![0] < -0.3 && interval![1] > 0.3, `${interval}`);
  assert.equal(newPrompts, { interval: interval!, pValue: null });
  assert.is(pValue, 1);
});

test("comparePaired() changes sign with the arms", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 }),
      (pairs) => {
        const arm = pairs.map(([right]) => right);
        const other = pairs.map(([, right]) => right);
        const there = Statistics.comparePaired([arm], [other]);
        const back = Statistics.comparePaired([other], [arm]);
        assert.is(there.pValue, back.pValue);
        assert.ok(there.difference! + back.difference! === 0);
        assert.ok(Math.abs(there.interval![0] + back.interval![1]) < 1e-12);
        assert.ok(there.interval![0] <= there.interval![1]);
      },
    ),
  );
});

test("comparePaired() takes repeated prompts for no new examples", () => {
  // Five copies of one prompt carry the information of one: same difference, interval and p value.
  const copies = (row: readonly boolean[]) => Array.from({ length: 5 }, () => row);
  const one = Statistics.comparePaired([FIRST], [SECOND]);
  const five = Statistics.comparePaired(copies(FIRST), copies(SECOND));
  assert.is(five.difference, one.difference);
  assert.ok(Math.abs(five.pValue - one.pValue) < 1e-9);
  for (const side of [0, 1] as const) {
    assert.ok(Math.abs(five.interval![side] - one.interval![side]) <= 0.005);
  }
});

test("comparePaired() takes several answers for one prompt's, and pairs prompts by their means", () => {
  const copies = (row: readonly boolean[]) => [row, row, row];
  const drawn = Statistics.comparePaired(copies(FIRST), copies(SECOND), { answers: 3 });
  assert.is(drawn.seeds, 1);
  assert.is(drawn.newPrompts, null);
  assert.is(drawn.armOnly, 3 * Statistics.comparePaired([FIRST], [SECOND]).armOnly);
  const two = Statistics.comparePaired([FIRST, SECOND], [SECOND, SECOND]);
  const twice = Statistics.comparePaired(
    [FIRST, FIRST, SECOND, SECOND],
    [SECOND, SECOND, SECOND, SECOND],
    { answers: 2 },
  );
  assert.equal([twice.seeds, twice.difference], [2, two.difference]);
  assert.equal(twice.newPrompts, two.newPrompts);
});

test("comparePaired() widens the interval for new prompts alone where prompts disagree", () => {
  const all = (right: boolean) => Array.from({ length: 200 }, () => right);
  // Under two prompts of four the arm is always right, under the others always wrong.
  const arm = [all(true), all(false), all(true), all(false)];
  const { interval, newPrompts } = Statistics.comparePaired(arm, Array(4).fill(SECOND));
  const width = ([low, high]: Statistics.Interval) => high - low;
  assert.ok(width(newPrompts!.interval) > 3 * width(interval!));
});

test("shown() claims only where interval and p value agree", () => {
  assert.is(Statistics.shown([0.01, 0.2], 0.04), "higher");
  assert.is(Statistics.shown([-0.2, -0.01], 0.04), "lower");
  assert.is(Statistics.shown([0.01, 0.61], 0.125), "not shown"); // 4 of 12 rows won
  assert.is(Statistics.shown([-0.01, 0.2], 0.01), "not shown");
  assert.is(Statistics.shown([0.01, 0.2], null), "not shown");
  assert.is(Statistics.shown(null, 0.01), "not shown");
});

test("pooledAccuracy() of one prompt seed is accuracy()", () => {
  const correct = FIRST.filter(Boolean).length;
  assert.equal(Statistics.pooledAccuracy([FIRST]), Statistics.accuracy(correct, 200));
});

test("pooledAccuracy() takes repeated prompts for no new examples", () => {
  const copies = Array.from({ length: 5 }, () => FIRST);
  const found = Statistics.pooledAccuracy(copies);
  const one = Statistics.accuracy(FIRST.filter(Boolean).length, 200);
  assert.is(found.n, 1000);
  assert.is(found.accuracy, one.accuracy);
  close(found.stderr!, one.stderr!, 1e-9);
  for (const side of [0, 1] as const) {
    assert.ok(Math.abs(found.interval[side] - one.interval[side]) <= 0.001, `${found.interval}`);
  }
  const certain = Statistics.pooledAccuracy([[true, true], [true, true]]);
  assert.equal(certain.interval, Statistics.wilson(2, 2), "two examples, however many prompts");
});

test("pooledAccuracy() counts at most all answers where the examples are alike", () => {
  const all = (right: boolean) => Array.from({ length: 200 }, () => right);
  const { interval, stderr } = Statistics.pooledAccuracy([all(true), all(false)]);
  assert.equal([interval, stderr], [Statistics.wilson(200, 400), 0]);
});

test("comparePaired() survives no example and refuses unequal shapes", () => {
  const none = Statistics.comparePaired([[]], [[]]);
  assert.equal([none.difference, none.interval, none.pValue], [null, null, 1]);
  assert.throws(() => Statistics.comparePaired([[true]], [[true, false]]), /same examples/);
  assert.throws(() => Statistics.comparePaired([[true], []], [[true], []]), /same examples/);
});

test.run();
