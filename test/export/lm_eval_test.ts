import { Effect } from "effect";
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { aqua, gsm8k, makeChecker, makeMath } from "../../lib/task/mod.ts";
import { LmEval } from "../../lib/export/mod.ts";
import { effectTest } from "../support.ts";
import { exampleOf } from "../task/support.ts";

const run: LmEval.LmEvalRun = {
  model: "models/SmolLM2",
  shots: 5,
  stop: ["Question:"],
  maxNewTokens: 256,
  date: new Date("2025-03-01T10:20:30.400Z"),
  available: 1319,
  seed: 7,
};
const rowOf = (text: string, gold = "12"): LmEval.LmEvalRow => ({
  index: 3,
  example: { ...exampleOf(gold), rationale: `6 + 6\n#### ${gold}` },
  prompt: "shots\n\nQuestion: ?\nAnswer:",
  text,
  answer: "12",
  strict: false,
  correct: true,
});
/** All lines of a task, and what it comes to. */
const written = (name: string, rows: readonly LmEval.LmEvalRow[], task = gsm8k) => {
  const writer = new LmEval.TaskWriter(name, run, task);
  const lines = Array.from(
    { length: writer.filters },
    (_, at) => rows.map((row) => JSON.parse(Effect.runSync(writer.line(row, at)))),
  ).flat();
  return { lines, task: writer.finish() };
};
const parsed = (rows: readonly LmEval.LmEvalRow[], task = gsm8k) =>
  written("any", rows, task).lines;
const sum = (text: string) => createHash("sha256").update(text).digest("hex");

test("fileNames() are the harness'", () => {
  assert.equal(LmEval.fileNames(run, [{ name: "gsm8k_dpc" }]), {
    folder: "models__SmolLM2",
    results: "results_2025-03-01T10-20-30.400.json",
    samples: ["samples_gsm8k_dpc_2025-03-01T10-20-30.400.jsonl"],
  });
});

test("TaskWriter writes all examples under one filter, then under the next", () => {
  const lines = parsed([rowOf("The answer is 12"), rowOf("#### 12")]);
  assert.equal(lines.map(({ filter, exact_match }) => [filter, exact_match]), [
    ["strict-match", 0],
    ["strict-match", 1],
    ["flexible-extract", 1],
    ["flexible-extract", 1],
    ["verdict", 1],
    ["verdict", 1],
  ]);
  const [sample] = lines;
  assert.is(sample.doc_id, 3);
  assert.equal(sample.doc, { question: "How many?", answer: "6 + 6\n#### 12" });
  assert.is(sample.target, "6 + 6\n#### 12");
  assert.equal(sample.resps, [["The answer is 12"]]);
  assert.equal(sample.filtered_resps, ["[invalid]"]);
  assert.is(sample.arguments.gen_args_0.arg_0, "shots\n\nQuestion: ?\nAnswer:");
  assert.equal(sample.arguments.gen_args_0.arg_1.until, ["Question:"]);
  assert.is(sample.prompt_hash, sum("shots\n\nQuestion: ?\nAnswer:"));
  assert.is(sample.target_hash, sum("6 + 6\n#### 12"));
  const row = '{\n  "question": "How many?",\n  "answer": "6 + 6\\n#### 12"\n}';
  assert.is(sample.doc_hash, sum(row));
});

/** Text, gold, what the harness' two filters extract, and whether its exact_match is 1. */
const FILTERED: readonly (readonly [string, string, string, boolean, string, boolean])[] = [
  ["so #### 1,234.", "1,234", "1,234.", true, "1,234.", true],
  ["#### 18 and #### 19", "18", "18", true, "19", false],
  ["#### $18", "18", "[invalid]", false, "$18", true],
  ["The answer is 42.", "42", "[invalid]", false, "42.", true],
  ["It costs 5 dollars", "5", "[invalid]", false, "5", true],
  ["#### 18.0", "18", "18.0", false, "18.0", false],
  ["from 5-10", "10", "[invalid]", false, "-10", false],
  ["#### -3", "-3", "-3", true, "-3", true],
  ["nothing", "3", "[invalid]", false, "[invalid]", false],
  ["... 7 ...", "7", "[invalid]", false, "...", false],
];
for (const [text, gold, strict, isStrict, flexible, isFlexible] of FILTERED) {
  test(`TaskWriter filters ${JSON.stringify(text)} as the harness does`, () => {
    const [first, second] = parsed([rowOf(text, gold)]);
    assert.equal([first.filtered_resps, first.exact_match], [[strict], Number(isStrict)]);
    assert.equal([second.filtered_resps, second.exact_match], [[flexible], Number(isFlexible)]);
  });
}

test("TaskWriter gives AQuA's verdicts as acc, and strict ones", () => {
  const lines = parsed(
    [{ ...rowOf("(B)"), example: exampleOf("B", ["1", "2"]), answer: "B" }],
    aqua,
  );
  assert.equal(lines.map(({ filter, metrics, acc }) => [filter, metrics, acc]), [
    ["none", ["acc"], 1],
    ["strict", ["acc"], 0],
  ]);
  assert.equal(lines[0].doc.options, ["1", "2"]);
});

test(
  "TaskWriter gives MATH's exact_match as minerva_math does, marked approximate, and apart from it its own verdicts",
  effectTest(() =>
    Effect.gen(function* () {
      const [math, checker] = [yield* makeMath(), yield* makeChecker()];
      const writer = new LmEval.TaskWriter("math", run, math, checker);
      const example = { ...exampleOf("\\frac{1}{2}"), rationale: "so $\\boxed{\\frac{1}{2}}$." };
      const said = "Final Answer: The final answer is $0.5$. I hope it is correct.";
      const rows = [rowOf(said), rowOf("so $\\boxed{0.5}$")].map((row) => ({ ...row, example }));
      const lines = [];
      for (let at = 0; at < writer.filters; at++) {
        for (const row of rows) lines.push(JSON.parse(yield* writer.line(row, at)));
      }
      assert.equal(lines.map((line) => [line.filter, line.filtered_resps[0], line.exact_match]), [
        ["none", "0.5", 1],
        ["none", "[invalidanswer]", 0],
        ["strict", "12", 0],
        ["strict", "12", 0],
        ["verdict", "12", 1],
        ["verdict", "12", 1],
      ]);
      const { results, configs } = JSON.parse(LmEval.resultsFile(run, [writer.finish()]));
      assert.is(results.math["exact_match,none"], 0.5);
      assert.is(results.math["exact_match,verdict"], 1);
      assert.match(configs.math.filter_list[0].note, "approximate");
    })
  ),
);

test("resultsFile() has accuracy and standard error of every filter and task", () => {
  const rows = [rowOf("#### 12"), rowOf("is 12"), rowOf("13"), rowOf("14")];
  const tasks = [written("gsm8k_pt", rows).task, written("gsm8k_dpc", rows.slice(0, 1)).task];
  const results = JSON.parse(LmEval.resultsFile(run, tasks));
  assert.equal(results.results.gsm8k_pt, {
    alias: "gsm8k_pt",
    "exact_match,strict-match": 0.25,
    "exact_match_stderr,strict-match": Math.sqrt(0.25 * 0.75 / 3),
    "exact_match,flexible-extract": 0.5,
    "exact_match_stderr,flexible-extract": Math.sqrt(0.5 * 0.5 / 3),
    "exact_match,verdict": 1,
    "exact_match_stderr,verdict": 0,
  });
  assert.is(results.results.gsm8k_dpc["exact_match_stderr,verdict"], "N/A");
  assert.equal(results["n-samples"].gsm8k_pt, { original: 1319, effective: 4 });
  assert.is(results["n-shot"].gsm8k_dpc, 5);
  assert.is(results.model_name_sanitized, "models__SmolLM2");
});

test.run();
