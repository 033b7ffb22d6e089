/**
 * `npm run calibrate` on what it must not read.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = join(import.meta.dirname, "../..");

/** What the program prints where it fails, and its exit code. */
const failure = (...options: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) =>
    execFile(
      join(ROOT, "node_modules/.bin/tsx"),
      ["pipelines/calibrate.ts", "--prompt", "data/prompts/seed0", ...options],
      { cwd: ROOT },
      (error, _, stderr) => resolve({ code: error?.code, stderr }),
    )
  );

for (const options of [["--split", "test"], ["--data", "data/benchmark/test.jsonl"]]) {
  test(`calibrate refuses ${options.join(" ")}, in one line`, async () => {
    const { code, stderr } = await failure(...options);
    assert.is(code, 1);
    assert.match(stderr, /must not be chosen on a test split: give a part of train or dev\n$/);
    assert.is(stderr.trim().split("\n").length, 1);
  });
}

test("calibrate says how a range of layers is written", async () => {
  const { code, stderr } = await failure("--shallow", "first");
  assert.is(code, 2);
  assert.match(stderr, /--shallow: 'first' is no range of layers such as 0-2/);
});

test.run();
