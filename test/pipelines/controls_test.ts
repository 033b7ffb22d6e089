import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ArmSample, Sample } from "../../lib/results/mod.ts";
import { areaUnderCurve } from "../../lib/statistics/mod.ts";
import { aucTable } from "../../pipelines/controls/auc.ts";
import { EvidenceCollector } from "../../pipelines/controls/evidence.ts";
import { controlTables } from "../../pipelines/controls/rows.ts";

const COUNT = 100;
/** An answer of so many tokens; the second positions are those that were corrupted. */
const arm = (
  correct: boolean,
  tokens: number,
  more: Partial<ArmSample> = {},
): ArmSample => ({
  text: "",
  answer: String(correct),
  rule: "last",
  correct,
  strict: true,
  verdict: correct ? "correct" : "wrong",
  finish: "eos",
  tokens,
  lowest: -0.1,
  mean: -0.1,
  trigger: null,
  first: null,
  corruptions: [],
  milliseconds: 1,
  ...more,
});

/**
 * Two prompts of two vectors. Every fourth first answer is wrong and has the greater flow; corrupting position 1 repairs it, and
 * spoils every tenth right one. j* is position 1.
 */
function evidence() {
  const collector = new EvidenceCollector();
  for (const prompt of ["a", "b"]) {
    for (let i = 0; i < COUNT; i++) {
      const wrong = i % 4 === 0;
      const late = wrong ? 4 + i % 3 : 1 + i % 4;
      const corrected = (position: number) =>
        arm(position === 1 ? wrong || i % 10 !== 3 : !wrong, 10, {
          corruptions: [{ name: "c", positions: [position], text: "" }],
        });
      const tokens = [1, 1, late, late];
      const sample: Sample = {
        id: `${i}@${prompt}`,
        example: String(i),
        prompt,
        question: "",
        gold: "",
        strata: {},
        promptText: "",
        arms: {
          base: arm(i % 2 === 0, 4),
          pt: arm(!wrong, 5),
          "always/accumulated": corrected(1),
          // as a grid calls it
          "always/position(0) gamma=0.1": corrected(0),
          "always/position(1)": corrected(1),
          "lateFlow/accumulated": arm(true, 5, {
            trigger: { name: "lateFlow", score: late, fired: false },
          }),
          "noise/accumulated": arm(true, 5, {
            trigger: { name: "noise", score: (i * 37) % 11, fired: false },
          }),
        },
        flow: {
          pq: [],
          pr: [],
          qr: [],
          rr: [],
          accumulation: [1, 3],
          tokens,
          positions: [[1, 3], [1, 1]],
        },
      };
      collector.add(sample, "mean");
    }
  }
  return collector.finish();
}

test("aucTable() weights the areas of prompts by their pairs, and keeps those of one prompt", () => {
  const found = evidence();
  const rows = aucTable(found, 20);
  const area = (name: string) => rows.find((row) => row.name === name)!.area!;
  // the same under both prompts, so that the mean is that of one
  const outcomes = found.arms["pt"]![0]!.map(({ correct }, e) => ({
    score: found.scores["noise"]![0]![e]!,
    wrong: !correct,
  }));
  assert.ok(Math.abs(area("noise") - areaUnderCurve(outcomes).area!) < 1e-12);
  assert.is(area("length"), 0.5);
  assert.ok(area("lateFlow (sum)") > 0.9);
  const [low, high] = rows.find(({ name }) => name === "noise")!.interval!;
  assert.ok(low < area("noise") && area("noise") < high);
  // the loss of the run is the mean: all answers have four tokens
  assert.is(found.scores["lateFlow (sum)"]![0]![0], 4 * found.scores["lateFlow (mean)"]![0]![0]!);
});

test("controlTables() chooses thresholds and positions on other rows, and counts what arms cost", () => {
  const { controls, triggers } = controlTables(evidence());
  const row = (name: string) => [...controls, ...triggers].find((each) => each.name === name)!;
  assert.is(row("pt").accuracy, 0.75);
  assert.ok(row("dpc").accuracy >= 0.95, String(row("dpc").accuracy));
  assert.ok(row("dpc").corrected <= 0.5, String(row("dpc").corrected));
  assert.equal([row("dpc").gradients, row("pt").gradients], [1, 0]);
  assert.equal([row("pt").tokens, row("every answer, j*").tokens], [5, 10]);
  // position 1 is the most frequent one and the best
  assert.is(row("same answers, static").accuracy, row("dpc").accuracy);
  assert.is(row("same answers, staticBest").accuracy, row("dpc").accuracy);
  assert.ok(row("as many at random, j*").accuracy < row("dpc").accuracy);
  // the trigger reads no flow, the position does
  assert.is(row("noise").gradients, row("noise").corrected);
  assert.is(row("oracle: pt or j*").accuracy, 1);
});

test.run();
