import { Either } from "effect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  byName,
  type ChoiceObservation,
  learn,
  nestedOutcomes,
  transferredOutcomes,
  withLearned,
} from "../../lib/arm/mod.ts";
import { answerFeatures, vocabularyOf, wordCounts } from "../../lib/arm/learned/features.ts";
import { type Calibration, CalibrationJson } from "../../lib/prompt/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { tinyPrompt } from "../fixtures.ts";

const test = suite("arm/learned");

const noise = (i: number): number => Math.abs(Math.sin(12.9898 * i + 4.1) * 43758.5453) % 1;

/** The prompt misleads where the question says so; the third layer, and the lengths of the answers, tell. */
const observations = Array.from({ length: 80 }, (_, i): ChoiceObservation => {
  const misled = noise(i) > 0.6;
  const state = (telling: number) => Float32Array.of(telling, noise(i + 100), noise(i + 200));
  const answers = [-0.1, -0.1, misled ? 9 : 5, 1, -0.1, -0.1, 5, 1, 1];
  return {
    id: `dev-${i}`,
    question: misled ? "Tom plans to buy 3. How many now?" : "Tom buys 3. How many now?",
    strata: {},
    states: [state(0), state(1), state(Number(misled)), state(0)],
    answers,
    all: [...answers, 0, 0, 0, 1, 1, 1, -5, -5, 0.5],
    right: { base: misled, pt: !misled, static: misled, corrected: false },
  };
});

const calibration: Calibration = {
  format: 2,
  loss: "sum",
  device: "cpu",
  task: "word-problems",
  split: "dev",
  rows: 80,
  prompt: "",
  model: "",
  shallow: { start: 0, end: 2 },
  deep: { start: 2, end: 4 },
  gamma: 0.1,
  beta: 1e-5,
  firstAccuracy: 0.5,
  secondAccuracy: 0.5,
  trigger: "lateFlow",
  triggers: {},
  positions: { frequent: 2 },
};

test("learn() finds the layer that tells, and the arms of dpc.json choose as it does", () => {
  const learned = learn(observations);
  assert.is(learned.route.layer, 2);
  assert.equal(learned.route.options, ["base", "pt"], "the corrupted prompt adds nothing");
  const text = JSON.stringify(withLearned(calibration, learned));
  const read = Schema.decodeUnknownSync(CalibrationJson)(JSON.parse(text));
  const arm = (name: string) => Either.getOrThrow(byName(name, { calibration: read, seed: 0 }));
  const [route, words, select] = [
    arm("route").route!,
    arm("route:words").route!,
    arm("select").select!,
  ];
  assert.is(route.layer, 2);
  assert.is(words.layer, undefined);
  for (const { question, states, right } of observations) {
    const expected = right.base ? 0 : 1;
    assert.is(route.choose({ question, state: states[2] }), expected);
    assert.is(words.choose({ question, state: undefined }), expected);
  }
  const prompt = tinyPrompt(4, 0);
  assert.equal(route.options.map(({ of }) => of(prompt).virtualTokens), [0, 4]);
  assert.is(select.corruption, undefined, "two answers suffice");
  const answer = (length: number) => ({
    logProbabilities: Array.from({ length }, () => -0.1),
    finish: "eos" as const,
    answer: "7",
  });
  assert.is(select.choose({ base: answer(9), pt: answer(5) }), 0);
  assert.is(select.choose({ base: answer(5), pt: answer(5) }), 1);
});

test("withLearned() names the best arm, which the control by words never is", () => {
  const learned = learn(observations);
  const best = (accuracy: number, before: number, base: number) =>
    withLearned({ ...calibration, best: { arm: "lateFlow/static", accuracy: before } }, {
      ...learned,
      baseAccuracy: base,
      words: { ...learned.words, accuracy: 1 },
      route: { ...learned.route, accuracy },
      select: { ...learned.select, accuracy: 0.1 },
    }).best?.arm;
  assert.is(best(0.9, 0.8, 0.7), "route");
  assert.is(best(0.8, 0.9, 0.7), "lateFlow/static");
  assert.is(best(0.7, 0.8, 0.9), "base");
});

test("nestedOutcomes() and transferredOutcomes() are those of rows that nothing was fitted on", () => {
  const labels = observations.map((_, i) => noise(i + 500) > 0.5);
  const drawn = observations.map((each, i): ChoiceObservation => ({
    ...each,
    right: { base: labels[i]!, pt: !labels[i]!, static: false, corrected: labels[i]! },
  }));
  const accuracy = (right: readonly boolean[]) => right.filter(Boolean).length / right.length;
  const [telling, silent] = [nestedOutcomes([observations]), nestedOutcomes([drawn])];
  for (const arm of ["route", "words", "select"] as const) {
    assert.is(accuracy(telling[arm]![0]!), 1, arm);
    assert.ok(accuracy(silent[arm]![0]!) < 0.75, `${arm} knows nothing of what is drawn`);
    const [from, to] = [observations.slice(0, 40), observations.slice(40)];
    assert.is(accuracy(transferredOutcomes(arm, from, to)), 1, arm);
  }
  assert.ok(accuracy(silent["dpc"]![0]!) < 0.75);
  assert.is(accuracy(silent["oracle"]![0]!), 1);
});

test("byName() refuses the learned arms without models", () => {
  for (const name of ["route", "route:words", "select"]) {
    const error = Either.getOrThrow(Either.flip(byName(name, { calibration, seed: 0 })));
    assert.is(error._tag === "NotCalibrated" && error.missing, "models");
  }
});

test("wordCounts() counts words and question marks, and no numbers", () => {
  const vocabulary = vocabularyOf(["Tom has 3 apples. How many has he?"]);
  assert.equal(vocabulary, ["?", "apples", "has", "he", "how", "many", "tom"]);
  assert.equal(wordCounts(vocabulary, "Has Tom 2? Or has Ana?"), [2, 0, 2, 0, 0, 0, 1]);
});

test("answerFeatures() are confidence, length and agreement of the answers, and of the flow three", () => {
  const base = { logProbabilities: [-1, -3], finish: "eos", answer: "7" } as const;
  const pt = { logProbabilities: [], finish: "length", answer: undefined } as const;
  assert.equal(answerFeatures({ base, pt }), [-3, -2, 2, 1, 0, 0, 0, 0, 0]);
  const all = answerFeatures({ base, pt, corrected: { answer: base, saliency: undefined } });
  assert.equal(all.slice(12), [0, 1, 0, 0, 0, 0]);
});

test.run();
