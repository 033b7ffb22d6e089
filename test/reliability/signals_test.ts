import { FileSystem } from "@effect/platform";
import { Duration, Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpc, type Program, start } from "../programs.ts";
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

/** Programs that work long on a world, when they are under way, and what they say when they are stopped. */
const LONG: readonly {
  readonly program: string;
  readonly options: (world: string) => readonly string[];
  readonly underWay: (
    world: string,
    child: Program,
  ) => Effect.Effect<unknown, never, FileSystem.FileSystem>;
  readonly says: (world: string) => string;
}[] = [
  {
    program: "tune",
    options: (world) => [
      ...["--data", `${world}/data.jsonl`, "--out", `${world}/tuned`, "--steps", "100000"],
      ...["--save-every", "1", "--batch", "2", "--quiet"],
    ],
    underWay: (world) => grown(`${world}/tuned/training.json`, 0),
    says: (world) => `what is finished is kept in '${world}/tuned'; the same command continues it`,
  },
  {
    program: "calibrate",
    options: (world) => ["--data", `${world}/data.jsonl`, "--prompt", `${world}/prompt`],
    underWay: (_, child) => child.said("calibrate "),
    says: (world) => `nothing is changed in '${world}/prompt'; the same command begins anew`,
  },
  {
    program: "reproduce",
    options: (world) => [
      ...["--data", world, "--train", `word-problems=${world}/data.jsonl`, "--seeds", "0"],
      ...["--tasks", "word-problems", "--out", `${world}/out`, "--steps", "100000"],
      ...["--save-every", "1", "--batch", "2", "--quiet"],
    ],
    underWay: (world) => grown(`${world}/out/model/prompts/word-problems/seed0/training.json`, 0),
    says: (world) =>
      `what is finished is kept in '${world}/out/model'; the same command continues it`,
  },
];

for (const { program, options, underWay, says } of LONG) {
  test(
    `${program}: SIGINT ends it within five seconds, and it says what became of the work`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const world = yield* temporaryWorld(2000);
        yield* fs.copyFile(`${world}/data.jsonl`, `${world}/test.jsonl`);
        const child = yield* start(
          dpc(program, "--model", `${world}/model`, "--threads", "1", ...options(world)),
        );
        yield* underWay(world, child);
        yield* child.signal("SIGINT");
        const [elapsed, ended] = yield* Effect.timed(child.ended);
        assert.is(ended.errors.split("\n").at(-2), `Stopped by SIGINT: ${says(world)}`);
        assert.is(ended.signal, "SIGINT");
        assert.ok(Duration.toSeconds(elapsed) < 5, Duration.format(elapsed));
      }), 300),
  );
}

test.run();
