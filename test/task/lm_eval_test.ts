import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LmEval } from "../../lib/task/mod.ts";
import { exampleOf } from "./support.ts";

const run: LmEval.LmEvalRun = {
  name: "gsm8k_dpc",
  model: "SmolLM2",
  shots: 5,
  stop: ["Question:"],
  maxNewTokens: 256,
  date: new Date("2025-03-01T10:20:30.400Z"),
  available: 1319,
};
const row: LmEval.LmEvalRow = {
  index: 3,
  example: { ...exampleOf("12"), rationale: "6 + 6\n#### 12" },
  prompt: { prefix: "shots\n\n", text: "Question: ?\nAnswer:", addSpecialTokens: true },
  text: " The answer is 12",
  answer: "12",
  strict: false,
  correct: true,
};

test("fileNames() are the harness'", () => {
  assert.equal(LmEval.fileNames(run), {
    results: "results_2025-03-01T10-20-30.400.json",
    samples: "samples_gsm8k_dpc_2025-03-01T10-20-30.400.jsonl",
  });
});

test("sampleLines() is one line for each filter", () => {
  const lines = LmEval.sampleLines(run, row).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.map(({ filter, exact_match }) => [filter, exact_match]), [
    ["strict-match", 0],
    ["flexible-extract", 1],
  ]);
  const [sample] = lines;
  assert.is(sample.doc_id, 3);
  assert.is(sample.target, "6 + 6\n#### 12");
  assert.equal(sample.resps, [[" The answer is 12"]]);
  assert.equal(sample.filtered_resps, ["12"]);
  assert.is(sample.arguments.gen_args_0.arg_0, "shots\n\nQuestion: ?\nAnswer:");
  const sum = createHash("sha256").update("shots\n\nQuestion: ?\nAnswer:").digest("hex");
  assert.is(sample.prompt_hash, sum);
});

test("resultsFile() has accuracy and standard error of both filters", () => {
  const results = JSON.parse(LmEval.resultsFile(run, { n: 50, strict: 10, correct: 20 }));
  assert.equal(results.results.gsm8k_dpc, {
    alias: "gsm8k_dpc",
    "exact_match,strict-match": 0.2,
    "exact_match_stderr,strict-match": Math.sqrt(0.2 * 0.8 / 49),
    "exact_match,flexible-extract": 0.4,
    "exact_match_stderr,flexible-extract": Math.sqrt(0.4 * 0.6 / 49),
  });
  assert.equal(results["n-samples"].gsm8k_dpc, { original: 1319, effective: 50 });
  assert.is(results["n-shot"].gsm8k_dpc, 5);
});

test.run();
