import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { killEvaluation } from "./kills.ts";

test(
  "evaluate: killed at random moments and continued, it gives what it gives uninterrupted",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      const seed = Date.now() % 1e9;
      const { before, during, after } = yield* killEvaluation(folder, {
        kills: 4,
        examples: 60,
        seed,
      });
      assert.is(before + during + after, 4, `seed ${seed}`);
    }), 600),
);

test.run();
