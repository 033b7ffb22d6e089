import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpc } from "../programs.ts";
import { effectTest } from "../support.ts";
import { optionsOf, startEvaluation, temporaryWorld } from "./world.ts";

/** Names of a run's claims. */
const claimsOf = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    return (yield* fs.readDirectory(directory)).filter((name) => name.endsWith(".lock"));
  });

/** Runs `dpc` with a stdout of which nobody reads, or which is an open file. */
const runWith = (stdout: "pipe" | number, args: readonly string[]) =>
  Effect.promise(async () => {
    const [program = "", ...rest] = dpc(...args);
    const child = spawn(program, rest, { stdio: ["ignore", stdout, "pipe"] });
    child.stdout?.destroy();
    let errors = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => errors += text);
    const [code] = await once(child, "close");
    return { code, errors };
  });

test(
  "evaluate: a stdout that nobody reads ends it silently with 141; one on a full disk with one line and 1; neither leaves a lock",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = yield* temporaryWorld(4);
      const closed = yield* runWith("pipe", ["evaluate", ...optionsOf(folder, "closed")]);
      assert.equal(closed, { code: 141, errors: "" });
      assert.equal(yield* claimsOf(`${folder}/closed`), []);
      if (existsSync("/dev/full")) {
        const device = openSync("/dev/full", "w");
        const full = yield* runWith(device, ["evaluate", ...optionsOf(folder, "full")]);
        closeSync(device);
        assert.equal(full, {
          code: 1,
          errors:
            'Cannot write to stdout as the system says "ENOSPC: no space left on device, write"\n',
        });
        assert.equal(yield* claimsOf(`${folder}/full`), []);
      }
      for (const name of ["closed", "full"]) {
        assert.is((yield* (yield* startEvaluation(folder, name)).ended).code, 0);
      }
    }), 600),
);

test(
  "evaluate: a stderr that is closed while it works ends it with 141 and frees the run directory",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = yield* temporaryWorld(400);
      const [program = "", ...rest] = dpc(
        "evaluate",
        ...optionsOf(folder, "run").filter((word) => word !== "--quiet"),
      );
      const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
      yield* Effect.promise(() => once(child.stderr, "data"));
      child.stderr.destroy();
      assert.is((yield* Effect.promise(() => once(child, "close")))[0], 141);
      assert.equal(yield* claimsOf(`${folder}/run`), []);
    }), 600),
);

test("dpc --help: a stdout that nobody reads is no failure", async () => {
  const { errors } = await Effect.runPromise(runWith("pipe", ["--help"]));
  assert.is(errors, "");
});

test.run();
