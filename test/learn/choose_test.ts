import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accuracyOf, choose, crossValidatedChoices, fitChooser } from "../../lib/learn/choose.ts";
import { foldsOf } from "../../lib/learn/folds.ts";

const test = suite("learn/choose");

const noise = (i: number): number => Math.abs(Math.sin(12.9898 * i + 4.1) * 43758.5453) % 1;
const indices = Array.from({ length: 90 }, (_, i) => i);

test("fitChooser() learns which of three options is right, and reads the candidate that tells it", () => {
  const best = indices.map((i) => Math.floor(3 * noise(i)));
  const right = [0, 1, 2].map((option) => best.map((which) => which === option));
  const telling = best.map((which, i) => [which === 1 ? 1 : 0, which === 2 ? 1 : 0, noise(i)]);
  const silent = indices.map((i) => [noise(i + 300)]);
  const options = [0, 1, 2];
  const found = fitChooser({
    candidates: [{ features: silent, options }, { features: telling, options: [0, 1] }, {
      features: telling,
      options,
    }],
    right,
  });
  assert.is(found.candidate, 2);
  assert.is(found.accuracy, 1);
  assert.equal(telling.map((row) => choose(found.chooser, row)), best);
});

test("fitChooser() takes the first option where no other is ever right alone", () => {
  const right = [indices.map((i) => i % 3 > 0), indices.map((i) => i % 3 > 0)];
  const features = indices.map((i) => [noise(i)]);
  const { chooser } = fitChooser({ candidates: [{ features, options: [0, 1] }], right });
  assert.ok(features.every((row) => choose(chooser, row) === 0));
});

test("crossValidatedChoices() learns nothing from the fold that it chooses for", () => {
  // each example has a feature of its own, which tells all of a label that is drawn
  const labels = indices.map((i) => noise(i + 7) > 0.5);
  const features = indices.map((i) => indices.map((j) => Number(i === j)));
  const data = {
    candidates: [{ features, options: [0, 1] }],
    right: [labels.map((label) => !label), labels],
  };
  const options = { components: 90, ridges: [0.01] };
  const { chooser } = fitChooser(data, options);
  const seen = features.map((row) => choose(chooser, row));
  assert.is(accuracyOf(data.right, seen), 1, "of the rows that it was fitted on it knows all");
  const unseen = accuracyOf(data.right, crossValidatedChoices(data, options));
  assert.ok(unseen < 0.7, `${unseen}`);
});

test("crossValidatedChoices() fits on as many rows as it is told", () => {
  const labels = indices.map((i) => noise(i) > 0.5);
  const features = labels.map((label, i) => [Number(label) + 3 * noise(i + 50), noise(i + 99)]);
  const data = {
    candidates: [{ features, options: [0, 1] }],
    right: [labels.map((label) => !label), labels],
  };
  const few = crossValidatedChoices(data, { rows: 10 });
  assert.not.equal(few, crossValidatedChoices(data));
  assert.equal(crossValidatedChoices(data, { rows: 72 }), crossValidatedChoices(data));
});

test("foldsOf() makes folds of equal size that differ by seed", () => {
  const folds = foldsOf(23, 5);
  const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((each) => each === fold).length);
  assert.equal(sizes, [5, 5, 5, 4, 4]);
  assert.not.equal(foldsOf(23, 5, 1), folds);
});

test.run();
