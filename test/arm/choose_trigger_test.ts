import { test } from "uvu";
import * as assert from "uvu/assert";
import { calibrate, isTestSplit, type Observation } from "../../lib/arm/mod.ts";

test("isTestSplit() knows a test split by its name, its file or its folder", () => {
  for (
    const [data, split] of [
      ["data/benchmark", "test"],
      ["gsm8k/test.jsonl", "dev"],
      ["aqua/gsm8k_test.json", "dev"],
      ["math500/math500_test.json", "train"],
      ["data/test/", "dev"],
      ["C:\\data\\Test.jsonl", "dev"],
      ["questions.jsonl", "gsm8k-test"],
    ] as const
  ) assert.ok(isTestSplit(data, split), `${data} ${split}`);
  for (
    const [data, split] of [
      ["data/benchmark", "dev"],
      ["gsm8k/train.jsonl", "train"],
      ["contest.jsonl", "dev"],
      ["test/fixtures/dev.jsonl", "dev"],
      ["latest.jsonl", "validation"],
    ] as const
  ) assert.not(isTestSplit(data, split), `${data} ${split}`);
});

const OPTIONS = {
  task: "t",
  split: "dev",
  prompt: "",
  model: "",
  gamma: 0.1,
  shallow: { start: 0, end: 1 },
  deep: { start: 1, end: 2 },
};
const TRIGGERS = [
  "length",
  "lateFlow",
  "lateFlowMaximum",
  "accumulationShare",
  "lowestConfidence",
  "meanConfidence",
] as const;

/** 200 examples, every fourth wrong at first and right when corrected; a trigger scores as told, by index and whether wrong. */
const observations = (
  score: Partial<Record<typeof TRIGGERS[number], (i: number, wrong: boolean) => number>>,
  harmed: (i: number) => boolean = () => false,
): readonly Observation[] =>
  Array.from({ length: 200 }, (_, i) => {
    const wrong = i % 4 === 0;
    const scores = TRIGGERS.map((name) => [name, score[name]?.(i, wrong) ?? 0]);
    return {
      id: String(i),
      first: !wrong,
      second: !harmed(i),
      flow: [0, 0, 0, 0],
      scores: Object.fromEntries(scores),
    };
  });

test("calibrate() takes of triggers that are as good as the best the one that fires least", () => {
  const { trigger, triggers } = calibrate(
    observations({ lateFlow: (_, wrong) => Number(wrong) }),
    OPTIONS,
  );
  assert.is(trigger, "lateFlow");
  assert.is(triggers["lateFlow"]!.rate, 0.25);
  assert.is(triggers["lateFlow"]!.accuracy, 1);
  // to correct everything is as good here, but costs four times as much
  assert.is(triggers["meanConfidence"]!.rate, 1);
  assert.is(triggers["meanConfidence"]!.accuracy, 1);
});

test("calibrate() does not take a trigger that fires less and is worse", () => {
  // lateFlow finds only half of the wrong ones; correcting all would harm a third
  const seen = observations(
    {
      lateFlow: (i, wrong) => Number(wrong && i % 8 === 0),
      meanConfidence: (_, wrong) => Number(wrong),
    },
    (i) => i % 3 === 1 && i % 4 !== 0,
  );
  const { trigger, triggers } = calibrate(seen, OPTIONS);
  assert.is(trigger, "meanConfidence");
  assert.ok(triggers["lateFlow"]!.rate < triggers["meanConfidence"]!.rate);
});

test("calibrate() scores a trigger that needs beta by the flow, once beta is known", () => {
  const seen = observations({}).map((each) => ({
    ...each,
    // beta is 1, the mean of the former halves
    flow: each.first ? [1, 1, 0, 0] : [1, 1, 9, 9],
  }));
  const { beta, trigger, triggers } = calibrate(seen, OPTIONS);
  assert.is(beta, 1);
  assert.is(trigger, "affectedRatio");
  assert.equal([triggers["affectedRatio"]!.auc, triggers["affectedRatio"]!.rate], [1, 0.25]);
});

test("calibrate() keeps the most frequent position of accumulation, and the one whose corruption is best", () => {
  const seen = observations({}).map((each, i) => ({
    ...each,
    position: i % 3 === 0 ? 1 : 2,
    byPosition: [i % 2 === 0, i % 4 !== 3, i % 4 === 0],
  }));
  assert.equal(calibrate(seen, OPTIONS).positions, { frequent: 2, best: 1 });
  const few = seen.map(({ byPosition: _, ...each }) => each);
  assert.equal(calibrate(few, OPTIONS).positions, { frequent: 2 });
  assert.is(calibrate(observations({}), OPTIONS).positions, undefined);
});

test("calibrate() names the best trigger and corruption together, and thresholds of other probes", () => {
  const seen = observations({ lateFlow: (_, wrong) => Number(wrong) }).map((each, i) => ({
    ...each,
    // by attention every second token of the latter half of a wrong answer is affected
    flows: { attention: each.first ? [1, 1, 0, 0] : [1, 1, 0, 9] },
    // the paper's corruption repairs every other wrong answer, this one all, and harms right ones
    second: i % 8 === 0 || each.first,
    outcomes: { accumulatedAll: !each.first },
    scores: {
      ...each.scores,
      ...Object.fromEntries(
        ["affectedRatioOwn", "lateFlow", "lateFlowMaximum", "accumulationShare"]
          .map((name) => [`${name}@attention`, 0]),
      ),
    },
  }));
  const { best, trigger, triggers } = calibrate(seen, OPTIONS);
  assert.equal(best, { arm: "lateFlow/accumulatedAll", threshold: 0.5, accuracy: 1 });
  assert.is(trigger, "lateFlow");
  const { auc, beta, threshold } = triggers["affectedRatio@attention"]!;
  assert.equal([auc, beta, threshold], [1, 1, 0.25]);
  assert.is(triggers["lateFlow@attention"]!.auc, 0.5);
});

test("calibrate() never chooses a control for a prompt, however good it is", () => {
  const best = observations({ length: (_, wrong) => Number(wrong) });
  const { trigger, triggers } = calibrate(best, { ...OPTIONS, loss: "sum" });
  assert.is.not(trigger, "length");
  assert.is(triggers["length"]!.accuracy, 1);
});

test.run();
