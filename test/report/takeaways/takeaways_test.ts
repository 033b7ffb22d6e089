import { test } from "uvu";
import * as assert from "uvu/assert";
import { summarise } from "../../../lib/results/mod.ts";
import * as Statistics from "../../../lib/statistics/mod.ts";
import type { TriggerAnalysis } from "../../../lib/results/mod.ts";
import {
  flowTakeaways,
  strataTakeaway,
  triggerTakeaways,
} from "../../../lib/report/takeaways/mod.ts";
import { ranges } from "../../../lib/report/takeaways/flow.ts";
import { arm, samples } from "../support.ts";

const means = (of: readonly number[]) =>
  of.map((mean) => Statistics.meanOf([-1, -0.5, 0, 0.5, 1, 0].map((each) => mean + 0.1 * each)));

const words = { what: "S_pr", point: ["layer", "layers"], first: 0 } as const;

test("flowTakeaways() name where wrong answers differ, by Holm over all curves", () => {
  const curve = { ...words, right: means([1, 1, 1, 1]), wrong: means([2, 2, 1, 0]) };
  const same = { ...words, right: means([1]), wrong: means([1.001]) };
  assert.equal(flowTakeaways([curve, same]), [
    "For wrong answers S_pr is higher in layers 0, 1, lower in layer 3 (95 % interval and p, Holm-corrected over 5 comparisons).",
    "A difference in S_pr between wrong and right answers is not shown in any layer (95 % interval and p, Holm-corrected over 5 comparisons).",
  ]);
});

test("flowTakeaways() claim nothing where the interval alone would, or of few answers", () => {
  // p 0.02 of one, corrected over 4
  const near = { ...words, right: means([1, 1, 1, 1]), wrong: means([1.11, 1, 1, 1]) };
  const { interval } = Statistics.welch(near.wrong[0]!, near.right[0]!);
  assert.ok(interval![0] > 0);
  assert.match(flowTakeaways([near])[0]!, "is not shown in any layer");
  const few = [Statistics.meanOf([1, 1.1])];
  assert.match(
    flowTakeaways([{ ...words, right: few, wrong: [Statistics.meanOf([5, 5.1])] }])[0]!,
    "fewer than 5 right or wrong answers",
  );
});

test("ranges() join what follows on each other", () => {
  assert.is(ranges([0, 1, 2, 4, 6, 7]), "0 to 2, 4, 6, 7");
});

/** A trigger with that area, of which half of the answers are wrong. */
const trigger = (area: number, stderr: number, n: number): TriggerAnalysis => ({
  trigger: "lateFlow",
  quality: {
    ...Statistics.triggerQuality([]),
    ...{ n, wrong: n / 2 },
    auc: { area, stderr, interval: [area - 1.96 * stderr, area + 1.96 * stderr] },
  },
  thresholds: [],
  histogram: { edges: [], right: [], wrong: [], beyond: 0 },
  curve: [],
});

test("triggerTakeaways() claim by interval and corrected p together, and nothing of few answers", () => {
  assert.equal(triggerTakeaways([trigger(0.9, 0.05, 40)]), [
    "lateFlow is higher for wrong answers than for right ones (area under the ROC curve 0.90, 95 % interval 0.80 to 1.00, p <0.001).",
  ]);
  const [first] = triggerTakeaways([trigger(0.68, 0.08, 50), trigger(0.55, 0.05, 50)]);
  assert.is(
    first,
    "That lateFlow tells wrong answers from right ones is not shown (area under the ROC curve 0.68, 95 % interval 0.52 to 0.84, p 0.058, Holm-corrected over 2 triggers).",
  );
  assert.match(triggerTakeaways([trigger(1, 0, 8)])[0]!, "Nothing is claimed of lateFlow");
});

test("strataTakeaway() claims where a difference is shown, Holm over the groups", () => {
  const rows = samples(60).map((row, i) => ({
    ...row,
    arms: { pt: arm(i % 2 === 1), dpc: { ...arm(true), trigger: row.arms["dpc"]!.trigger } },
    strata: { kind: i % 2 === 0 ? "hard" : "easy" },
  }));
  assert.is(
    strataTakeaway(summarise("made", rows), "kind"),
    "Compared with pt, dpc is more accurate where kind is hard (+100.0 points, p <0.001); elsewhere a difference is not shown " +
      "(95 % interval and p, Holm-corrected over the 2 groups).",
  );
  // six won and none lost: p 0.031, twice that over two groups
  const few = rows.map((row, i) => i < 12 ? row : { ...row, arms: { ...row.arms, pt: arm(true) } });
  const summary = summarise("made", few);
  assert.is(summary.comparisons[0]!.strata["kind"]!["hard"]!.pValue.toFixed(5), "0.03125");
  assert.match(strataTakeaway(summary, "kind"), "is not shown in any group");
});

test.run();
