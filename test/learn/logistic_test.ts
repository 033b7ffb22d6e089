import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fitLogistic, logOdds, probability } from "../../lib/learn/logistic.ts";
import { dot, fitReduction, reduce } from "../../lib/learn/reduce.ts";

const test = suite("learn/logistic");

/** Numbers that look random, the same each time. */
const noise = (i: number): number => Math.sin(12.9898 * i + 4.1) * 43758.5453 % 1;

test("fitLogistic() is where the gradient of the penalised loss vanishes", () => {
  const rows = Array.from({ length: 60 }, (_, i) => [noise(i), 5 + 3 * noise(i + 100), 7]);
  const labels = rows.map(([a, b], i) => a! + b! / 3 + noise(i + 200) > 1.7);
  const ridge = 2;
  const model = fitLogistic(rows, labels, { components: 3, ridge });
  // in standardised features, in which the penalty is; the third never varies
  const { mean, scale } = fitReduction(rows, 3);
  for (const i of [0, 1]) {
    const slope = rows.reduce(
      (sum, row, n) =>
        sum + (probability(model, row) - Number(labels[n])) * (row[i]! - mean[i]!) * scale[i]!,
      ridge * model.weights[i]! / scale[i]!,
    );
    assert.ok(Math.abs(slope) < 1e-3, `${slope}`);
  }
  assert.is(model.weights[2], 0);
});

test("fitLogistic() stays finite where all labels are equal or the features separate them", () => {
  const rows = Array.from({ length: 20 }, (_, i) => [i]);
  for (const labels of [rows.map(() => true), rows.map((_, i) => i >= 10)]) {
    const model = fitLogistic(rows, labels, { components: 1, ridge: 0.01 });
    assert.ok(rows.every((row, i) => logOdds(model, row) > 0 === labels[i]));
    assert.ok(Number.isFinite(model.intercept) && Math.abs(model.weights[0]!) < 100);
  }
});

test("fitReduction() finds the subspace of the leading components, from rows and from their covariance", () => {
  const directions = [0, 1].map((k) =>
    Float64Array.from({ length: 12 }, (_, i) => Math.sin((k + 1) * i + k))
  );
  for (const count of [8, 50]) {
    const rows = Array.from(
      { length: count },
      (_, n) =>
        directions[0]!.map((x, i) =>
          3 * noise(n) * x + 2 * noise(n + 50) * directions[1]![i]! + 0.001 * noise(12 * n + i)
        ),
    );
    const reduction = fitReduction(rows, 2);
    for (const row of rows) {
      const standardised = row.map((x, i) => (x - reduction.mean[i]!) * reduction.scale[i]!);
      const kept = reduce(reduction, row);
      const [all, within] = [dot(standardised, standardised), dot(kept, kept)];
      assert.ok(within > 0.999 * all - 1e-3, `${within} of ${all} is kept`);
    }
  }
});

test.run();
