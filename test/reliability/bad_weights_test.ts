import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDirectory } from "../../lib/model/mod.ts";
import { effectTest } from "../support.ts";
import { startEvaluation, temporaryWorld } from "./world.ts";

/** NaN as float32. */
const NAN = Uint8Array.of(0, 0, 0xc0, 0x7f);

/** Overwrites an element of a float32 tensor by NaN. */
const spoil = (file: string, tensor: string, element: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const { tensors } = yield* readDirectory(file);
    const bytes = yield* fs.readFile(file);
    bytes.set(NAN, tensors.get(tensor)!.offset + 4 * element);
    yield* fs.writeFile(file, bytes);
  });

for (
  const [what, file, tensor, message] of [
    [
      "a weight",
      "model/model.safetensors",
      "model.layers.1.mlp.up_proj.weight",
      (file: string) =>
        `Cannot use tensor 'model.layers.1.mlp.up_proj.weight' of '${file}' as all its values must be finite: ` +
        "found NaN at element 25",
    ],
    [
      "a soft prompt",
      "prompt/adapter_model.safetensors",
      "prompt_embeddings",
      (file: string) =>
        `Cannot use the soft prompt '${
          file.replace("/adapter_model.safetensors", "")
        }' as all values of ` +
        "'prompt_embeddings' in adapter_model.safetensors must be finite: found NaN in vector 1",
    ],
  ] as const
) {
  test(
    `evaluate: refuses ${what} that is not finite, in one line`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const folder = yield* fs.realPath(yield* temporaryWorld(2));
        yield* spoil(`${folder}/${file}`, tensor, 25);
        const ended = yield* (yield* startEvaluation(folder, "run")).ended;
        assert.is(ended.errors, `${message(`${folder}/${file}`)}\n`);
        assert.is(ended.code, 1);
      }), 120),
  );
}

test.run();
