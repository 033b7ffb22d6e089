/**
 * `dpc calibrate` on what it must not read.
 *
 * @module
 */
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
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

test.run();
