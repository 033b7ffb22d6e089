import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  addToBeta,
  affectedRatio,
  beta,
  betaOf,
  deepLayers,
  halves,
  lateFlow,
  lateFlowMaximum,
  NO_BETA,
  promptFlow,
  tokenFlow,
} from "../../lib/dpc/mod.ts";
import { saliency, saliencyOf } from "./arbitrary.ts";

const flow = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { maxLength: 9 });

test("tokenFlow() is the mean over deep layers of the sum over the prompt", () => {
  fc.assert(fc.property(saliency, (s) => {
    const found = tokenFlow(s);
    assert.is(found.length, s.rationaleRows);
    const { start, end } = deepLayers(s.layers);
    for (const [t, value] of found.entries()) {
      const perLayer = Array.from(
        { length: end - start },
        (_, at) =>
          Array.from(
            { length: s.virtualTokens },
            (_, j) => promptFlow(s, start + at, s.questionRows + t, j),
          )
            .reduce((sum, x) => sum + x, 0),
      );
      const expected = perLayer.reduce((sum, x) => sum + x, 0) / perLayer.length;
      assert.ok(Math.abs(value - expected) < 1e-9);
    }
  }));
});

test("tokenFlow() does not look at the question or the shallow layers", () => {
  const sizes = { layers: 4, questionRows: 3, rationaleRows: 2, virtualTokens: 2 };
  const s = saliencyOf(sizes, (layer, i) => layer < 2 || i < 3 ? 9 : i - 2);
  assert.equal(tokenFlow(s), [2, 4]);
  assert.equal(tokenFlow(s, { start: 1, end: 3 }), [(18 + 2) / 2, (18 + 4) / 2]);
});

test("halves() cuts in the middle, a middle token being of the latter half", () => {
  assert.equal(halves([1, 2, 3, 4]), { former: [1, 2], latter: [3, 4] });
  assert.equal(halves([1, 2, 3]), { former: [1], latter: [2, 3] });
  assert.equal(halves([1]), { former: [], latter: [1] });
  assert.equal(halves([]), { former: [], latter: [] });
});

test("affectedRatio() is the share of the latter half above beta", () => {
  assert.is(affectedRatio([9, 9, 1, 2, 3, 4], 2), 2 / 4 * 4 / 3);
  assert.is(affectedRatio([5], 2), 1);
  assert.is(affectedRatio([], 2), 0);
  fc.assert(fc.property(flow, fc.double({ min: 0, max: 5, noNaN: true }), (flow, beta) => {
    const { latter } = halves(flow);
    const expected = latter.filter((s) => s > beta).length / Math.max(1, latter.length);
    assert.ok(Math.abs(affectedRatio(flow, beta) - expected) < 1e-12);
    assert.is(affectedRatio(flow, 5), 0);
  }));
});

test("lateFlow() and lateFlowMaximum() read the latter half, 0 of nothing", () => {
  assert.equal([lateFlow([9, 9, 1, 3]), lateFlowMaximum([9, 9, 1, 3])], [2, 3]);
  assert.equal([lateFlow([]), lateFlowMaximum([])], [0, 0]);
  assert.equal([lateFlow([4]), lateFlowMaximum([4])], [4, 4]);
});

test("beta() counts tokens alike, or instances", () => {
  const flows = [[1, 1, 1, 1, 9, 9, 9, 9], [4, 9], [7], []];
  assert.is(beta(flows), (1 + 1 + 1 + 1 + 4) / 5);
  assert.is(beta(flows, "instance"), (1 + 4) / 2);
  assert.is(beta([]), 0);
  assert.is(beta([[7]]), 0);
});

test("betaOf() while streaming is beta() of all, in any order", () => {
  fc.assert(
    fc.property(
      fc.array(flow, { maxLength: 8 }),
      fc.constantFrom("token", "instance"),
      (flows, weighting) => {
        const streamed = flows.reduceRight(
          (sum, flow) => addToBeta(sum, flow, weighting),
          NO_BETA,
        );
        const all = beta(flows, weighting);
        assert.ok(Math.abs(betaOf(streamed) - all) < 1e-9);
        const former = flows.flatMap((flow) => halves(flow).former);
        if (weighting === "token" && former.length > 0) {
          assert.ok(Math.abs(all - former.reduce((sum, s) => sum + s, 0) / former.length) < 1e-9);
        }
      },
    ),
  );
});

test.run();
