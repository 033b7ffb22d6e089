import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KEPT, makeRoom } from "../../../lib/model/adapter/merged_copies.ts";
import { Checkpoint, contentHash, mergeAdapter } from "../../../lib/model/mod.ts";
import { effectTest } from "../../support.ts";
import { withCache } from "../parity.ts";
import { editJson, vector } from "../support.ts";

const SECONDS = 300;
const HOURS = 3600_000;

/** A copy with an adapter of its own, last used so many hours ago, and something that was made of its weights. */
const copy = (alpha: number, hours: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const lora = yield* fs.makeTempDirectoryScoped();
    yield* fs.copy(vector("adapters/lora_qwen3"), lora, { overwrite: true });
    yield* editJson(lora, "adapter_config.json", (json) => void (json["lora_alpha"] = alpha));
    const { directory } = yield* mergeAdapter(yield* Checkpoint.open(vector("qwen3")), lora);
    yield* used(directory, hours);
    const hash = yield* contentHash(yield* Checkpoint.open(directory));
    const packed = `${env["DPC_CACHE"]}/${hash}.packed`;
    yield* fs.writeFileString(packed, "");
    return { directory, packed, lora };
  });

const used = (directory: string, hours: number) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => {
    const time = new Date(Date.now() - hours * HOURS);
    return fs.utimes(`${directory}/used`, time, time);
  });

const exist = (files: readonly string[]) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.forEach(files, fs.exists));

test(
  "of merged copies those used last are kept, and none goes that may be in use",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const cache = env["DPC_CACHE"]!;
      const other = `${cache}/${"a".repeat(64)}.f32`;
      yield* fs.writeFileString(other, "");
      const old = yield* copy(1, 30);
      const older = yield* copy(2, 50);
      const recent = yield* copy(3, 0.5);
      const copies = [old, older, recent];
      const left = () =>
        Effect.all([
          exist(copies.map(({ directory }) => directory)),
          exist(copies.map(({ packed }) => packed)),
        ]);
      yield* makeRoom(cache, 1, { ...KEPT, copies: 4 });
      assert.equal(yield* left(), [[true, true, true], [true, true, true]]);
      yield* makeRoom(cache, 1, { ...KEPT, copies: 3 });
      assert.equal(yield* left(), [[true, false, true], [true, false, true]]);
      // found again, it is used now
      const base = yield* Checkpoint.open(vector("qwen3"));
      assert.is((yield* mergeAdapter(base, old.lora)).directory, old.directory);
      yield* makeRoom(cache, 1, { ...KEPT, copies: 1 });
      assert.equal(yield* left(), [[true, false, true], [true, false, true]]);
      yield* makeRoom(cache, 1, { copies: 1, minutes: -1 });
      assert.equal(yield* left(), [[false, false, false], [false, false, false]]);
      assert.ok(yield* fs.exists(other));
    })), SECONDS),
);

test(
  "a merge that the disk has no room for is refused in one line, when copies that are not in use have made place",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const cache = env["DPC_CACHE"]!;
      const [old, recent] = [yield* copy(1, 30), yield* copy(2, 0.5)];
      const { message } = yield* Effect.flip(makeRoom(cache, 1e18));
      assert.match(
        message,
        /^Cannot write '.*' as the weights with the adapter take 1000000000\.0 GB and there is room for \d+\.\d GB$/,
      );
      assert.equal(yield* exist([old.directory, recent.directory]), [false, true]);
    })), SECONDS),
);

test.run();
