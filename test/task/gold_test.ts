import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, examples } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";

/** The public datasets as `dpc fetch` lays them out; what is not there is not checked. */
const DATA = process.env["DPC_DATA"] ?? "data/cache";

/**
 * Rationales of AQuA that name no letter and do not end in their option: dev-78 ends in the check of its result, dev-113 in the question's
 * condition, test-87 in a reason, test-103 in "ANSWER: 3", and test-196 breaks off.
 */
const SILENT = { dev: ["dev-78", "dev-113"], test: ["test-87", "test-103", "test-196"] };

/** Rows of each file, and the examples whose own solutions do not say their answer. */
const SETS = [
  ["gsm8k", "gsm8k/train.jsonl", 7473, []],
  ["gsm8k", "gsm8k/test.jsonl", 1319, []],
  ["math", "math500/math500_test.json", 500, []],
  ["aqua", "aqua/dev.json", 254, SILENT.dev],
  ["aqua", "aqua/test.json", 254, SILENT.test],
  ["svamp", "svamp/SVAMP.json", 1000, []],
  ["multiarith", "multiarith/MultiArith.json", 600, []],
] as const;

for (const [name, file, rows, silent] of SETS) {
  test(
    `${name}: every gold answer of ${file} is found in its own solution`,
    effectTest(() =>
      Effect.gen(function* () {
        const path = `${DATA}/${file}`;
        if (!(yield* (yield* FileSystem.FileSystem).exists(path))) return;
        const task = yield* byName(name);
        const all = Chunk.toReadonlyArray(yield* Stream.runCollect(examples(task, { path })));
        assert.is(all.length, rows);
        const unsaid: string[] = [];
        for (const example of all) {
          const correct = (text: string) =>
            Effect.map(
              task.grade(task.extract(text, { example, finish: "eos" }), example),
              (verdict) => verdict.correct,
            );
          if (!(yield* correct(example.rationale ?? example.gold))) unsaid.push(example.id);
          for (const template of task.templates) {
            assert.ok(yield* correct(template.solve(example)), `${example.id}, ${template.name}`);
          }
        }
        assert.equal(unsaid, silent);
      })
    ),
  );
}

test.run();
