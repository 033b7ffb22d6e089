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

test("comparePaired() agrees with scipy's percentile bootstrap and exact test", () => {
  const found = Statistics.comparePaired([FIRST], [SECOND]);
  close(found.difference!, 0.005, 1e-12);
  // scipy with 200,000 resamples: [-0.095, 0.105]; one example is 0.005.
  assert.ok(Math.abs(found.interval![0] + 0.095) <= 0.0051, String(found.interval));
  assert.ok(Math.abs(found.interval![1] - 0.105) <= 0.0051, String(found.interval));
  assert.is(found.pValue, Statistics.mcnemar(found.armOnly, found.againstOnly));
  assert.is(found.n, 200);
});

test("comparePaired() gives the same for the same seed, another for another", () => {
  const compare = (seed: number) =>
    Statistics.comparePaired([FIRST], [SECOND], { seed, resamples: 501 }).interval;
  assert.equal(compare(7), compare(7));
  assert.not.equal(compare(7), compare(8));
});

test("comparePaired() changes sign with the arms", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 }),
      (pairs) => {
        const arm = pairs.map(([right]) => right);
        const other = pairs.map(([, right]) => right);
        const there = Statistics.comparePaired([arm], [other], { resamples: 200 });
        const back = Statistics.comparePaired([other], [arm], { resamples: 200 });
        assert.is(there.pValue, back.pValue);
        assert.ok(there.difference! + back.difference! === 0);
        assert.ok(Math.abs(there.interval![0] + back.interval![1]) < 1e-12);
        assert.ok(there.interval![0] <= there.interval![1]);
      },
    ),
  );
});

test("comparePaired() takes repeated seeds for no new examples", () => {
  // Five copies of one seed carry the information of one: same difference, interval and p value.
  const copies = (row: readonly boolean[]) => Array.from({ length: 5 }, () => row);
  const one = Statistics.comparePaired([FIRST], [SECOND], { resamples: 4000 });
  const five = Statistics.comparePaired(copies(FIRST), copies(SECOND), { resamples: 4000 });
  assert.is(five.difference, one.difference);
  assert.ok(Math.abs(five.pValue - one.pValue) < 1e-9);
  for (const side of [0, 1] as const) {
    assert.ok(Math.abs(five.interval![side] - one.interval![side]) <= 0.0101);
  }
});

test("comparePaired() widens the interval where prompt seeds disagree", () => {
  const all = (right: boolean) => Array.from({ length: 200 }, () => right);
  // Under two seeds of four the arm is always right, under the others always wrong.
  const arm = [all(true), all(false), all(true), all(false)];
  const against = [SECOND, SECOND, SECOND, SECOND];
  const fixed = Statistics.comparePaired(arm, against, { overSeeds: false, resamples: 2000 });
  const drawn = Statistics.comparePaired(arm, against, { resamples: 2000 });
  const width = ({ interval }: Statistics.PairedComparison) => interval![1] - interval![0];
  assert.ok(width(drawn) > 3 * width(fixed), `${width(drawn)} ${width(fixed)}`);
});

test("comparePaired() covers the true difference about as often as it says", () => {
  // 300 experiments of 80 examples with accuracies 0.5 and 0.6; 15 misses are expected, more than 28 have p < 0.001.
  let [state, misses] = [12345, 0];
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
  for (let trial = 0; trial < 300; trial++) {
    const draw = (p: number) => Array.from({ length: 80 }, () => random() < p);
    const [low, high] = Statistics.comparePaired([draw(0.6)], [draw(0.5)], { resamples: 400 })
      .interval!;
    if (low > 0.1 || high < 0.1) misses += 1;
  }
  assert.ok(misses <= 28, `${misses} of 300 missed`);
});

test("pooledAccuracy() of one prompt seed is accuracy()", () => {
  const correct = FIRST.filter(Boolean).length;
  assert.equal(Statistics.pooledAccuracy([FIRST]), Statistics.accuracy(correct, 200));
});

test("pooledAccuracy() takes repeated seeds for no new examples", () => {
  const copies = Array.from({ length: 5 }, () => FIRST);
  const found = Statistics.pooledAccuracy(copies);
  const one = Statistics.accuracy(FIRST.filter(Boolean).length, 200);
  assert.is(found.n, 1000);
  assert.is(found.accuracy, one.accuracy);
  close(found.stderr!, one.stderr!, 0.03);
  for (const side of [0, 1] as const) {
    assert.ok(Math.abs(found.interval[side] - one.interval[side]) <= 0.0101, `${found.interval}`);
  }
  const certain = Statistics.pooledAccuracy([[true, true], [true, true]]);
  assert.equal(certain.interval, Statistics.wilson(2, 2), "two examples, however many seeds");
});

test("pooledAccuracy() widens the interval where prompt seeds disagree", () => {
  const all = (right: boolean) => Array.from({ length: 200 }, () => right);
  const [low, high] = Statistics.pooledAccuracy([all(true), all(false)]).interval;
  assert.equal([low, high], [0, 1]);
});

test("comparePaired() survives no example and refuses unequal shapes", () => {
  const none = Statistics.comparePaired([[]], [[]]);
  assert.equal([none.difference, none.interval, none.pValue], [null, null, 1]);
  assert.throws(() => Statistics.comparePaired([[true]], [[true, false]]), /same examples/);
  assert.throws(() => Statistics.comparePaired([[true], []], [[true], []]), /same examples/);
});

test.run();
