import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  accumulation,
  blockFlow,
  deepLayers,
  positionFlow,
  promptFlow,
  type Saliency,
  shallowLayers,
  topPositions,
} from "../../lib/dpc/mod.ts";
import { saliency, saliencyOf } from "./arbitrary.ts";

function close(actual: number, expected: number) {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `expected ${expected}, found ${actual}`,
  );
}

/** All cells of the flow with their indices: the definition's own sums are over these. */
const cells = (s: Saliency) =>
  Array.from(s.promptFlow, (value, at) => {
    const rows = s.questionRows + s.rationaleRows;
    const row = Math.floor(at / s.virtualTokens);
    return { value, layer: Math.floor(row / rows), i: row % rows, j: at % s.virtualTokens };
  });
const sum = (values: readonly { readonly value: number }[]) =>
  values.reduce((total, { value }) => total + value, 0);

test("shallowLayers() and deepLayers() halve the layers, the middle one being deep; one layer is both", () => {
  const ranges = [1, 2, 3, 30].map((layers) => [shallowLayers(layers), deepLayers(layers)]);
  assert.equal(ranges, [
    [{ start: 0, end: 1 }, { start: 0, end: 1 }],
    [{ start: 0, end: 1 }, { start: 1, end: 2 }],
    [{ start: 0, end: 1 }, { start: 1, end: 3 }],
    [{ start: 0, end: 15 }, { start: 15, end: 30 }],
  ]);
});

test("promptFlow() reads [layers, rows, n]", () => {
  const sizes = { layers: 2, questionRows: 2, rationaleRows: 3, virtualTokens: 4 };
  const s = saliencyOf(sizes, (layer, i, j) => 100 * layer + 10 * i + j);
  assert.is(promptFlow(s, 1, 4, 3), 143);
});

test("blockFlow() is the mean over the pairs of two blocks, 0 of none", () => {
  fc.assert(fc.property(saliency, (s) => {
    const { pq, pr, qr, rr } = blockFlow(s);
    for (let layer = 0; layer < s.layers; layer++) {
      const question = cells(s).filter((c) => c.layer === layer && c.i < s.questionRows);
      const rationale = cells(s).filter((c) => c.layer === layer && c.i >= s.questionRows);
      close(pq[layer]!, sum(question) / question.length);
      close(pr[layer]!, sum(rationale) / Math.max(1, rationale.length));
      assert.equal([qr[layer], rr[layer]], [layer, layer / 2]);
    }
  }));
});

test("positionFlow() is the mean over all rows, for each layer and position", () => {
  fc.assert(fc.property(saliency, (s) => {
    const flow = positionFlow(s);
    assert.equal(flow.map((layer) => layer.length), Array(s.layers).fill(s.virtualTokens));
    for (const [layer, means] of flow.entries()) {
      for (const [j, mean] of means.entries()) {
        const column = cells(s).filter((c) => c.layer === layer && c.j === j);
        close(mean, sum(column) / column.length);
      }
    }
  }));
});

test("accumulation() sums the shallow layers over question and rationale", () => {
  fc.assert(fc.property(saliency, (s) => {
    const { end } = shallowLayers(s.layers);
    const { perPosition, position, share, concentration } = accumulation(s);
    assert.is(perPosition.length, s.virtualTokens);
    for (const [j, a] of perPosition.entries()) {
      close(a, sum(cells(s).filter((c) => c.layer < end && c.j === j)));
      assert.ok(a <= perPosition[position]!);
      if (j < position) assert.ok(a < perPosition[position]!, "the first of equals");
    }
    assert.ok(share >= 1 / s.virtualTokens - 1e-12 && share <= 1 + 1e-12);
    close(concentration, share * s.virtualTokens);
    assert.equal(topPositions({ perPosition, position, share, concentration }, 1), [position]);
  }));
});

test("accumulation() knows nothing of the scale of the flow, and of none makes a uniform share", () => {
  fc.assert(fc.property(saliency, (s) => {
    const scaled = accumulation({ ...s, promptFlow: s.promptFlow.map((value) => 4 * value) });
    assert.is(scaled.position, accumulation(s).position);
    close(scaled.share, accumulation(s).share);
  }));
  const still = saliencyOf(
    { layers: 2, questionRows: 1, rationaleRows: 0, virtualTokens: 4 },
    () => 0,
  );
  const { position, share, concentration } = accumulation(still);
  assert.equal([position, share, concentration], [0, 0.25, 1]);
});

test("accumulation() takes the layers it is given, and refuses those that do not exist", () => {
  const sizes = { layers: 4, questionRows: 1, rationaleRows: 1, virtualTokens: 2 };
  // Position 1 leads in layer 3 alone.
  const s = saliencyOf(sizes, (layer, _, j) => layer === 3 ? j : 1 - j);
  assert.is(accumulation(s).position, 0);
  assert.is(accumulation(s, { start: 3, end: 4 }).position, 1);
  for (const layers of [{ start: 3, end: 5 }, { start: 2, end: 2 }, { start: -1, end: 2 }]) {
    assert.throws(
      () => accumulation(s, layers),
      `A range of layers must lie in 0 to 4, the end excluded: found ${layers.start} to ${layers.end}`,
    );
  }
});

test("accumulation() over the latter half leaves question and former half out", () => {
  const sizes = { layers: 1, questionRows: 2, rationaleRows: 3, virtualTokens: 2 };
  // position 0 leads in the rows of the question and of the first token, position 1 after
  const s = saliencyOf(sizes, (_, i, j) => (i < 3) === (j === 0) ? 5 : 1);
  assert.equal(accumulation(s).perPosition, [17, 13]);
  assert.equal(accumulation(s, undefined, "latter").perPosition, [2, 10]);
});

test("topPositions() gives the most flow first, of equals the first", () => {
  const found = { perPosition: [1, 5, 3, 5], position: 1, share: 0, concentration: 0 };
  assert.equal(topPositions(found, 3), [1, 3, 2]);
  assert.equal(topPositions(found, 9), [1, 3, 2, 0]);
});

test.run();
