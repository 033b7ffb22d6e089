import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpc, start } from "../programs.ts";
import { effectTest } from "../support.ts";
import { grown, sizeOf, temporaryWorld } from "./world.ts";

/** Kills of each training, each after another checkpoint. */
const KILLS = 2;

/** Trains once without a disturbance, then killed after checkpoints, and compares what the two wrote. */
const compareKilled = (
  program: string,
  options: (out: string) => readonly string[],
  { state, result }: { readonly state: string; readonly result: string },
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    const run = (name: string) => start(dpc(program, ...options(`${folder}/${name}`), "--quiet"));
    assert.is((yield* (yield* run("whole")).ended).code, 0);
    for (let kill = 0; kill < KILLS; kill++) {
      const file = `${folder}/killed/${state}`;
      const before = yield* sizeOf(file);
      const child = yield* run("killed");
      yield* grown(file, before);
      yield* child.signal("SIGKILL");
      assert.is((yield* child.ended).signal, "SIGKILL");
    }
    assert.is((yield* (yield* run("killed")).ended).code, 0);
    const [whole, killed] = yield* Effect.all(
      ["whole", "killed"].map((name) => fs.readFile(`${folder}/${name}/${result}`)),
    );
    assert.equal(killed, whole);
  });

test(
  "tune: killed after checkpoints and continued, it ends with the same vectors",
  effectTest(() =>
    Effect.gen(function* () {
      const world = yield* temporaryWorld(30);
      yield* compareKilled("tune", (out) => [
        ...["--model", `${world}/model`, "--data", `${world}/data.jsonl`, "--out", out],
        ...["--virtual-tokens", "4", "--steps", "120", "--batch", "4", "--save-every", "5"],
        ...["--threads", "1"],
      ], { state: "training.json", result: "adapter_model.safetensors" });
    }), 300),
);

test(
  "pretrain: killed after checkpoints and continued, it ends with the same weights",
  effectTest(
    () =>
      compareKilled("pretrain", (out) => [
        ...["--layers", "1", "--hidden-size", "16", "--heads", "2", "--intermediate-size", "24"],
        ...["--steps", "120", "--batch", "4", "--tokens", "64", "--shards", "2", "--workers", "1"],
        ...["--warmup", "5", "--save-every", "5", "--out", out],
      ], { state: "training.json", result: "model.safetensors" }),
    300,
  ),
);

test.run();
