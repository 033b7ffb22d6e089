import { env } from "node:process";
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { start, testFile } from "../programs.ts";

/** SIGKILLs; more for a longer soak: `KILLS=200 npm run test:node -- journal_kill`. */
const KILLS = Number(env["KILLS"] ?? 4);
const EXAMPLES = "300";

test(
  "a journal killed at random moments ends as the one that was left alone",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const path = yield* Path.Path;
      const root = yield* fs.makeTempDirectoryScoped();
      const whole = path.join(root, "whole");
      const run = (directory: string) =>
        start(testFile("run/journal_child.ts", "fill", directory, EXAMPLES));
      const undisturbed = yield* (yield* run(whole)).ended;
      assert.is(undisturbed.output, "open\ndone\n");

      let torn = path.join(root, "torn-0");
      for (let kill = 0; kill < KILLS; kill++) {
        const child = yield* run(torn);
        // Every fourth dies while it starts, the others between opening and the end.
        if (kill % 4 === 3) yield* Effect.sleep(Math.random() * 1000);
        else {
          yield* child.said("open");
          yield* Effect.sleep(Math.random() * 60);
        }
        yield* child.signal("SIGKILL");
        const { output } = yield* child.ended;
        assert.not.match(output, "Cannot");
        if (output.includes("done")) {
          yield* compare(torn, whole);
          torn = path.join(root, `torn-${kill}`);
        }
      }
      const last = yield* (yield* run(torn)).ended;
      assert.is(last.output, "open\ndone\n");
      yield* compare(torn, whole);
    }), 240 + 10 * KILLS),
);

/** Asserts that two runs hold the same, and that nothing else was left behind. */
function compare(one: string, other: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    for (const name of ["samples.jsonl", "results.json"]) {
      const [left, right] = yield* Effect.all(
        [one, other].map((directory) => fs.readFileString(path.join(directory, name))),
      );
      assert.ok(left === right, `${name} differs after the kills`);
    }
    const names = (yield* fs.readDirectory(one)).filter((name) => !name.endsWith(".lock"));
    assert.equal(names.toSorted(), ["results.json", "run.json", "samples.jsonl"]);
  });
}

test.run();
