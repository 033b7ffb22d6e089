import { test } from "uvu";
import * as assert from "uvu/assert";
import { Acceptance, Trigger } from "../../lib/dpc/mod.ts";
import { Arm, arms, NotCalibrated } from "../../lib/arm/mod.ts";
import { Registry, UnknownName } from "../../lib/registry/mod.ts";
import { calibration, chosen, failure, made } from "./support.ts";

test("byName() knows ACT, self-consistency, and rules for which answer counts", () => {
  assert.equal(made("act").act, calibration.act);
  assert.equal(made("act:code").act, calibration.actCode);
  assert.equal(made("contrast").contrast, { weight: 0.5, threshold: 0.1 });
  assert.equal(made("selfConsistency", { samples: 5 }).acceptance.draws!.count, 5);
  assert.is(made("selfConsistency").trigger, Trigger.never);
  assert.is(made("dpc").acceptance, Acceptance.second);
  const both = made("dpc:affectedRatio+moreConfident");
  assert.equal([both.trigger.name, both.acceptance], ["affectedRatio", Acceptance.moreConfident]);
  assert.is(both.name, "dpc:affectedRatio+moreConfident");
  assert.ok(made("untriggered+selfConsistency").acceptance.draws);
});

test("byName() takes thresholds and layers from the calibration", () => {
  const { trigger, corruption } = made("dpc");
  assert.equal([trigger.name, trigger.threshold], ["lateFlow", 1e-5]);
  assert.equal(corruption.layers, calibration.shallow);
  assert.equal(made("untriggered").corruption.layers, calibration.shallow);
});

test("byName() makes an arm of the names of a trigger and a corruption, and the best of the calibration", () => {
  const parts = (name: string) => {
    const { trigger, corruption, acceptance } = made(name);
    return [trigger.name, corruption.name, acceptance.name];
  };
  assert.equal(parts("dpc/static"), ["lateFlow", "static", "second"]);
  assert.equal(parts("best"), parts("lateFlow/static"));
  assert.equal([made("best"), made("lateFlow/static")].map(({ trigger }) => trigger.threshold), [
    2e-5,
    1e-5,
  ]);
  assert.is(made("best").name, "best");
  const both = parts("random(0.5)/accumulatedAll+moreConfident");
  assert.equal(both, ["random(0.5)", "accumulatedAll", "moreConfident"]);
  // at the rate of the trigger of dpc
  assert.is(made("sameRate/accumulated").trigger.threshold, 1 - 0.3);
  const { best: _, positions: __, ...older } = calibration;
  assert.match(failure("best", { calibration: older }).message, /names none/);
  assert.match(failure("always/static", { calibration: older }).message, /no such position/);
  assert.is(failure("best", { calibration: undefined })._tag, "NotCalibrated");
});

test("byName() makes a cascade where the calibration says when the cheap trigger is in doubt", () => {
  const triggers = {
    ...calibration.triggers,
    length: { ...chosen(20), doubt: [15, 25] as const },
  };
  const { trigger } = made("length~lateFlow/static", { calibration: { ...calibration, triggers } });
  assert.is(trigger.name, "length~lateFlow");
  assert.match(failure("lateFlow~affectedRatio/static").message, /where 'lateFlow' is in doubt/);
});

test("byName() knows triggers and corruptions by other probes, where these read the flow", () => {
  const triggers = { "affectedRatio@attention": { ...chosen(0.25), beta: 3 } };
  const { trigger, corruption } = made("affectedRatio@attention/accumulatedLate@gradientInput", {
    calibration: { ...calibration, triggers },
  });
  assert.equal([trigger.name, trigger.threshold, trigger.probe], [
    "affectedRatio@attention",
    0.25,
    { name: "attention", loss: "mean" },
  ]);
  assert.equal([corruption.name, corruption.probe?.name], [
    "accumulatedLate@gradientInput",
    "gradientInput",
  ]);
  for (
    const [name, kind] of [
      ["always/accumulated@atention", "probe"],
      ["always@attention/first", "trigger"],
      ["always/first@attention", "corruption"],
    ] as const
  ) assert.is((failure(name) as UnknownName).kind, kind, name);
});

test("byName() measures saliency by the loss that the prompt was calibrated with", () => {
  const sum = made("dpc:affectedRatio", { calibration: { ...calibration, loss: "sum" } });
  assert.equal([sum.trigger.probe?.loss, sum.corruption.probe?.loss], ["sum", "sum"]);
  assert.is(made("dpc:affectedRatio").trigger.probe?.loss, "mean");
});

test("byName() makes every arm of the table, and dpc with every trigger that can be calibrated", () => {
  const all = Object.fromEntries(
    Registry.names(Trigger.calibrated).map((name) => [name, chosen(0.5)]),
  );
  for (const name of Registry.names(arms)) {
    assert.is(made(name, { calibration: { ...calibration, triggers: all } }).name, name);
  }
  for (const name of Registry.names(Trigger.calibrated)) {
    const arm = made(`dpc:${name}`, { calibration: { ...calibration, triggers: all } });
    assert.equal([arm.trigger.name, arm.trigger.threshold], [name, 0.5]);
  }
});

test("byName() says why an arm can't be", () => {
  const unknown = failure("dpc:lateFlw") as UnknownName;
  assert.instance(unknown, UnknownName);
  assert.equal([unknown.kind, unknown.nearest, unknown.known], [
    "arm",
    "dpc:lateFlow",
    Registry.names(arms),
  ]);
  const rule = failure("dpc+majority");
  assert.equal([rule._tag, (rule as UnknownName).kind], ["UnknownName", "acceptance rule"]);
  for (const name of ["pt+moreConfident", "dpc+second+second"]) {
    assert.match(failure(name).message, /has no other answer to accept/);
  }
  assert.match(failure("dpc:meanConfidence").message, /no trigger 'meanConfidence'/);
  const { act: _, actCode: _code, contrast: _contrast, ...without } = calibration;
  const uncalibrated = [
    failure("act", { calibration: without }),
    failure("act:code", { calibration: without }),
    failure("contrast", { calibration: without }),
    failure("dpc", { calibration: undefined }),
  ];
  assert.equal(
    uncalibrated.map((error) => error instanceof NotCalibrated ? error.missing : error._tag),
    [
      "heads",
      "heads of the code",
      "contrast",
      "calibration",
    ],
  );
  assert.is(
    uncalibrated[3]!.message,
    "Cannot run the arm 'dpc' as the prompt has no calibration",
  );
  assert.throws(() => Arm.make({ name: "x", rounds: 0 }), /1 or more: found 0/);
});

test.run();
