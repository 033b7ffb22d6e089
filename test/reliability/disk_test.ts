import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpc } from "../programs.ts";
import { effectTest } from "../support.ts";
import { optionsOf, resultOf, startEvaluation, temporaryWorld } from "./world.ts";

/** Whether a file system of its own can be mounted here: Linux with user namespaces. */
const canMount =
  spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]).status === 0;

/** A disk of 1 MB which is nearly full; then there is room; then it is read-only. */
const SCRIPT = `
  mount -t tmpfs -o size=1m tmpfs "$DISK" && head -c 900K /dev/zero > "$DISK/filler" || exit 9
  "$@" > "$LOGS/out" 2> "$LOGS/full"; echo "code $?"; ls "$DISK/run"
  rm "$DISK/filler"
  "$@" > "$LOGS/out" 2> "$LOGS/room"; echo "code $?"; cp -r "$DISK/run" "$LOGS/run"
  mount -o remount,ro "$DISK"
  "$@" > "$LOGS/out" 2> "$LOGS/readonly"; echo "code $?"`;

(canMount ? test : test.skip)(
  "evaluate: a full disk and a read-only one are one line each, and the run goes on once there is room",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(150);
      const [disk, logs] = [`${folder}/disk`, `${folder}/logs`];
      for (const made of [disk, logs]) yield* fs.makeDirectory(made);
      const command = dpc("evaluate", ...optionsOf(folder, "disk/run"));
      const { stdout } = spawnSync("unshare", ["-rm", "sh", "-c", SCRIPT, "sh", ...command], {
        encoding: "utf8",
        env: { ...process.env, DISK: disk, LOGS: logs },
      });
      const log = (name: string) => fs.readFileString(`${logs}/${name}`);
      assert.is(
        yield* log("full"),
        `Cannot write '${disk}/run/samples.jsonl' as the system says "ENOSPC: no space left on device, write"; ` +
          "finished examples are kept: once this is fixed, run the same command again\n",
      );
      assert.ok(stdout.startsWith("code 1\nrun.json\nsamples.jsonl\ncode 0\n"), stdout);
      assert.is(yield* log("room"), "");
      assert.match(
        yield* log("readonly"),
        /^Cannot write '\S+\.lock' as the system says "EROFS: read-only file system, open '\S+'"\n$/,
      );
      assert.ok(stdout.endsWith("code 1\n"), stdout);
      assert.is((yield* (yield* startEvaluation(folder, "whole")).ended).code, 0);
      assert.equal(yield* resultOf(logs, "run"), yield* resultOf(folder, "whole"));
    }), 600),
);

test.run();
