import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AnalysisCollector, type Sample } from "../../lib/results/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import { arm, corrected, sample, samples } from "../report/support.ts";

const analyse = (rows: readonly Sample[]) => {
  const collector = new AnalysisCollector();
  for (const row of rows) collector.add(row);
  return collector.finish();
};

test("AnalysisCollector gives the mean flow of right and of wrong first answers with intervals", () => {
  const rows = samples(60);
  const { flow, samples: count } = analyse(rows);
  assert.is(count, 60);
  assert.equal([flow!.right.n, flow!.wrong.n], [40, 20]);
  const wrong = rows.filter((row) => !row.arms["pt"]!.correct);
  const expected = Statistics.meanOf(wrong.map((row) => row.flow!.pq[0]!));
  assert.equal(flow!.wrong.pq, [expected, Statistics.meanOf(wrong.map(() => 2e-5))]);
  assert.is(flow!.right.rr.length, 2);
});

test("AnalysisCollector counts where information accumulates, and its share", () => {
  const { right, wrong } = analyse(samples(60)).flow!;
  assert.equal([right.chosen, wrong.chosen], [[0, 40, 0], [0, 20, 0]]);
  assert.ok(Math.abs(wrong.share[1]!.mean! - 0.9 / 1.15) < 1e-12);
  const none = sample(1);
  const { flow } = analyse([{ ...none, flow: { ...none.flow!, accumulation: [0, 0, 0] } }]);
  assert.equal(flow!.right.chosen, [0, 0, 0]);
  assert.equal(flow!.right.share, []);
});

test("AnalysisCollector takes a flow of more values than a call has room for arguments", () => {
  const row = sample(1);
  const accumulation = new Array<number>(500_000).fill(0).with(300_000, 1);
  const { chosen } = analyse([{ ...row, flow: { ...row.flow!, accumulation } }]).flow!.right;
  assert.is(chosen.indexOf(1), 300_000);
});

test("AnalysisCollector means the flow of each layer and position over those samples that hold it", () => {
  const row = sample(1);
  const { positions: _, ...without } = row.flow!;
  const flows = [[[1, 2]], [[3, 6]]].map((positions) => ({ ...without, positions }));
  const rows = [...flows, without].map((flow) => ({ ...row, flow }));
  assert.equal(analyse(rows).flow!.right.positions, [[2, 4]]);
  assert.equal(analyse(rows).flow!.wrong.positions, []);
});

test("AnalysisCollector divides a rationale in tenths, and leaves out those without a token", () => {
  const row = sample(1);
  const tokens = Array.from({ length: 20 }, (_, t) => t);
  const { tenths } = analyse([{ ...row, flow: { ...row.flow!, tokens } }]).flow!.right;
  assert.equal(tenths.map(({ mean }) => mean), [
    0.5,
    2.5,
    4.5,
    6.5,
    8.5,
    10.5,
    12.5,
    14.5,
    16.5,
    18.5,
  ]);
  const short = analyse([{ ...row, flow: { ...row.flow!, tokens: [1, 3] } }]).flow!.right.tenths;
  assert.equal(short.map(({ mean }) => mean).filter((mean) => mean !== null), [1, 3]);
});

test("AnalysisCollector divides a rationale in its lines where it knows where tokens begin", () => {
  const row = sample(1);
  const text = "\n1+1\n\n=2\n#### 2";
  // two tokens in the first step, the line feeds behind it among them, one in the second, one in the third
  const flow = { ...row.flow!, tokens: [9, 2, 4, 5, 6], starts: [0, 1, 4, 6, 9] };
  const pt = arm(true, { text });
  const { steps } = analyse([{ ...row, flow, arms: { pt } }]).flow!.right;
  assert.equal(steps.map(({ mean }) => mean), [3, 5, 6]);
  assert.equal(analyse([row]).flow!.right.steps, []);
});

test("AnalysisCollector has the trigger's ROC, precision, thresholds and histogram of each arm that decides", () => {
  const { triggers } = analyse(samples(60));
  assert.equal(Object.keys(triggers), ["dpc"]);
  const { trigger, quality, thresholds, histogram, curve } = triggers["dpc"]!;
  assert.equal([trigger, quality.hits, quality.auc.area], ["lateFlow", 20, 1]);
  assert.equal(thresholds, [{ prompt: "seed0", above: 0.106, below: 0.3 }]);
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  assert.equal([sum(histogram.right), sum(histogram.wrong)], [40, 20]);
  assert.is(histogram.edges.length, histogram.right.length + 1);
  assert.equal(curve[0], { threshold: null, falsePositiveRate: 0, recall: 0, precision: null });
  const { precision, ...last } = curve.at(-1)!;
  assert.equal(last, { threshold: 0.1, falsePositiveRate: 1, recall: 1 });
  assert.ok(Math.abs(precision! - 1 / 3) < 1e-12);
});

test("AnalysisCollector leaves out triggers that score all alike", () => {
  const rows = samples(9).map((row) => ({
    ...row,
    arms: { pt: row.arms["pt"]!, untriggered: corrected(true, 1) },
  }));
  assert.equal(analyse(rows).triggers, {});
});

test("AnalysisCollector counts transitions as summarise() does", () => {
  const { transitions } = analyse(samples(60));
  assert.equal(Object.keys(transitions), ["base", "dpc"]);
  assert.equal(transitions["dpc"], {
    rightToRight: 40,
    rightToWrong: 0,
    wrongToRight: 10,
    wrongToWrong: 10,
  });
});

test("AnalysisCollector takes the first answer from an arm that did not correct where pt is missing", () => {
  const rows = samples(60).map((row) => ({ ...row, arms: { dpc: row.arms["dpc"]! } }));
  const { flow, transitions } = analyse(rows);
  assert.equal([flow!.right.n, flow!.wrong.n], [40, 0]);
  assert.is(transitions["dpc"]!.rightToRight, 40);
});

test("AnalysisCollector holds every score in one bin, and at most 200 points of a curve", () => {
  const scores = fc.array(fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.boolean()), {
    minLength: 1,
    maxLength: 600,
  });
  fc.assert(
    fc.property(scores, (outcomes) => {
      const rows = outcomes.map(([score, right], i) =>
        sample(i + 1, {
          flow: null,
          arms: {
            pt: arm(right),
            dpc: arm(right, { trigger: { name: "made", score, fired: false } }),
          },
        })
      );
      const trigger = analyse(rows).triggers["dpc"];
      if (trigger === undefined) return;
      const { right, wrong, edges } = trigger.histogram;
      assert.is([...right, ...wrong].reduce((a, b) => a + b, 0), outcomes.length);
      assert.ok(edges.every((edge, i) => i === 0 || edge >= edges[i - 1]!), String(edges));
      assert.ok(trigger.curve.length <= 200);
    }),
    { numRuns: 50 },
  );
});

test.run();
