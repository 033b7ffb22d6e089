import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Statistics from "../../lib/statistics/mod.ts";
import {
  normalQuantile,
  normalTwoSided,
  studentQuantile,
} from "../../lib/statistics/distribution.ts";

/** Asserts that numbers agree to a relative (below 1: absolute) error. */
function close(actual: number | null, expected: number, tolerance: number, what = "") {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what} expected ${expected}, found ${actual}`,
  );
}

/** n right answers among the first, as a row of outcomes. */
const count = fc.tuple(fc.nat(3000), fc.nat(3000)).map(([a, b]) => ({
  correct: Math.min(a, b),
  n: Math.max(a, b),
}));

test("quantiles agree with scipy.stats", () => {
  const normal = [
    [0.5, 0.6744897501960817],
    [0.9, 1.6448536269514722],
    [0.95, 1.959963984540054],
    [0.99, 2.5758293035489004],
    [0.999, 3.2905267314919255],
  ] as const;
  for (const [confidence, z] of normal) {
    close(normalQuantile(confidence), z, 1e-14);
    close(normalTwoSided(z), 1 - confidence, 1e-14);
  }
  const student = [
    [0.95, 1, 12.706204736174694],
    [0.95, 4, 2.7764451051977934],
    [0.99, 4, 4.604094871349992],
    [0.95, 29, 2.045229642132703],
    [0.9, 1318, 1.6460105672076444],
  ] as const;
  for (const [confidence, df, t] of student) close(studentQuantile(confidence, df), t, 1e-7);
  assert.throws(() => normalQuantile(1), /between 0 and 1: found 1/);
});

test("wilson() agrees with Newcombe (1998, table I) and scipy", () => {
  const cases = [
    [81, 263, 0.95, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.95, 0.06238639953073629, 0.16048724172330803],
    [0, 20, 0.95, 0, 0.16112515805281935],
    [1, 29, 0.95, 0.006113214292762667, 0.17175521879320282],
    [865, 1319, 0.99, 0.6213988643423652, 0.6886412538333254],
    [7, 7, 0.9, 0.7212373045474579, 1],
  ] as const;
  for (const [correct, n, confidence, low, high] of cases) {
    const found = Statistics.wilson(correct, n, { confidence });
    close(found[0], low, 1e-13);
    close(found[1], high, 1e-13);
  }
});

test("wilson() holds the proportion, mirrors, and narrows with n", () => {
  fc.assert(fc.property(count, ({ correct, n }) => {
    const [low, high] = Statistics.wilson(correct, n);
    assert.ok(low >= 0 && high <= 1);
    if (n === 0) return assert.equal([low, high], [0, 1]);
    assert.ok(low <= correct / n && correct / n <= high);
    const [mirrorLow, mirrorHigh] = Statistics.wilson(n - correct, n);
    close(1 - mirrorHigh, low, 1e-12);
    close(1 - mirrorLow, high, 1e-12);
    const [wideLow, wideHigh] = Statistics.wilson(10 * correct, 10 * n);
    assert.ok(wideHigh - wideLow < high - low);
  }));
});

test("accuracy() reports lm-evaluation-harness' stderr, and null where the data cannot give it", () => {
  // The sample standard deviation of 0/1 answers over sqrt(n).
  fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), (answers) => {
    const n = answers.length;
    const correct = answers.filter(Boolean).length;
    const squares = answers.reduce((sum, right) => sum + (Number(right) - correct / n) ** 2, 0);
    const found = Statistics.accuracy(correct, n);
    close(found.accuracy, correct / n, 1e-15);
    close(found.stderr, Math.sqrt(squares / (n - 1)) / Math.sqrt(n), 1e-12);
  }));
  assert.equal(Statistics.accuracy(0, 0), {
    n: 0,
    correct: 0,
    accuracy: null,
    stderr: null,
    interval: [0, 1],
  });
  assert.is(Statistics.accuracy(1, 1).stderr, null);
  assert.throws(() => Statistics.accuracy(3, 2), /between 0 and n = 2: found 3/);
  assert.throws(() => Statistics.accuracy(Number.NaN, 2), /found NaN/);
});

test("addTransition() counts every example once", () => {
  const pairs = [[true, true], [true, false], [false, true], [false, true], [false, false]];
  const counts = pairs.reduce(
    (counts, [before, after]) => Statistics.addTransition(counts, before!, after!),
    Statistics.NO_TRANSITIONS,
  );
  assert.equal(counts, { rightToRight: 1, rightToWrong: 1, wrongToRight: 2, wrongToWrong: 1 });
});

test("meanOf() gives Student's interval as scipy.stats.ttest_1samp does", () => {
  const found = Statistics.meanOf([0.12, 0.5, 0.33, 0.9, -0.2]);
  close(found.mean, 0.33, 1e-14);
  close(found.stderr, 0.18422811946062959, 1e-14);
  close(found.interval![0], -0.18149926051625936, 1e-8);
  close(found.interval![1], 0.8414992605162595, 1e-8);
  assert.equal(Statistics.meanOf([]), { n: 0, mean: null, stderr: null, interval: null });
  assert.equal(Statistics.meanOf([2]), { n: 1, mean: 2, stderr: null, interval: null });
});

test("welch() agrees with scipy.stats.ttest_ind(equal_var=False), and gives null where nothing varies", () => {
  const [a, b] = [[1.2, 1.9, 3.1, 2.2, 2.8], [0.3, 1.1, 0.9, 1.4]].map((values) =>
    Statistics.meanOf(values)
  ) as [Statistics.MeanInterval, Statistics.MeanInterval];
  const { difference, interval, pValue } = Statistics.welch(a, b);
  close(difference, 1.315, 1e-12);
  close(interval![0], 0.34114887692729345, 1e-6);
  close(interval![1], 2.288851123072706, 1e-6);
  close(pValue, 0.015514287825122585, 1e-6);
  const same = Statistics.meanOf([1, 1]);
  assert.equal(Statistics.welch(same, same), { difference: 0, interval: null, pValue: null });
  assert.is(Statistics.welch(a, Statistics.meanOf([])).difference, null);
  assert.is(Statistics.welch(a, Statistics.meanOf([1])).pValue, null);
});

test("addValue() keeps its digits far from zero", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 50 }),
      (values) => {
        const near = Statistics.meanOf(values);
        const far = Statistics.meanOf(values.map((value) => value + 1e6));
        close(far.stderr, near.stderr!, 1e-8);
      },
    ),
  );
});

test("addCurve() follows each point and skips what is not finite", () => {
  const curves = [[1, 2, 3], [3, Number.NaN, 5], [5, 4]].reduce<readonly Statistics.Moments[]>(
    (curves, curve) => Statistics.addCurve(curves, curve),
    [],
  );
  assert.equal(curves.map(({ n, mean }) => [n, mean]), [[3, 3], [2, 3], [2, 4]]);
});

test.run();
