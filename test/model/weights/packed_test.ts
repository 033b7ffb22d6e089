import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Checkpoint from "../../../lib/model/checkpoint/checkpoint.ts";
import { NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import {
  copyBytes,
  largeWeights,
  packedBytes,
  prepareWeights,
} from "../../../lib/model/weights/packed.ts";
import { effectTest } from "../../support.ts";
import { engineOf } from "../engine_support.ts";
import { vector } from "../support.ts";

const requests = [3, 5, 8].map((length) => ({
  prefix: NO_PREFIX,
  ids: Array.from({ length }, (_, i) => 1 + i * length),
  maxNewTokens: 12,
  stop: [],
}));

/** Packs for itself what a large checkpoint has packed. */
const ownPacks: typeof prepareWeights = (checkpoint) =>
  Effect.map(prepareWeights(checkpoint), ({ files }) => ({ files, packed: ["decode"] }));

/** What an engine answers to requests that share a batch. */
const answers = (name: string, weights: typeof prepareWeights) =>
  Effect.flatMap(
    engineOf(vector(name), { weights }),
    (engine) => Effect.forEach(requests, engine.generate, { concurrency: "unbounded" }),
  );

for (const name of ["llama", "qwen2", "llama_f16"]) {
  test(
    `an engine over a packed copy gives every bit of one that packs for itself (${name})`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        env["DPC_CACHE"] = yield* fs.makeTempDirectoryScoped();
        const expected = yield* answers(name, ownPacks);
        assert.equal(yield* answers(name, largeWeights), expected);
        const made = yield* fs.readDirectory(env["DPC_CACHE"]);
        assert.is(made.filter((file) => /\.packed\.onnx$/.test(file)).length, 1);
        assert.equal(yield* answers(name, largeWeights), expected);
        assert.equal(yield* fs.readDirectory(env["DPC_CACHE"]), made, "the copy is found");
      }).pipe(Effect.ensuring(Effect.sync(() => delete env["DPC_CACHE"])))
    ),
  );
}

/** Bytes of the cache's files that are weights. */
const cached = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = env["DPC_CACHE"]!;
  const weights = (yield* fs.readDirectory(folder)).filter((name) => !/\.(json|onnx)$/.test(name));
  const sizes = yield* Effect.forEach(weights, (name) => fs.stat(`${folder}/${name}`));
  return sizes.reduce((sum, { size }) => sum + Number(size), 0);
});

test(
  "copyBytes() and packedBytes() say what copies take",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      for (const [name, quantization] of [["llama"], ["llama_f16"], ["llama", "q4"]] as const) {
        env["DPC_CACHE"] = `${folder}/${name}-${quantization}`;
        yield* fs.makeDirectory(env["DPC_CACHE"]);
        const checkpoint = yield* Checkpoint.open(vector(name));
        yield* prepareWeights(checkpoint, quantization);
        assert.is(yield* cached, copyBytes(checkpoint, quantization), `${name} ${quantization}`);
      }
      const checkpoint = yield* Checkpoint.open(vector("llama"));
      yield* largeWeights(checkpoint);
      const packed = (yield* cached) - copyBytes(checkpoint, "q4");
      assert.ok(Math.abs(packed / packedBytes(checkpoint) - 1) < 0.2, String(packed));
      const large = { ...checkpoint, config: { ...checkpoint.config, vocabSize: 2 ** 20 } };
      assert.is(copyBytes(large), packedBytes(large), "a small one is not packed, a large one is");
    }).pipe(Effect.ensuring(Effect.sync(() => delete env["DPC_CACHE"])))
  ),
);

test.run();
