/**
 * Folders that hold a model in another form, or something else than a model: what that is, and what to do.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";

/** Makes safetensors of whatever transformers reads; DIR is the folder. */
const CONVERT_WEIGHTS =
  `python -c "from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; ` +
  `M.from_pretrained('DIR').save_pretrained('OUT'); T.from_pretrained('DIR').save_pretrained('OUT')"`;

/** Files of other forms, the more telling first, and what they say. */
const OTHER_FORMS: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    /^adapter_(?:model\.(?:safetensors|bin)|config\.json)$/,
    (name) =>
      `it holds an adapter ('${name}'), not a model: give the folder of the model that the ` +
      "adapter was made for, and this one as --prompt",
  ],
  [
    /^consolidated.*\.(?:safetensors|pth)$|^params\.json$/,
    (name) =>
      `it holds '${name}', the publisher's own form: take the same model in the form of ` +
      "transformers, with config.json and model.safetensors",
  ],
  [
    /\.(?:bin|pth?|h5|msgpack|ckpt|ot)$/,
    (name) =>
      `it holds neither model.safetensors nor model.safetensors.index.json: found '${name}', which could run as a program and is not ` +
      `read; convert it where you trust it: ${CONVERT_WEIGHTS}`,
  ],
  [/\.onnx$/, (name) => `it holds a graph ('${name}'), not a checkpoint as transformers saves it`],
];

/** What a folder without weights holds instead, completing "Cannot open the model as ..."; undefined where that is nothing known. */
export function foundInstead(
  directory: string,
): Effect.Effect<string | undefined, never, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const entries = yield* Effect.orElseSucceed(fs.readDirectory(directory), () => []);
    for (const [pattern, says] of OTHER_FORMS) {
      const name = [...entries].sort().find((entry) => pattern.test(entry));
      if (name !== undefined) return says(name).replaceAll("DIR", () => directory);
    }
    return undefined;
  });
}
