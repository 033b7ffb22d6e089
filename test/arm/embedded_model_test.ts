import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { modelLayer, Stage } from "../../lib/stage/mod.ts";
import { examples, wordProblems } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";

interface Expected {
  readonly ids: readonly number[];
  readonly answer: string;
}

test(
  "the embedded model reads and answers questions as Hugging Face transformers does",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const text = yield* fs.readFileString("test/vectors/embedded.json");
      const expected = JSON.parse(text) as readonly Expected[];
      assert.ok(expected.length > 0);
      const answered = yield* examples(wordProblems, {
        path: "data/benchmark",
        split: "dev",
        limit: expected.length,
      }).pipe(
        Stage.streamed(Stage.pipeline(Stage.tokenize(wordProblems), Stage.generate())),
        Stream.runCollect,
        Effect.provide(modelLayer({ directory: "data/model" })),
      );
      const given = Array.from(
        answered,
        ({ prefixIds, ids, first }) => ({
          ids: [...prefixIds, ...ids],
          answer: first.text,
        }),
      );
      assert.equal(given, expected);
    })
  ),
);

test.run();
