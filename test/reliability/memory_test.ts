import { Effect } from "effect";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { childrenOf, commandLineOf } from "./processes.ts";
import { grown, resultOf, startEvaluation, temporaryWorld } from "./world.ts";

const canLimit = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;

/** Bytes of address space that a process has, all of it, used or not. */
const addressSpaceOf = (pid: number): number =>
  1024 * Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

(canLimit ? test : test.skip)(
  "evaluate: a worker that gets no more memory does not change the result",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = yield* temporaryWorld(150);
      assert.is((yield* (yield* startEvaluation(folder, "whole")).ended).code, 0);
      const child = yield* startEvaluation(folder, "short");
      yield* grown(`${folder}/short/samples.jsonl`, 0);
      const worker = childrenOf(child.pid).find((pid) =>
        commandLineOf(pid).includes("engine_worker")
      )!;
      const limit = `--as=${addressSpaceOf(worker)}`;
      assert.is(spawnSync("prlimit", ["--pid", String(worker), limit]).status, 0);
      const ended = yield* child.ended;
      assert.is(ended.errors, "");
      assert.is(ended.code, 0);
      assert.equal(yield* resultOf(folder, "short"), yield* resultOf(folder, "whole"));
    }), 600),
);

test.run();
