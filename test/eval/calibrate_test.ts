import { test } from "uvu";
import * as assert from "uvu/assert";
import { isTestSplit } from "../../lib/eval/mod.ts";

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

test.run();
