/**
 * `dpc calibrate` on what it must not read.
 *
 * @module
 */
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { doubts } from "../../pipelines/calibrate.ts";
import type { Calibration } from "../../lib/prompt/mod.ts";
import { dpcHere } from "../dpc_here.ts";

/** What the program prints where it fails, and its exit code. */
const failure = (...options: readonly string[]) =>
  Effect.runPromise(dpcHere("calibrate", "--prompt", "data/prompts/seed0", ...options));

for (const options of [["--split", "test"], ["--data", "data/benchmark/test.jsonl"]]) {
  test(`calibrate refuses ${options.join(" ")}, in one line`, async () => {
    const { code, errors } = await failure(...options);
    assert.is(code, 1);
    assert.match(errors, /must not be chosen on a test split: give a part of train or dev\n$/);
    assert.is(errors.trim().split("\n").length, 1);
  });
}

test("calibrate says how a range of layers is written", async () => {
  const { code, errors } = await failure("--shallow", "first");
  assert.is(code, 2);
  assert.match(errors, /--shallow: 'first' is not a range of layers such as 0-2/);
});

test("doubts() names thresholds chosen on nothing, rows that were tuned on, and what is replaced", () => {
  const calibration = {
    rows: 40,
    firstAccuracy: 0.9,
    trigger: "lateFlow",
    split: "dev",
  } as Calibration;
  const file = { path: "mine.jsonl", split: "dev" };
  const none = { calibration, before: undefined, tunedOn: undefined, selection: file };
  assert.equal(doubts(none), []);
  const tunedOn = { data: "mine.jsonl", split: "train" };
  assert.match(doubts({ ...none, tunedOn })[0]!, /^The prompt was tuned on rows of the same data/);
  // of a folder, each split is a file of its own
  const folder = { path: "data", split: "dev" };
  assert.equal(doubts({ ...none, tunedOn: { ...tunedOn, data: "data" }, selection: folder }), []);
  const right = { ...calibration, firstAccuracy: 1 };
  assert.match(doubts({ ...none, calibration: right })[0]!, /^None of the 40 answers is wrong/);
  assert.equal(doubts({ ...none, before: calibration }), [
    "dpc.json is replaced: it had lateFlow, chosen on 40 rows of dev.",
  ]);
});

for (
  const [what, options, message] of [
    ["data", ["--data", "nowhere.jsonl"], /^Cannot read dataset 'nowhere\.jsonl'/],
    ["a template", ["--template", "nope"], /^Cannot find the template 'nope'/],
    ["a shard", ["--shard", "9/3"], /^Cannot use shard '9\/3'/],
  ] as const
) {
  test(`evaluate refuses ${what} before it looks at the model`, async () => {
    const { code, errors } = await Effect.runPromise(
      dpcHere("evaluate", "--model", "no-such-model", ...options),
    );
    assert.is(code, 1);
    assert.match(errors, message);
  });
}

for (
  const [what, options, message] of [
    [
      "an arm that is not run",
      ["--arms", "base,pt", "--primary", "dpc"],
      /^Cannot find the arm 'dpc'/,
    ],
    ["a run without pt", ["--arms", "base,random", "--primary", "random"], /has no arm pt/],
  ] as const
) {
  test(`evaluate refuses ${what} before it reads the weights`, async () => {
    const { code, errors } = await Effect.runPromise(
      dpcHere("evaluate", "--limit", "2", ...options),
    );
    assert.is(code, 1);
    assert.match(errors, message);
    assert.not.match(errors, /at a time each/, "the model is not opened");
  });
}

test.run();
