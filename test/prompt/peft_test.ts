import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDirectory, readTensor, writeSafetensors } from "../../lib/model/mod.ts";
import { loadPrompt, PromptError, savePrompt, SoftPrompt } from "../../lib/prompt/mod.ts";
import { effectTest } from "../support.ts";

const vectors = (name: string) => new URL(`../vectors/${name}`, import.meta.url).pathname;
const ADAPTER = vectors("peft_prompt");

/** Of the checkpoint test/vectors/llama. */
const LLAMA = { hiddenSize: 32, layers: 3, kvHeads: 2, headDim: 8 };

/** A copy of what PEFT saved, with settings changed. */
const changed = (settings: object = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* fs.copy(ADAPTER, directory, { overwrite: true });
    const file = (yield* Path.Path).join(directory, "adapter_config.json");
    const json = JSON.parse(yield* fs.readFileString(file));
    yield* fs.writeFileString(file, JSON.stringify({ ...json, ...settings }));
    return directory;
  });

const weightsOf = (directory: string) => `${directory}/adapter_model.safetensors`;

test(
  "loadPrompt() reads what PEFT saved",
  effectTest(() =>
    Effect.gen(function* () {
      const prompt = yield* loadPrompt(ADAPTER, LLAMA);
      assert.equal([prompt.name, prompt.virtualTokens], ["peft_prompt", 4]);
      const file = `${vectors("llama")}/expected.safetensors`;
      const entry = (yield* readDirectory(file)).tensors.get("soft_prompt")!;
      const expected = yield* readTensor({ ...entry, dtype: "F32", name: "soft_prompt", file });
      assert.equal(prompt.vectors, expected);
    })
  ),
);

test(
  "savePrompt() writes the very files that PEFT does, but for its version",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const prompt = yield* loadPrompt(ADAPTER, LLAMA);
      const directory = `${yield* fs.makeTempDirectoryScoped()}/new/prompt`;
      yield* savePrompt(directory, prompt, { model: "llama", layers: 3, heads: 4, init: "RANDOM" });
      const json = (folder: string) =>
        Effect.map(fs.readFileString(`${folder}/adapter_config.json`), JSON.parse);
      const { peft_version: _, ...expected } = yield* json(ADAPTER);
      assert.equal(yield* json(directory), expected);
      assert.equal(
        yield* fs.readFile(weightsOf(directory)),
        yield* fs.readFile(weightsOf(ADAPTER)),
      );
      assert.is((yield* loadPrompt(directory, LLAMA)).hash, prompt.hash);
    })
  ),
);

test(
  "savePrompt() names text and tokenizer of a TEXT init, without which PEFT refuses to load",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* fs.makeTempDirectoryScoped();
      const vectors = new Float32Array(4);
      const prompt = new SoftPrompt({ name: "x", vectors, virtualTokens: 2 });
      yield* savePrompt(directory, prompt, {
        model: "m",
        layers: 1,
        heads: 1,
        init: "TEXT",
        initText: "think",
      });
      const json = JSON.parse(yield* fs.readFileString(`${directory}/adapter_config.json`));
      assert.equal(
        [json.prompt_tuning_init, json.prompt_tuning_init_text, json.tokenizer_name_or_path],
        ["TEXT", "think", "m"],
      );
    })
  ),
);

test(
  "loadPrompt() widens half precision, and passes over files of others",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* changed();
      const data = Float32Array.from({ length: 128 }, (_, i) => i / 8 - 3);
      yield* writeSafetensors(weightsOf(directory), [{
        name: "prompt_embeddings",
        shape: [4, 32],
        data,
      }], "F16");
      yield* fs.writeFileString(`${directory}/README.md`, "");
      assert.equal((yield* loadPrompt(directory, LLAMA)).vectors, data);
    })
  ),
);

const write = (name: string, shape: readonly number[], data: Float32Array) => (directory: string) =>
  writeSafetensors(weightsOf(directory), [{ name, shape, data }]);
const remove = (name: string) => (directory: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.remove(`${directory}/${name}`));
const infinite = new Float32Array(128);
infinite[70] = -Infinity;

const refused: readonly (readonly [
  string,
  object,
  (directory: string) => Effect.Effect<unknown, unknown, FileSystem.FileSystem>,
  string,
])[] = [
  [
    "another kind of adapter",
    { peft_type: "LORA", num_virtual_tokens: undefined },
    () => Effect.void,
    "its peft_type must be one of PROMPT_TUNING, P_TUNING, PREFIX_TUNING: found LORA (a LoRA is given as --adapter)",
  ],
  [
    "another task",
    { task_type: "SEQ_2_SEQ_LM" },
    () => Effect.void,
    "its task_type must be CAUSAL_LM: found SEQ_2_SEQ_LM",
  ],
  [
    "prompts for several parts of a model",
    { num_transformer_submodules: 2 },
    () => Effect.void,
    "its num_transformer_submodules must be 1: found 2",
  ],
  [
    "a config without a size",
    { num_virtual_tokens: undefined },
    () => Effect.void,
    "at num_virtual_tokens: is missing",
  ],
  [
    "another number of vectors",
    { num_virtual_tokens: 5 },
    () => Effect.void,
    "the shape of 'prompt_embeddings' must be [5, d]: found [4, 32]",
  ],
  [
    "a vector for a matrix",
    {},
    write("prompt_embeddings", [128], new Float32Array(128)),
    "the shape of 'prompt_embeddings' must be [4, d]: found [128]",
  ],
  [
    "another tensor",
    {},
    write("weight", [4, 32], new Float32Array(128)),
    "adapter_model.safetensors must hold 'prompt_embeddings': found weight",
  ],
  [
    "an infinite value",
    {},
    write("prompt_embeddings", [4, 32], infinite),
    "all values of 'prompt_embeddings' in adapter_model.safetensors must be finite: found -Infinity in vector 2",
  ],
  [
    "a missing config",
    {},
    remove("adapter_config.json"),
    "adapter_config.json' as there is no such file",
  ],
  [
    "missing vectors",
    {},
    remove("adapter_model.safetensors"),
    "adapter_model.safetensors' as there is no such file",
  ],
  [
    "vectors of an older PEFT",
    {},
    (directory) =>
      Effect.flatMap(
        FileSystem.FileSystem,
        (fs) => fs.rename(weightsOf(directory), `${directory}/adapter_model.bin`),
      ),
    "its vectors are in 'adapter_model.bin', which is not read: load it with PEFT and save it again",
  ],
  [
    "truncated vectors",
    {},
    (directory) =>
      Effect.flatMap(FileSystem.FileSystem, (fs) => fs.truncate(weightsOf(directory), 600)),
    "as it is truncated: its tensors end at byte 632, the file at 600",
  ],
];
for (const [title, settings, spoil, reason] of refused) {
  test(
    `loadPrompt() refuses ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* changed(settings);
        yield* Effect.orDie(spoil(directory));
        const error = yield* Effect.flip(loadPrompt(directory, LLAMA));
        assert.instance(error, PromptError);
        assert.ok(
          error.message.startsWith(`Cannot use the soft prompt '${directory}' as `),
          error.message,
        );
        assert.ok(error.message.includes(reason), error.message);
        assert.not.match(error.message, /\n/);
      })
    ),
  );
}

test(
  "loadPrompt() refuses a prompt that leaves no room for a text in the model's context",
  effectTest(() =>
    Effect.gen(function* () {
      assert.is((yield* loadPrompt(ADAPTER, { ...LLAMA, maxPositions: 20 })).virtualTokens, 4);
      const error = yield* Effect.flip(loadPrompt(ADAPTER, { ...LLAMA, maxPositions: 19 }));
      assert.instance(error, PromptError);
      assert.is(
        error.reason,
        "its 4 vectors leave 15 of the model's 19 positions for a text, which takes at least 16",
      );
    })
  ),
);

test(
  "loadPrompt() takes the hidden size and the context of a model instead of its config, as 0.1.0 did",
  effectTest(() =>
    Effect.gen(function* () {
      const { hash } = yield* loadPrompt(ADAPTER, LLAMA);
      assert.is((yield* loadPrompt(ADAPTER, 32)).hash, hash);
      const wide = yield* Effect.flip(loadPrompt(ADAPTER, 64));
      assert.match(wide.message, "the model's hidden size 64: found 32");
      const short = yield* Effect.flip(loadPrompt(ADAPTER, 32, 19));
      assert.match(short.message, "15 of the model's 19 positions");
    })
  ),
);

test(
  "loadPrompt() refuses a prompt of another model, and says of which",
  effectTest(() =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(loadPrompt(ADAPTER, { ...LLAMA, hiddenSize: 64 }));
      assert.is(
        error.message,
        `Cannot use the soft prompt '${ADAPTER}' as its vectors must have the model's hidden size 64: found 32; it was tuned on 'llama'`,
      );
    })
  ),
);

test(
  "savePrompt() says where it may not write",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const file = `${yield* fs.makeTempDirectoryScoped()}/file`;
      yield* fs.writeFileString(file, "");
      const vectors = new Float32Array(1);
      const prompt = new SoftPrompt({ name: "x", vectors, virtualTokens: 1 });
      const options = { model: "m", layers: 1, heads: 1, init: "RANDOM" } as const;
      const error = yield* Effect.flip(savePrompt(`${file}/prompt`, prompt, options));
      assert.match(error.message, `Cannot write '${file}/prompt' as `);
    })
  ),
);

test.run();
