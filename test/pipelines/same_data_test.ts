/**
 * What makes a run the same run: the text of its data and its worked examples, not only where they are.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { tinyDataset } from "../fixtures.ts";
import { optionsOf, resultOf, temporaryWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";

/** Rows of the dataset and of the file with worked examples. */
const ROWS = 6;

/** A tiny model with questions and worked examples, and what is done to them. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* temporaryWorld(ROWS);
  yield* tinyDataset(`${folder}/train.jsonl`, ROWS);
  const evaluate = (run: string, ...options: readonly string[]) =>
    dpcHere("evaluate", ...optionsOf(folder, run), ...options);
  /** Replaces a text in a file; returns how to undo it. */
  const edit = (name: string, from: string, to: string) =>
    Effect.gen(function* () {
      const text = yield* fs.readFileString(`${folder}/${name}`);
      assert.ok(text.includes(from), `${name} has '${from}'`);
      yield* fs.writeFileString(`${folder}/${name}`, text.replaceAll(from, to));
      return fs.writeFileString(`${folder}/${name}`, text);
    });
  return { folder, evaluate, edit };
});

test(
  "evaluate continues a run, also with other options that change no result, and refuses to once its data, its worked examples or its tokenizer were edited",
  effectTest(() =>
    Effect.gen(function* () {
      const { folder, evaluate, edit } = yield* setUp;
      const shots = ["--shots", "2", "--shots-from", `${folder}/train.jsonl`];
      assert.is((yield* evaluate("run", "--limit", "3", ...shots)).code, 0);
      const made = yield* resultOf(folder, "run");
      const again = () => evaluate("run", "--limit", "3", ...shots, "--max-errors", "3");
      // all ids stay, and of the data the rows that are read
      for (
        const [file, from, to, key] of [
          ["data.jsonl", "Tom has 6 apples", "Tom has 5 apples", "data.sha256"],
          ["train.jsonl", "=", " = ", "template.sha256"],
          ["model/tokenizer.json", "{", "{ ", "tokenizer"],
        ] as const
      ) {
        const undo = yield* edit(file, from, to);
        const { code, errors } = yield* again();
        assert.is(code, 1);
        assert.match(
          errors,
          new RegExp(
            "^Cannot continue the run in '.*run' as its configuration differs .*:" +
              `\n  ${key.replace(".", "\\.")}: [0-9a-f]{64} in the run, [0-9a-f]{64} now\n$`,
          ),
        );
        yield* undo;
      }
      assert.is((yield* again()).code, 0);
      assert.equal(yield* resultOf(folder, "run"), made);
    })
  ),
);

test(
  "merge refuses shards of a file that was edited between them; rescore keeps what a run's data was",
  effectTest(() =>
    Effect.gen(function* () {
      const { folder, evaluate, edit } = yield* setUp;
      const shard = (name: string, part: string) => evaluate(name, "--shard", part);
      const merge = (...shards: readonly string[]) =>
        dpcHere("merge", "--into", `${folder}/whole`, ...shards.map((name) => `${folder}/${name}`));
      assert.is((yield* shard("one", "1/2")).code, 0);
      const undo = yield* edit("data.jsonl", "Tom has", "Tom owns");
      assert.is((yield* shard("other", "2/2")).code, 0);
      const refused = yield* merge("one", "other");
      assert.is(refused.code, 1);
      assert.match(
        refused.errors,
        /^Cannot merge: '.*other' is of another run than '.*one': data\.sha256: [0-9a-f]{64} in '.*one', [0-9a-f]{64} here\n$/,
      );
      yield* undo;
      assert.is((yield* shard("two", "2/2")).code, 0);
      const merged = yield* merge("one", "two");
      assert.is(merged.code, 0, merged.errors);

      const rescore = () => dpcHere("rescore", `${folder}/whole`);
      assert.is((yield* rescore()).code, 0);
      const fs = yield* FileSystem.FileSystem;
      const dataOf = (name: string) =>
        Effect.map(
          fs.readFileString(`${folder}/${name}/run.json`),
          (text) => JSON.parse(text).config.data,
        );
      assert.equal(yield* dataOf("whole-rescored"), yield* dataOf("whole"));
      yield* edit("data.jsonl", "#### 1", "#### 2");
      assert.match((yield* rescore()).errors, /\n {2}rescored\.sha256: /);
    })
  ),
);

test.run();
