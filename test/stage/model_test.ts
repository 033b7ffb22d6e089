import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint } from "../../lib/model/mod.ts";
import { describeModel } from "../../lib/stage/mod.ts";
import { randomCheckpoint } from "../model/random_checkpoint.ts";
import { effectTest } from "../support.ts";

test(
  "describeModel() gives another fingerprint for any weight and end token, and another tokenizer hash for any of its files",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const path = yield* Path.Path;
      const directory = yield* randomCheckpoint({
        config: { vocab_size: 320, hidden_size: 256, intermediate_size: 512 },
      });
      const at = (name: string) => path.join(directory, name);
      const seen = new Set<string>();
      let { fingerprint, tokenizerHash } = yield* describeModel(directory);
      seen.add(fingerprint).add(tokenizerHash);
      /** Describes the model again; the hash that is named must be new, the other as before. */
      const expectNew = (changed: "fingerprint" | "tokenizerHash", what: string) =>
        Effect.gen(function* () {
          const now = yield* describeModel(directory);
          const before = { fingerprint, tokenizerHash };
          assert.equal(
            { ...now, [changed]: "" }.fingerprint,
            { ...before, [changed]: "" }.fingerprint,
          );
          assert.is.not(now[changed], before[changed], what);
          assert.not.ok(seen.has(now[changed]), what);
          seen.add(now[changed]);
          ({ fingerprint, tokenizerHash } = now);
        });

      // one number amid a matrix of 512 KiB: between any blocks that might be sampled
      const { tensors } = yield* Checkpoint.open(directory);
      const { file, offset } = tensors.get("model.layers.0.mlp.up_proj.weight")!;
      const content = yield* fs.readFile(file);
      content[offset + 20_000]! ^= 1;
      yield* fs.writeFile(file, content);
      yield* expectNew("fingerprint", "a bit of a weight");

      yield* fs.writeFileString(at("generation_config.json"), '{"eos_token_id": [2, 7]}');
      yield* expectNew("fingerprint", "generation_config.json");

      const append = (name: string, text: string) =>
        Effect.flatMap(
          Effect.orElseSucceed(fs.readFileString(at(name)), () => ""),
          (before) => fs.writeFileString(at(name), before + text),
        );
      yield* append("tokenizer.json", "\n");
      yield* expectNew("tokenizerHash", "tokenizer.json");
      yield* append("tokenizer_config.json", "\n");
      yield* expectNew("tokenizerHash", "tokenizer_config.json");
      yield* append("chat_template.jinja", "{{ bos_token }}");
      yield* expectNew("tokenizerHash", "chat_template.jinja");
    })
  ),
);

test(
  "describeModel() reads the weights of a large checkpoint once, and again when they were changed",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const cache = yield* fs.makeTempDirectoryScoped();
      const before = env["DPC_CACHE"];
      yield* Effect.acquireRelease(
        Effect.sync(() => env["DPC_CACHE"] = cache),
        () =>
          Effect.sync(() =>
            before === undefined ? delete env["DPC_CACHE"] : env["DPC_CACHE"] = before
          ),
      );
      const directory = yield* randomCheckpoint({
        config: { vocab_size: 40_000, hidden_size: 512, intermediate_size: 64 },
      });
      const { fingerprint } = yield* describeModel(directory);
      assert.is((yield* fs.readDirectory(cache)).length, 1);
      assert.is((yield* describeModel(directory)).fingerprint, fingerprint);
      assert.is((yield* fs.readDirectory(cache)).length, 1, "remembered");
      const file = `${directory}/model.safetensors`;
      const content = yield* fs.readFile(file);
      content[content.length - 40_000]! ^= 1;
      yield* fs.writeFile(file, content);
      assert.is.not((yield* describeModel(directory)).fingerprint, fingerprint);
    })
  ),
);

test.run();
