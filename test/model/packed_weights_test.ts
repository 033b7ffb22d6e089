import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_PREFIX } from "../../lib/model/engine.ts";
import { largeWeights, prepareWeights } from "../../lib/model/packed_weights.ts";
import { effectTest } from "../support.ts";
import { engineOf } from "./engine_support.ts";
import { vector } from "./support.ts";

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

test.run();
