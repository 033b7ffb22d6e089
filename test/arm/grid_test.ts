import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { grid } from "../../lib/arm/mod.ts";
import { Registry, UnknownName } from "../../lib/registry/mod.ts";
import { calibration, chosen, options } from "./support.ts";

const AXES = { triggers: ["always"], corruptions: ["mean"], gammas: [0.1], ks: [2], rhos: [] };

test("grid() has a point for each combination, named after what is not the default", () => {
  const arms = Either.getOrThrow(grid({
    ...options,
    triggers: ["affectedRatio", "random(0.3)"],
    corruptions: ["topK", "attentionMask"],
    gammas: [0, 0.1],
    ks: [2],
    rhos: [0.2, 0.4],
    acceptances: ["second", "moreConfident"],
    rounds: [1, 2],
  }));
  const names = arms.map(({ name }) => name);
  assert.is(names.length, 2 + 3 * 3 * 2 * 2);
  assert.is(new Set(names).size, names.length);
  assert.equal(names.slice(0, 3), ["base", "pt", "affectedRatio rho=0.2/topK k=2 gamma=0"]);
  const last = arms.at(-1)!;
  assert.is(last.name, "random(0.3)/attentionMask/moreConfident/2 rounds");
  assert.equal([last.rounds, last.trigger.threshold], [2, 0.7]);
  assert.is(
    arms.find(({ name }) => name.startsWith("affectedRatio rho=0.4"))!.trigger.threshold,
    0.4,
  );
});

test("grid() takes every trigger and every corruption of their tables", () => {
  const triggers = Registry.names(Trigger.registry);
  const all = Object.fromEntries(triggers.map((name) => [name, chosen(0.5)]));
  const axes = { triggers, corruptions: Registry.names(Corruption.registry) };
  const made = Either.getOrThrow(
    grid({ ...options, ...AXES, ...axes, calibration: { ...calibration, triggers: all } }),
  );
  assert.is(made.length, 2 + axes.triggers.length * axes.corruptions.length);
  for (const { name, corruption } of made.slice(2)) {
    assert.match(name, corruption.name.split("(")[0]!);
  }
});

test("grid() says which name it does not know, and which value it can't use", () => {
  const failureOf = (more: Partial<Parameters<typeof grid>[0]>) =>
    Either.getOrThrow(Either.flip(grid({ ...options, ...AXES, ...more })));
  const unknown = (more: Partial<Parameters<typeof grid>[0]>) => {
    const error = failureOf(more);
    assert.instance(error, UnknownName);
    return [(error as UnknownName).kind, (error as UnknownName).nearest];
  };
  assert.equal(unknown({ triggers: ["alway"] }), ["trigger", "always"]);
  assert.equal(unknown({ triggers: ["always(2)"] })[0], "trigger");
  assert.equal(unknown({ corruptions: ["topk"] }), ["corruption", "topK"]);
  assert.equal(unknown({ acceptances: ["last"] })[0], "acceptance rule");
  assert.match(failureOf({ triggers: ["random(2)"] }).message, /must lie in 0 to 1: found 2/);
  assert.match(failureOf({ gammas: [2] }).message, /Gamma .* must lie in 0 to 1: found 2/);
  assert.is(
    failureOf({ triggers: ["lateFlow"], calibration: undefined })._tag,
    "NotCalibrated",
  );
});

test.run();
