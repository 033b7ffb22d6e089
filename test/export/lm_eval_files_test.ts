import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeLmEval } from "../../lib/export/mod.ts";
import { examples, gsm8k } from "../../lib/task/mod.ts";
import { arm, sample, writeRun } from "../report/support.ts";
import { effectTest } from "../support.ts";

test(
  "writeLmEval() numbers rows by their place in the dataset and has a task for each arm and prompt",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const arms = { pt: arm(true), "dpc:lateFlow": arm(false) };
      const rows = [3, 1].flatMap((line) =>
        ["seed0", "seed1"].map((prompt) =>
          sample(line, {
            id: `data-${line}@${prompt}`,
            example: `data-${line}`,
            prompt,
            promptText: `Question: ${line}\nAnswer:`,
            arms,
          })
        )
      );
      const directory = yield* writeRun(rows);
      const path = `${directory}/data.jsonl`;
      const dataset = Array.from({ length: 5 }, (_, line) =>
        JSON.stringify({ question: `${line}?`, answer: `It is 2.\n#### 2` }));
      yield* fs.writeFileString(path, dataset.join("\n"));
      const file = yield* writeLmEval({
        directory,
        task: gsm8k,
        dataset: examples(gsm8k, { path }),
        model: "data/model",
        shots: 0,
        stop: ["Question:"],
        maxNewTokens: 9,
        date: new Date("2025-03-01T10:20:30.400Z"),
        seed: 0,
      });
      assert.ok(file.endsWith("/lm-eval/data__model/results_2025-03-01T10-20-30.400.json"), file);
      const results = JSON.parse(yield* fs.readFileString(file));
      const names = ["gsm8k_pt_seed0", "gsm8k_dpc_lateFlow_seed0", "gsm8k_pt_seed1"];
      assert.equal(Object.keys(results.results).slice(0, 3), names);
      assert.is(results.results.gsm8k_pt_seed1["exact_match,verdict"], 1);
      assert.is(results.results.gsm8k_dpc_lateFlow_seed0["exact_match,flexible-extract"], 0);
      assert.equal(results["n-samples"].gsm8k_pt_seed0, { original: 5, effective: 2 });
      const samples = yield* fs.readFileString(
        file.replace(/results_/, "samples_gsm8k_pt_seed0_").replace(/json$/, "jsonl"),
      );
      const lines = samples.trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      assert.equal(lines.map(({ doc_id }) => doc_id), [3, 1, 3, 1, 3, 1]);
      assert.equal(lines[0].doc, { question: "3?", answer: "It is 2.\n#### 2" });
      assert.is(lines[0].arguments.gen_args_0.arg_0, "Question: 3\nAnswer:");
    })
  ),
);

test.run();
