import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { grown, resultOf, startEvaluation, temporaryWorld } from "./world.ts";

test(
  "evaluate: a second process on a run directory, also by another name of it, is told so, and harms nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(150);
      yield* fs.makeDirectory(`${folder}/run`);
      yield* fs.symlink(`${folder}/run`, `${folder}/link`);
      const first = yield* startEvaluation(folder, "run");
      yield* grown(`${folder}/run/samples.jsonl`, 0);
      // so that it cannot end before the others have looked
      process.kill(first.pid, "SIGSTOP");
      const seconds = yield* Effect.all(
        ["run", "link"].map((name) => startEvaluation(folder, name)),
      );
      for (const [at, name] of ["run", "link"].entries()) {
        const { code, errors } = yield* seconds[at]!.ended;
        assert.ok(
          errors.startsWith(
            `Cannot use the run directory '${folder}/${name}' as process ${first.pid} is using it: ` +
              "wait for its end or choose another directory (if it is gone, remove ",
          ),
          errors,
        );
        assert.is(errors.indexOf("\n"), errors.length - 1);
        assert.is(code, 1);
      }
      process.kill(first.pid, "SIGCONT");
      assert.is((yield* first.ended).code, 0);
      assert.is((yield* (yield* startEvaluation(folder, "alone")).ended).code, 0);
      assert.equal(yield* resultOf(folder, "run"), yield* resultOf(folder, "alone"));
    }), 600),
);

test.run();
