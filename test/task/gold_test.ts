import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, examples } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";

/** The public datasets as `npm run fetch-data` lays them out; what is not there is not checked. */
const DATA = process.env["DPC_DATA"] ?? "data/cache";

/** Rows of each file, and how many of its own solutions do not say their answer: five rationales of AQuA name no option. */
const SETS = [
  ["gsm8k", "gsm8k/train.jsonl", 7473, 0],
  ["gsm8k", "gsm8k/test.jsonl", 1319, 0],
  ["math", "math500/math500_test.json", 500, 0],
  ["aqua", "aqua/dev.json", 254, 2],
  ["aqua", "aqua/test.json", 254, 3],
  ["svamp", "svamp/SVAMP.json", 1000, 0],
  ["multiarith", "multiarith/MultiArith.json", 600, 0],
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
        let unsaid = 0;
        for (const example of all) {
          const correct = (text: string) =>
            Effect.map(
              task.grade(task.extract(text, { example, finish: "eos" }), example),
              (verdict) => verdict.correct,
            );
          if (!(yield* correct(example.rationale ?? example.gold))) unsaid++;
          for (const template of task.templates) {
            assert.ok(yield* correct(template.solve(example)), `${example.id}, ${template.name}`);
          }
        }
        assert.is(unsaid, silent);
      }), 240),
  );
}

test.run();
