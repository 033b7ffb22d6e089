import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomVectors, textIds, vocabularyIds } from "../../lib/prompt/mod.ts";

test("randomVectors() draws from N(0, 1), the same for the same seed", () => {
  const vectors = randomVectors(100, 64, 7);
  assert.is(vectors.length, 6400);
  const mean = vectors.reduce((sum, x) => sum + x, 0) / 6400;
  const variance = vectors.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 6400;
  const beyond = vectors.filter((x) => Math.abs(x) > 1.959964).length / 6400;
  assert.ok(
    Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.07 && Math.abs(beyond - 0.05) < 0.01,
    `${mean} ${variance} ${beyond}`,
  );
  assert.equal(randomVectors(100, 64, 7), vectors);
  assert.not.equal(randomVectors(100, 64, 8), vectors);
});

test("vocabularyIds() draws every row alike, with replacement", () => {
  const ids = vocabularyIds(8000, 8, 3);
  const counts = Array.from({ length: 8 }, (_, row) => ids.filter((id) => id === row).length);
  assert.ok(counts.every((count) => Math.abs(count - 1000) < 150), String(counts));
  assert.equal(vocabularyIds(8000, 8, 3), ids);
});

test("textIds() cuts a long text and repeats a short one", () => {
  assert.equal(textIds(2, [5, 6, 7]), [5, 6]);
  assert.equal(textIds(7, [5, 6, 7]), [5, 6, 7, 5, 6, 7, 5]);
});

test.run();
