import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { remembered } from "../../../lib/model/cache/mod.ts";
import { open } from "../../../lib/model/checkpoint/checkpoint.ts";
import { contentHash, rememberedHash } from "../../../lib/model/weights/content_hash.ts";
import { effectTest } from "../../support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";
import { failure } from "../support.ts";

/** A checkpoint, a cache of its own, and a change of four bytes at a weight's end that leaves size and time as they were. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const cache = yield* fs.makeTempDirectoryScoped();
  yield* Effect.acquireRelease(
    Effect.sync(() => env["DPC_CACHE"] = cache),
    () => Effect.sync(() => delete env["DPC_CACHE"]),
  );
  const checkpoint = yield* open(yield* randomCheckpoint());
  const { file, offset, length } = checkpoint.tensors.get("model.norm.weight")!;
  const time = new Date(1e12);
  yield* fs.utimes(file, time, time);
  const change = (bytes: readonly number[]) =>
    Effect.gen(function* () {
      const content = yield* fs.readFile(file);
      content.set(bytes, offset + length - bytes.length);
      yield* fs.writeFile(file, content);
      yield* fs.utimes(file, time, time);
    });
  return { fs, cache, checkpoint, change };
});

test(
  "rememberedHash() keeps the hash in the cache, and believes no record that was changed",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, cache, checkpoint } = yield* setUp;
      const hash = yield* rememberedHash(checkpoint);
      assert.is(hash, yield* contentHash(checkpoint));
      const [record] = yield* fs.readDirectory(cache);
      const kept = JSON.parse(yield* fs.readFileString(`${cache}/${record}`));
      assert.is(kept.sha256, hash);
      for (const sha256 of ["0".repeat(64), "../x"]) {
        yield* fs.writeFileString(`${cache}/${record}`, JSON.stringify({ ...kept, sha256 }));
        assert.is(yield* rememberedHash(checkpoint), hash);
      }
    })
  ),
);

test(
  "remembered() computes a hash once",
  effectTest(() =>
    Effect.gen(function* () {
      yield* setUp;
      let computed = 0;
      const hash = remembered("of something", Effect.sync(() => `${++computed}`.repeat(64)));
      assert.equal([yield* hash, yield* hash], ["1".repeat(64), "1".repeat(64)]);
    })
  ),
);

test(
  "rememberedHash() reads again what was changed, also where size and time are as before",
  effectTest(() =>
    Effect.gen(function* () {
      const { checkpoint, change } = yield* setUp;
      const hash = yield* rememberedHash(checkpoint);
      yield* change([0, 0, 0, 1]);
      assert.is.not(yield* rememberedHash(checkpoint), hash);
      yield* change([0, 0, 0xc0, 0x7f]);
      const { message } = yield* failure(rememberedHash(checkpoint));
      assert.match(
        message,
        /^Cannot use tensor 'model.norm.weight' of .* found NaN at element \d+$/,
      );
    })
  ),
);

test(
  "rememberedHash() does without a cache that cannot be written",
  effectTest(() =>
    Effect.gen(function* () {
      const { checkpoint } = yield* setUp;
      env["DPC_CACHE"] = "/etc/passwd/none";
      assert.is(yield* rememberedHash(checkpoint), yield* contentHash(checkpoint));
    })
  ),
);

test.run();
