import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeSafetensors } from "../../lib/model/mod.ts";
import { loadPrompt, PromptError, savePrompt, SoftPrompt } from "../../lib/prompt/mod.ts";
import { editJson, vector } from "../model/support.ts";
import { effectTest } from "../support.ts";

const PREFIX = vector("adapters/prefix_llama");
/** Of its checkpoint. */
const LLAMA = { hiddenSize: 32, layers: 3, kvHeads: 2, headDim: 8 };
const WIDTH = 2 * 3 * 2 * 8;
const WEIGHTS = "adapter_model.safetensors";

/** A copy of what PEFT saved, with settings changed. */
const changed = (settings: object = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* fs.copy(PREFIX, directory, { overwrite: true });
    yield* editJson(directory, "adapter_config.json", (json) => void Object.assign(json, settings));
    return directory;
  });

test(
  "savePrompt() writes of a prefix the very files that PEFT does, but for its version",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const prompt = yield* loadPrompt(PREFIX, LLAMA);
      assert.equal(
        [prompt.name, prompt.method, prompt.virtualTokens, prompt.vectors.length],
        ["prefix_llama", "prefix", 4, 4 * WIDTH],
      );
      const directory = yield* fs.makeTempDirectoryScoped();
      yield* savePrompt(directory, prompt, { model: "llama", layers: 3, heads: 4, kvHeads: 2 });
      const json = (folder: string) =>
        Effect.map(fs.readFileString(`${folder}/adapter_config.json`), JSON.parse);
      const { peft_version: _, ...expected } = yield* json(PREFIX);
      assert.equal(yield* json(directory), expected);
      assert.equal(
        yield* fs.readFile(`${directory}/${WEIGHTS}`),
        yield* fs.readFile(`${PREFIX}/${WEIGHTS}`),
      );
      const { hash, vectors } = yield* loadPrompt(directory, LLAMA);
      assert.is(hash, prompt.hash);
      const atInput = new SoftPrompt({ name: "x", virtualTokens: 4, vectors });
      assert.is.not(atInput.hash, hash, "the same numbers at the input are another prompt");
    })
  ),
);

const refusals: readonly (readonly [string, object, typeof LLAMA, string])[] = [
  [
    "other layers",
    { num_layers: 4 },
    LLAMA,
    "its num_layers must be the model's 3: found 4; it was tuned on 'llama'",
  ],
  [
    "other heads of as many numbers",
    {},
    { ...LLAMA, kvHeads: 4, headDim: 4 },
    "its num_attention_heads must be the model's 4 of keys and values: found 2; it was tuned on 'llama'",
  ],
  [
    "another size of heads",
    {},
    { ...LLAMA, headDim: 16 },
    `its keys and values must be 2 * 3 layers * 2 heads * 16 = 192 numbers for each position: found ${WIDTH}; it was tuned on 'llama'`,
  ],
  [
    "another number of positions",
    { num_virtual_tokens: 5 },
    LLAMA,
    `the shape of 'prompt_embeddings' must be [5, d]: found [4, ${WIDTH}]`,
  ],
  [
    "a task with an encoder",
    { task_type: "SEQ_2_SEQ_LM" },
    LLAMA,
    "its task_type must be CAUSAL_LM: found SEQ_2_SEQ_LM",
  ],
  [
    "another type of PEFT",
    { peft_type: "CARTRIDGE" },
    LLAMA,
    "its peft_type must be one of PROMPT_TUNING, P_TUNING, PREFIX_TUNING: found CARTRIDGE",
  ],
];
for (const [title, settings, model, reason] of refusals) {
  test(
    `loadPrompt() refuses a prefix of ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* changed(settings);
        const error = yield* Effect.flip(loadPrompt(directory, model));
        assert.instance(error, PromptError);
        assert.is(error.message, `Cannot use the soft prompt '${directory}' as ${reason}`);
      })
    ),
  );
}

test(
  "loadPrompt() refuses a prefix that lacks its tensor, or has one of another rank, and NaN, each in a line",
  effectTest(() =>
    Effect.gen(function* () {
      const refused = (name: string, shape: readonly number[], data: Float32Array) =>
        Effect.gen(function* () {
          const directory = yield* changed();
          yield* writeSafetensors(`${directory}/${WEIGHTS}`, [{ name, shape, data }]);
          return (yield* Effect.flip(loadPrompt(directory, LLAMA))).message
            .replace(`Cannot use the soft prompt '${directory}' as `, "");
        });
      const data = new Float32Array(4 * WIDTH);
      assert.is(
        yield* refused("embedding.weight", [4, WIDTH], data),
        `${WEIGHTS} must hold 'prompt_embeddings': found embedding.weight`,
      );
      assert.is(
        yield* refused("prompt_embeddings", [4, 3, 2, 16], data),
        "the shape of 'prompt_embeddings' must be [4, d]: found [4, 3, 2, 16]",
      );
      data[3 * WIDTH + 5] = NaN;
      assert.is(
        yield* refused("prompt_embeddings", [4, WIDTH], data),
        `all values of 'prompt_embeddings' in ${WEIGHTS} must be finite: found NaN in vector 3`,
      );
    })
  ),
);

test(
  "loadPrompt() refuses a prefix where the hidden size alone is given",
  effectTest(() =>
    Effect.gen(function* () {
      assert.is(
        (yield* Effect.flip(loadPrompt(PREFIX, LLAMA.hiddenSize))).message,
        `Cannot use the soft prompt '${PREFIX}' as it is a prefix, for which the hidden size is not enough: give the model's config`,
      );
    })
  ),
);

test.run();
