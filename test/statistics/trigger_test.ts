import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Statistics from "../../lib/statistics/mod.ts";

function close(actual: number | null, expected: number, tolerance: number) {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `expected ${expected}, found ${actual}`,
  );
}

interface Row {
  readonly score: number;
  readonly wrong: boolean;
}

const rows: fc.Arbitrary<readonly Row[]> = fc.array(
  fc.record({ score: fc.integer({ min: -6, max: 6 }), wrong: fc.boolean() }),
  { maxLength: 60 },
);

/** P(wrong > right) + P(equal) / 2 over all pairs: the definition. */
function areaByPairs(rows: readonly Row[]): number | null {
  const pairs = rows.filter(({ wrong }) => wrong).flatMap((wrong) =>
    rows.filter(({ wrong }) => !wrong).map((right) =>
      wrong.score > right.score ? 1 : wrong.score === right.score ? 0.5 : 0
    )
  );
  return pairs.length === 0
    ? null
    : pairs.reduce<number>((sum, win) => sum + win, 0) / pairs.length;
}

test("areaUnderCurve() agrees with pROC's DeLong interval", () => {
  // WFNS grade against outcome of 113 patients (pROC's aSAH): patients per grade with good and with poor outcome.
  const good = [37, 20, 3, 8, 4];
  const poor = [2, 12, 1, 8, 18];
  const rows = [good, poor].flatMap((counts, wrong) =>
    counts.flatMap((count, grade) =>
      Array.from({ length: count }, () => ({ score: grade + 1, wrong: wrong === 1 }))
    )
  );
  const { area, interval } = Statistics.areaUnderCurve(rows);
  // ci.auc(roc(aSAH$outcome, aSAH$wfns)): 0.7485-0.8988 (DeLong), area 0.8237
  close(area, 0.8236788617886179, 1e-12);
  close(interval![0], 0.7485, 5e-5);
  close(interval![1], 0.8988, 5e-5);
});

test("chancePValue() is that of scipy.stats.mannwhitneyu, asymptotic and without continuity", () => {
  const scores = (wrong: boolean, values: readonly number[]) =>
    values.map((score) => ({ score, wrong, fired: false }));
  const all = [
    ...scores(true, [0.9, 0.8, 0.3]),
    ...scores(false, [0.1, 0.2, 0.5, 0.4, 0.6, 0.05]),
  ];
  const p = Statistics.chancePValue(Statistics.triggerQuality(all));
  assert.ok(Math.abs(p! - 0.12133525035848211) < 1e-9, String(p));
  assert.is(Statistics.chancePValue(Statistics.triggerQuality(scores(true, [1, 2]))), null);
});

test("areaUnderCurve() is the share of pairs in the right order", () => {
  fc.assert(fc.property(rows, (rows) => {
    const { area, interval } = Statistics.areaUnderCurve(rows);
    const expected = areaByPairs(rows);
    if (expected === null) return assert.equal([area, interval], [null, null]);
    close(area, expected, 1e-12);
    if (interval !== null) {
      assert.ok(interval[0] >= 0 && interval[1] <= 1);
      assert.ok(interval[0] <= area! + 1e-12 && area! - 1e-12 <= interval[1]);
    }
  }));
});

test("areaUnderCurve() turns to 1 - area with the sign of the score", () => {
  fc.assert(fc.property(rows, (rows) => {
    const { area, stderr } = Statistics.areaUnderCurve(rows);
    const turned = Statistics.areaUnderCurve(
      rows.map(({ score, wrong }) => ({ score: -score, wrong })),
    );
    if (area === null) return assert.is(turned.area, null);
    close(turned.area, 1 - area, 1e-12);
    if (stderr !== null) close(turned.stderr, stderr, 1e-12);
  }));
});

test("rocPoints() climb from (0, 0) to (1, 1) and enclose the area", () => {
  fc.assert(fc.property(rows, (rows) => {
    const points = Statistics.rocPoints(rows);
    const area = areaByPairs(rows);
    if (area === null) return assert.equal(points, []);
    assert.equal(points[0], { threshold: null, falsePositiveRate: 0, truePositiveRate: 0 });
    assert.is(points.at(-1)!.falsePositiveRate, 1);
    assert.is(points.at(-1)!.truePositiveRate, 1);
    let sum = 0;
    for (const [at, point] of points.entries()) {
      const before = points[at - 1];
      if (before === undefined) continue;
      const step = point.falsePositiveRate - before.falsePositiveRate;
      assert.ok(step >= 0 && point.truePositiveRate >= before.truePositiveRate);
      sum += (step * (point.truePositiveRate + before.truePositiveRate)) / 2;
      const hits = rows.filter(({ score, wrong }) => wrong && score >= point.threshold!).length;
      assert.is(point.truePositiveRate, hits / rows.filter(({ wrong }) => wrong).length);
    }
    close(sum, area, 1e-12);
  }));
});

test("triggerQuality() counts precision, recall and rate", () => {
  const outcomes = [
    { score: 0.9, fired: true, wrong: true },
    { score: 0.8, fired: true, wrong: false },
    { score: 0.7, fired: true, wrong: true },
    { score: 0.2, fired: false, wrong: true },
    { score: 0.1, fired: false, wrong: false },
  ];
  const quality = Statistics.triggerQuality(outcomes);
  assert.equal([quality.n, quality.fired, quality.wrong, quality.hits], [5, 3, 3, 2]);
  close(quality.precision.value, 2 / 3, 1e-15);
  close(quality.recall.value, 2 / 3, 1e-15);
  close(quality.rate.value, 3 / 5, 1e-15);
  assert.equal(quality.precision.interval, Statistics.wilson(2, 3));
  close(quality.auc.area, 4 / 6, 1e-12);
});

test("triggerQuality() takes repeated answers for no new questions", () => {
  const one = Array.from({ length: 40 }, (_, i) => ({
    score: (i * 7) % 11,
    fired: (i * 7) % 11 > 5,
    wrong: i % 3 === 0,
    example: `question ${i}`,
  }));
  const [single, four] = [one, [one, one, one, one].flat()].map((rows) =>
    Statistics.triggerQuality(rows)
  );
  for (const name of ["rate", "precision", "recall"] as const) {
    close(four![name].value, single![name].value!, 1e-12);
    for (const side of [0, 1] as const) {
      close(four![name].interval[side], single![name].interval[side], 0.01);
    }
  }
  close(four!.auc.area, single!.auc.area!, 1e-12);
  close(four!.auc.stderr, single!.auc.stderr!, 1e-12);
  const apart = Statistics.areaUnderCurve(
    [one, one, one, one].flat().map(({ score, wrong }) => ({ score, wrong })),
  );
  assert.ok(apart.stderr! < 0.6 * single!.auc.stderr!);
});

test("areaUnderCurve() of questions with right and wrong answers has Obuchowski's error", () => {
  const outcomes = [
    { example: "a", score: 4, wrong: true },
    { example: "a", score: 3, wrong: false },
    { example: "b", score: 5, wrong: true },
    { example: "b", score: 1, wrong: false },
    { example: "c", score: 2, wrong: true },
    { example: "c", score: 0, wrong: false },
  ];
  const { area, stderr } = Statistics.areaUnderCurve(outcomes);
  const theta = 8 / 9;
  // shares that each wrong one beats, and by which each right one is beaten, less the area
  const wrong = [1 - theta, 1 - theta, 2 / 3 - theta];
  const right = [2 / 3 - theta, 1 - theta, 1 - theta];
  const sum = (of: (at: number) => number) => [0, 1, 2].reduce((total, at) => total + of(at), 0);
  const variance = (1.5 / 9) * (sum((at) => wrong[at]! ** 2) + sum((at) => right[at]! ** 2) +
    2 * sum((at) => wrong[at]! * right[at]!));
  close(area, theta, 1e-12);
  close(stderr, Math.sqrt(variance), 1e-12);
});

test("triggerQuality() gives no area for scores of several triggers, which are not on one scale", () => {
  const outcome = { score: 1, fired: true, wrong: true };
  const outcomes = [{ ...outcome, name: "a" }, { ...outcome, name: "a", score: 0, wrong: false }];
  assert.is(Statistics.triggerQuality(outcomes).auc.area, 1);
  const mixed = [...outcomes, { ...outcome, name: "b" }];
  const { auc, precision } = Statistics.triggerQuality(mixed);
  assert.equal(auc, { area: null, stderr: null, interval: null });
  assert.is(precision.value, 2 / 3);
});

test("triggerQuality() of a trigger that never fires has no precision, and stays JSON", () => {
  const quality = Statistics.triggerQuality([{ score: 0, fired: false, wrong: true }]);
  assert.is(quality.precision.value, null);
  assert.is(quality.recall.value, 0);
  assert.equal(JSON.parse(JSON.stringify(quality)), quality);
  const empty = Statistics.triggerQuality([]);
  assert.equal([empty.rate.value, empty.recall.value, empty.auc.area], [null, null, null]);
});

test.run();
