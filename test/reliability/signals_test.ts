import { FileSystem } from "@effect/platform";
import { Duration, Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { grown, resultOf, sizeOf, startEvaluation, temporaryWorld } from "./world.ts";

test(
  "evaluate: SIGINT and SIGTERM end it within five seconds, say how to go on, and lose nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(150);
      const file = `${folder}/stopped/samples.jsonl`;
      let before = "";
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const size = yield* sizeOf(file);
        const child = yield* startEvaluation(folder, "stopped");
        yield* grown(file, size);
        yield* child.signal(signal);
        const [elapsed, ended] = yield* Effect.timed(child.ended);
        assert.is(
          ended.errors,
          `Stopped by ${signal}: what is finished is kept in '${folder}/stopped'; ` +
            "the same command continues it\n",
        );
        assert.is(ended.signal, signal);
        assert.ok(Duration.toSeconds(elapsed) < 5, Duration.format(elapsed));
        const names = yield* fs.readDirectory(`${folder}/stopped`);
        assert.equal(names.toSorted(), ["run.json", "samples.jsonl"]);
        const now = yield* fs.readFileString(file);
        assert.ok(now.startsWith(before), "finished examples are not computed again");
        before = now;
      }
      for (const run of ["stopped", "whole"]) {
        assert.is((yield* (yield* startEvaluation(folder, run)).ended).code, 0);
      }
      assert.equal(yield* resultOf(folder, "stopped"), yield* resultOf(folder, "whole"));
    }), 600),
);

test.run();
