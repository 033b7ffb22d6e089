import { test } from "uvu";
import * as assert from "uvu/assert";
import { commandLine } from "../../../pipelines/cli/about.ts";

test("commandLine() is what a shell reads, without a queue's password", () => {
  const args = ["evaluate", "--queue", "redis://me:se@cret@host:6379", "--data", "my 'own'.jsonl"];
  assert.is(
    commandLine(args),
    "dpc evaluate --queue redis://...@host:6379 --data 'my '\\''own'\\''.jsonl'",
  );
});

test.run();
