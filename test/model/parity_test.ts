import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { contextOf, engineOf, request } from "./engine_support.ts";
import { parityTests, withCache } from "./parity.ts";
import { copyOf, editJson, vector } from "./support.ts";
import { CHECKPOINTS, expectedOf } from "./vectors.ts";

/** Deno runs the same code: one checkpoint is enough there. */
const checkpoints = "Deno" in globalThis ? CHECKPOINTS.slice(0, 1) : CHECKPOINTS;

for (const name of checkpoints) parityTests(name);

test(
  "weightFiles() makes one float32 copy of an f16 checkpoint, which the next engine finds",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = env["DPC_CACHE"]!;
      yield* contextOf(vector("llama_f16"));
      const files = yield* fs.readDirectory(folder);
      const [copy] = files;
      assert.equal(files, [copy, `${copy}.digest.json`]);
      const before = yield* fs.stat(`${folder}/${copy}`);
      yield* contextOf(vector("llama_f16"));
      assert.equal(yield* fs.readDirectory(folder), files);
      assert.equal((yield* fs.stat(`${folder}/${copy}`)).mtime, before.mtime);
      yield* contextOf(vector("llama"));
      assert.equal(yield* fs.readDirectory(folder), files, "float32 needs no copy");
    }))
  ),
);

test(
  "generate() slides only the layers that a Mistral's layer_types name, as transformers' Ministral",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("mistral");
      yield* editJson(directory, "config.json", (json) => {
        json.layer_types = ["full_attention", "sliding_attention"];
        json.sliding_window = 8;
      });
      const { question_ids, rationale_ids } = yield* expectedOf("mistral");
      const engine = yield* engineOf(directory);
      const { ids } = yield* engine.generate(request([...question_ids, ...rationale_ids], 24));
      // by AutoModelForCausalLM of transformers 5.24; the two best logits are 0.009 apart or more
      assert.equal(ids, [
        ...[89, 54, 28, 90, 24, 90, 86, 80, 86, 82, 80, 19],
        ...[29, 91, 13, 13, 56, 78, 17, 29, 68, 3, 79, 3],
      ]);
    })
  ),
);

test.run();
