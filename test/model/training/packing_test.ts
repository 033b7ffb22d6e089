import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { packRows } from "../../../lib/model/training/mod.ts";

const documents = fc.array(
  fc.array(fc.record({ id: fc.integer({ min: 1, max: 50 }), weight: fc.constantFrom(0.5, 1) }), {
    minLength: 1,
    maxLength: 30,
  }),
  { minLength: 1, maxLength: 60 },
);

test("packRows() predicts every token of every document once, and nothing else", () => {
  fc.assert(fc.property(documents, fc.integer({ min: 4, max: 20 }), (drawn, tokens) => {
    const rows = [...packRows(
      drawn.map((document) => ({
        ids: document.map(({ id }) => id),
        weights: document.map(({ weight }) => weight),
      })),
      tokens,
    )];
    const counted = (pairs: Iterable<readonly [number, number]>) =>
      [...pairs].filter(([, weight]) => weight > 0).map(([id, weight]) => `${id} ${weight}`).sort();
    assert.ok(
      rows.every(({ ids, weights }) => ids.length === tokens + 1 && weights.length === tokens + 1),
    );
    assert.equal(
      counted(rows.flatMap(({ ids, weights }) => ids.map((id, t) => [id, weights[t]!] as const))),
      counted(drawn.flat().map(({ id, weight }) => [id, weight] as const)),
    );
  }));
});

test("packRows() fills rows with what fits of the documents that wait", () => {
  const document = (length: number, id: number) => ({
    ids: new Array<number>(length).fill(id),
    weights: new Array<number>(length).fill(1),
  });
  const rows = [...packRows([document(4, 1), document(3, 2), document(2, 3), document(9, 4)], 5)];
  assert.equal(rows.map(({ ids }) => ids), [
    [1, 1, 1, 1, 3, 3],
    [2, 2, 2, 0, 0, 0],
    [4, 4, 4, 4, 4, 4],
    [4, 4, 4, 4, 0, 0],
  ]);
  assert.equal(rows.map(({ weights }) => weights), [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [1, 1, 1, 1, 1, 1],
    [0, 1, 1, 1, 0, 0],
  ]);
});

test("packRows() gives each document a row of its own where it is told to", () => {
  const documents = [[7, 7, 7], [8], [9, 9]].map((ids) => ({ ids, weights: ids.map(() => 1) }));
  const rows = [...packRows(documents, 3, { alone: true })];
  assert.equal(rows.map(({ ids }) => ids), [[7, 7, 7, 0], [8, 0, 0, 0], [9, 9, 0, 0]]);
});

test.run();
