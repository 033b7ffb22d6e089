/**
 * Run after run on one server: `dpc evaluate --queue`, stopped midway, and the next one with another configuration.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Evaluator } from "../../lib/arm/mod.ts";
import { tinyDataset } from "../fixtures.ts";
import { temporaryWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";
import { dpc, start } from "../programs.ts";
import { recorded, until } from "./run_directory.ts";
import { startRedis, tell } from "./redis.ts";
import { join, queueTest, sampleOf } from "./support.ts";

/** The id of the run that has a living coordinator. */
const servedRun = (url: string) => tell(url, "keys", "dpc:run:*:coordinator").split(":")[2] ?? "";

/** Questions of a dataset. */
const ROWS = 6;

/** A server, a tiny model with two datasets whose ids are the same, and coordinators for them. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* temporaryWorld(ROWS);
  yield* fs.makeDirectory(`${folder}/other`);
  yield* tinyDataset(`${folder}/other/data.jsonl`, ROWS);
  const text = yield* fs.readFileString(`${folder}/data.jsonl`);
  yield* fs.writeFileString(`${folder}/other/data.jsonl`, text.replaceAll("Tom", "Zoe"));
  const { url } = yield* startRedis();
  /** Coordinates a run of a dataset into a directory of that name until the scope ends; begins when workers can find it. */
  const coordinate = (run: string, data: string, ...options: readonly string[]) =>
    Effect.acquireRelease(
      start(dpc(
        "evaluate",
        ...["--model", `${folder}/model`, "--arms", "base", "--quiet", "--queue", url],
        ...["--data", `${folder}/${data}`, "--run", `${folder}/${run}`, ...options],
      )),
      ({ signal, ended }) => Effect.zipRight(signal("SIGTERM"), ended),
    ).pipe(Effect.tap(({ written, isRunning }) =>
      Effect.gen(function* () {
        yield* until(() => !isRunning() || servedRun(url) !== "");
        assert.ok(isRunning(), written());
      })
    ));
  return { folder, url, coordinate };
});

queueTest(
  "the id of a run covers all that run.json says of it, and nothing that may differ when it is continued",
  effectTest(() =>
    Effect.gen(function* () {
      const { folder, url, coordinate } = yield* setUp;
      const idOf = (run: string, data: string, ...options: readonly string[]) =>
        Effect.scoped(Effect.gen(function* () {
          yield* coordinate(run, data, ...options);
          return servedRun(url);
        }));
      const first = yield* idOf("first", "data.jsonl");
      assert.is(
        yield* idOf("first", "data.jsonl", "--queue-ahead", "7", "--workers", "1", "--slots", "2"),
        first,
      );
      const others = [
        yield* idOf("other-data", "other/data.jsonl"),
        yield* idOf("longer", "data.jsonl", "--max-new-tokens", "7"),
        yield* idOf("shot", "data.jsonl", "--shots", "1", "--shots-from", `${folder}/data.jsonl`),
        yield* idOf("shard", "data.jsonl", "--shard", "1/2"),
      ];
      assert.is(new Set([first, ...others]).size, 5);
    }), 300),
);

queueTest(
  "a run of other data gets nothing of a run that was stopped midway, though the ids of its examples are the same",
  effectTest(() =>
    Effect.gen(function* () {
      const { folder, url, coordinate } = yield* setUp;
      /** Works on all examples but the last. */
      const worker = Evaluator.of({
        lookAhead: 1,
        evaluate: (unit) =>
          unit.example.id === `data-${ROWS - 1}` ? Effect.never : Effect.succeed(sampleOf(unit)),
      });
      const questionsOf = (run: string, data: string) =>
        Effect.scoped(Effect.gen(function* () {
          const { written, isRunning } = yield* coordinate(run, data);
          yield* Effect.forkScoped(join(url, worker));
          yield* until(() => !isRunning() || recorded(`${folder}/${run}`) === ROWS - 1);
          assert.ok(isRunning(), written());
          return readFileSync(`${folder}/${run}/samples.jsonl`, "utf8").trim().split("\n")
            .map((line): string => JSON.parse(line).question);
        }));
      const first = yield* questionsOf("first", "data.jsonl");
      assert.ok(first.every((question) => question.startsWith("Tom has")), first.join("\n"));
      const second = yield* questionsOf("second", "other/data.jsonl");
      assert.ok(second.every((question) => question.startsWith("Zoe has")), second.join("\n"));
    }), 300),
);

test.run();
