/**
 * `dpc grade`.
 *
 * @module
 */
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { effectTest } from "../support.ts";
import { fileOf } from "../task/support.ts";

const ANSWERS = [
  { text: "<think>#### 3</think>\n#### 4", gold: "4", id: "a" },
  { text: "no idea", gold: "7", id: "b" },
];

test(
  "grade prints a table, or with --json a line for each answer and a summary",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("a.jsonl", ANSWERS.map((one) => JSON.stringify(one)).join("\n"));
      const table = yield* dpcHere("grade", path, "--task", "gsm8k");
      assert.is(table.code, 0, table.errors);
      assert.match(table.output, /^ +2 +50\.0 % +1 +0 +0 +1 +0$/m);
      const { output } = yield* dpcHere("grade", path, "--task", "gsm8k", "--json");
      const [first, second, last] = output.trim().split("\n").map((line) => JSON.parse(line));
      assert.equal([first.id, first.answer, first.rule, first.verdict], [
        "a",
        "4",
        "####",
        "correct",
      ]);
      assert.equal([second.answer, second.verdict], [null, "unparsed"]);
      assert.equal(last.summary, {
        n: 2,
        accuracy: 0.5,
        strict: 0.5,
        verdicts: { correct: 1, rounded: 0, wrong: 0, unparsed: 1, "cut off": 0 },
      });
    })
  ),
);

test(
  "grade finds golds in --data, and finds and compares answers as --extractor says",
  effectTest(() =>
    Effect.gen(function* () {
      const data = yield* fileOf(
        "own.jsonl",
        JSON.stringify({ question: "1+1?", answer: "#### 2" }),
      );
      const path = yield* fileOf("a.jsonl", JSON.stringify({ text: "\\boxed{4/2}", id: "own-0" }));
      const args = ["grade", path, "--task", "gsm8k", "--data", data, "--json"] as const;
      const found = yield* dpcHere(...args);
      assert.match(found.output, '"gold":"2","answer":"2","rule":"boxed","verdict":"correct"');
      const words = yield* dpcHere(...args, "--extractor", "text");
      assert.match(words.output, '"verdict":"wrong"');
      const none = yield* dpcHere("grade", path, "--task", "gsm8k");
      assert.is(none.code, 1);
      assert.match(
        none.errors,
        /^Cannot grade the answers of '.*a\.jsonl', line 1: it has no gold, and there is no example with id 'own-0' \(give the dataset by --data\)\n$/,
      );
    })
  ),
);

test.run();
