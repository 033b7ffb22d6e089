import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { accumulation, tokenFlow, Trigger } from "../../lib/dpc/mod.ts";
import { ANSWER, instance, saliencyOf } from "./arbitrary.ts";

/** One of each kind, at thresholds that some instances reach and some do not. */
const TRIGGERS: readonly Trigger.Trigger[] = [
  Trigger.never,
  Trigger.always,
  Trigger.random({ p: 0.5, seed: 1 }),
  Trigger.affectedRatio({ beta: 0.5, rho: 0.4 }),
  Trigger.affectedRatio({ beta: "instance", rho: 0.4 }),
  Trigger.lateFlow({ threshold: 0.5 }),
  Trigger.lateFlowMaximum({ threshold: 0.5 }),
  Trigger.accumulationShare({ threshold: 0.4 }),
  Trigger.lowestConfidence({ threshold: 5 }),
  Trigger.meanConfidence({ threshold: 5 }),
];
const trigger = fc.constantFrom(...TRIGGERS);

/** An instance with its saliency. */
const withFlow = (flow: (layer: number, i: number, j: number) => number, rationaleRows = 4) => ({
  ...ANSWER,
  id: "x",
  saliency: saliencyOf({ layers: 2, questionRows: 1, rationaleRows, virtualTokens: 2 }, flow),
  logProbabilities: Array.from({ length: rationaleRows }, (_, t) => -t),
});
const empty = { ...ANSWER, id: "x", saliency: undefined };
const fires = (trigger: Trigger.Trigger, instance: Trigger.MeasuredInstance): boolean =>
  Trigger.decide(trigger, instance).fired;

test("every trigger scores every instance by a finite number and fires above its threshold", () => {
  fc.assert(fc.property(trigger, instance, (trigger, instance) => {
    const score = trigger.score(instance);
    assert.ok(Number.isFinite(score), `${trigger.name} scored ${score}`);
    const { name, threshold } = trigger;
    assert.equal(Trigger.decide(trigger, instance), { name, score, fired: score > threshold });
  }));
});

test("a trigger that says it needs no saliency reads none", () => {
  fc.assert(fc.property(trigger, instance, (trigger, instance) => {
    if (trigger.needsSaliency) return;
    assert.is(trigger.score(instance), trigger.score({ ...instance, saliency: undefined }));
  }));
});

test("never and always do as they say", () => {
  fc.assert(fc.property(instance, (instance) => {
    assert.is(fires(Trigger.never, instance), false);
    assert.is(fires(Trigger.always, instance), true);
  }));
});

test("random() belongs to seed and id, takes a share p, and nested ones for growing p", () => {
  const ids = Array.from({ length: 4000 }, (_, at) => ({ ...empty, id: `gsm8k/test/${at}` }));
  const fired = (p: number, seed: number) =>
    ids.map((instance) => fires(Trigger.random({ p, seed }), instance));
  const share = (fires: readonly boolean[]) => fires.filter(Boolean).length / fires.length;
  assert.equal(fired(0.3, 1), fired(0.3, 1));
  // Five standard deviations of a proportion of 4000.
  assert.ok(Math.abs(share(fired(0.3, 1)) - 0.3) < 0.037);
  const other = fired(0.3, 2);
  const both = fired(0.3, 1).map((fires, at) => fires && other[at]!);
  assert.ok(Math.abs(share(both) - 0.09) < 0.023);
  assert.equal([share(fired(0, 1)), share(fired(1, 1))], [0, 1]);
  const wider = fired(0.6, 1);
  assert.ok(fired(0.3, 1).every((fires, at) => !fires || wider[at]));
  assert.throws(() => Trigger.random({ p: 1.5, seed: 0 }), "0 to 1: found 1.5");
});

test("affectedRatio() fires on a ratio above rho, not at it", () => {
  // Flow of the tokens, in the deep layer: 0, 2, 4, 6; latter half 4, 6.
  const rising = withFlow((layer, i) => layer === 1 ? Math.max(0, i - 1) : 0);
  assert.equal(tokenFlow(rising.saliency), [0, 2, 4, 6]);
  const ratio = (beta: number | "instance", rho = 0.5) => Trigger.affectedRatio({ beta, rho });
  assert.equal([5, 3, 6, "instance" as const].map((beta) => ratio(beta).score(rising)), [
    0.5,
    1,
    0,
    1,
  ]);
  assert.is(fires(ratio(5, 0.5), rising), false);
  assert.is(fires(ratio(5, 0.49), rising), true);
});

test("lateFlow(), lateFlowMaximum() and accumulationShare() score what they are named after", () => {
  const rising = withFlow((layer, i, j) => layer === 1 ? Math.max(0, i - 1) : j);
  assert.is(Trigger.lateFlow({ threshold: 0 }).score(rising), 5);
  assert.is(Trigger.lateFlowMaximum({ threshold: 0 }).score(rising), 6);
  const share = accumulation(rising.saliency).share;
  assert.is(Trigger.accumulationShare({ threshold: 0 }).score(rising), share);
  const shallow = { start: 0, end: 1 };
  assert.is(Trigger.lateFlow({ threshold: 0, layers: shallow }).score(rising), 1);
});

test("confidence scores rise as the log-probability falls", () => {
  const sure = { ...empty, logProbabilities: [-0.1, -0.3] };
  const unsure = { ...empty, logProbabilities: [-0.1, -3] };
  const lowest = Trigger.lowestConfidence({ threshold: 1 });
  const mean = Trigger.meanConfidence({ threshold: 1 });
  assert.equal([lowest.score(sure), lowest.score(unsure)], [0.3, 3]);
  assert.equal([mean.score(sure), mean.score(unsure)], [0.2, 1.55]);
  assert.equal([sure, unsure].map((instance) => fires(lowest, instance)), [false, true]);
});

test("an empty answer has no flow, and the least confidence of all", () => {
  for (const make of [Trigger.lateFlow, Trigger.lateFlowMaximum, Trigger.accumulationShare]) {
    assert.is(make({ threshold: 0 }).score(empty), 0);
  }
  assert.is(fires(Trigger.affectedRatio({ beta: 0, rho: 0 }), empty), false);
  const surprised = { ...empty, logProbabilities: [-12] };
  for (const make of [Trigger.lowestConfidence, Trigger.meanConfidence]) {
    assert.ok(make({ threshold: 5 }).score(empty) > make({ threshold: 5 }).score(surprised));
  }
});

test("and(), or() and not() combine what fires by logic, and agree with their scores", () => {
  fc.assert(fc.property(trigger, trigger, instance, (a, b, instance) => {
    const [both, either] = [Trigger.and(a, b), Trigger.or(a, b)];
    assert.is(fires(both, instance), fires(a, instance) && fires(b, instance));
    assert.is(fires(either, instance), fires(a, instance) || fires(b, instance));
    assert.is(fires(Trigger.not(a), instance), !fires(a, instance));
    for (const trigger of [both, either]) {
      assert.is(trigger.needsSaliency, a.needsSaliency || b.needsSaliency);
    }
    const { not } = Trigger;
    assert.is(fires(not(both), instance), fires(Trigger.or(not(a), not(b)), instance));
    const margin = a.score(instance) - a.threshold;
    assert.is(not(a).score(instance), margin === 0 ? Number.MIN_VALUE : -margin);
  }));
});

test("make() gives saliency only to a score that asks for it", () => {
  // @ts-expect-error: without `needsSaliency` there is none
  Trigger.make({ name: "forgotten", threshold: 0, score: ({ saliency }) => saliency.layers });
  const layers = Trigger.make({
    name: "layers",
    threshold: 0,
    needsSaliency: true,
    score: ({ saliency }) => saliency?.layers ?? 0,
  });
  assert.is(layers.score(withFlow(() => 0)), 2);
});

test("cascade() asks the costly trigger only where the cheap one is in doubt", () => {
  const cheap = Trigger.length({ threshold: 3 });
  const costly = Trigger.lateFlow({ threshold: 0.5 });
  const both = Trigger.cascade({ cheap, costly, doubt: [2, 4] });
  const of = (tokens: number, flow: number) => {
    const made = { ...withFlow(() => flow, tokens), ids: Array.from({ length: tokens }, () => 1) };
    return [both.early!(made) !== undefined, fires(both, made)];
  };
  assert.equal([of(2, 9), of(5, 0)], [[true, false], [true, true]]);
  assert.equal([of(3, 9), of(4, 0)], [[false, true], [false, false]]);
  assert.equal([both.needsSaliency, both.name], [true, "length~lateFlow"]);
  assert.throws(() => Trigger.cascade({ cheap: costly, costly, doubt: [0, 1] }), "reads the flow");
});

test("make() turns a score and a threshold into a trigger", () => {
  const long = Trigger.make({
    name: "long",
    threshold: 2,
    score: ({ logProbabilities }) => logProbabilities.length,
  });
  assert.is(long.needsSaliency, false);
  assert.equal([2, 3].map((tokens) => fires(long, withFlow(() => 0, tokens))), [false, true]);
});

test("the table of triggers says what each needs", () => {
  const settings = { threshold: 0.25, beta: 0.5, seed: 1, p: 0.25, rate: 0.25 };
  const flows = ["beta", "shallow", "deep"];
  for (const [name, { needs, scoreFlow, make }] of Object.entries(Trigger.registry.entries)) {
    const made = make(settings);
    assert.is(made.name.replace(/\(.*\)$/, ""), name);
    // itself, or for the answer that it compares the first one with
    const reads = made.needsSaliency || typeof made.against === "object";
    assert.is(reads, needs.some((need) => flows.includes(need)), name);
    assert.is(scoreFlow !== undefined, needs.includes("beta"), name);
    if (needs.includes("threshold")) assert.is(made.threshold, 0.25, name);
  }
});

test("scoreFlow of a trigger that needs beta scores as the trigger does", () => {
  const [beta, deep] = [0.5, { start: 0, end: 1 }];
  fc.assert(fc.property(instance, (instance) => {
    for (const { scoreFlow, make } of Object.values(Trigger.registry.entries)) {
      if (scoreFlow === undefined || instance.saliency === undefined) continue;
      const { score } = make({ threshold: 0, seed: 0, beta, deep });
      assert.is(scoreFlow(tokenFlow(instance.saliency, deep), beta), score(instance));
    }
  }));
});

test.run();
