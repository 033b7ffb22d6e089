import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { effectTest } from "../../support.ts";
import { copyOf, editJson, editWeights, failure } from "../support.ts";

const WEIGHTS = "model.safetensors";

/** A folder spoiled in one way, and what opening it must say. */
const refused: readonly (readonly [
  string,
  string,
  (directory: string) => Effect.Effect<unknown, unknown, FileSystem.FileSystem | Path.Path>,
  (directory: string) => string,
])[] = [
  [
    "a weight of another shape",
    "llama",
    (d) =>
      editWeights(
        d,
        (tensors) =>
          tensors.map((t) => t.name === "model.norm.weight" ? { ...t, shape: [4, 8] } : t),
      ),
    () => "Cannot load tensor 'model.norm.weight' as its shape must be [32]: found [4,8]",
  ],
  [
    "an absent weight",
    "llama",
    (d) => editWeights(d, (tensors) => tensors.filter(({ name }) => name !== "model.norm.weight")),
    () =>
      "Cannot load tensor 'model.norm.weight' as the checkpoint does not hold it though a llama decoder of 3 layers has it",
  ],
  [
    "weights without 'model.'",
    "llama",
    (d) =>
      editWeights(
        d,
        (tensors) => tensors.map((t) => ({ ...t, name: t.name.replace("model.", "") })),
      ),
    () =>
      "Cannot load tensor 'model.embed_tokens.weight' as the checkpoint does not hold it: found it without 'model.'; save the model with its head (a ForCausalLM class)",
  ],
  [
    "no output matrix",
    "llama",
    (d) => editWeights(d, (tensors) => tensors.filter(({ name }) => name !== "lm_head.weight")),
    () =>
      "Cannot load tensor 'lm_head.weight' as the checkpoint does not hold it and config.json does not set tie_word_embeddings",
  ],
  [
    "a truncated file",
    "llama",
    (d) => truncate(d, WEIGHTS),
    (d) =>
      `Cannot read '${d}/${WEIGHTS}' as it is truncated: its tensors end at byte 120656, the file at 120655; download it again`,
  ],
  [
    "a truncated shard",
    "llama_sharded_bf16",
    (d) => truncate(d, "model-00002-of-00003.safetensors"),
    (d) =>
      `Cannot read '${d}/model-00002-of-00003.safetensors' as it is truncated: its tensors end at byte 20080, the file at 20079; download it again`,
  ],
  [
    "a missing shard",
    "llama_sharded_bf16",
    (d) => remove(d, "model-00003-of-00003.safetensors"),
    (d) =>
      `Cannot open the model '${d}' as shard 'model-00003-of-00003.safetensors' is missing (1 of 3 are); download it again`,
  ],
  [
    "a shard elsewhere",
    "llama_sharded_bf16",
    (d) =>
      editJson(
        d,
        "model.safetensors.index.json",
        (json) => json.weight_map["lm_head.weight"] = "../x.safetensors",
      ),
    (d) =>
      `Cannot open the model '${d}' as its index may only name files beside it: found '../x.safetensors'`,
  ],
  [
    "an index that is wrong",
    "llama_sharded_bf16",
    (d) =>
      editJson(
        d,
        "model.safetensors.index.json",
        (json) => json.weight_map["model.norm.weight"] = "model-00001-of-00003.safetensors",
      ),
    () =>
      "Cannot load tensor 'model.norm.weight' as the index places it in 'model-00001-of-00003.safetensors', which does not hold it",
  ],
  [
    "an index without a map",
    "llama_sharded_bf16",
    (d) => editJson(d, "model.safetensors.index.json", (json) => delete json.weight_map),
    (d) =>
      `Cannot read '${d}/model.safetensors.index.json' as its content is wrong at weight_map: is missing`,
  ],
  [
    "no weights",
    "llama",
    (d) => remove(d, WEIGHTS),
    (d) =>
      `Cannot open the model '${d}' as it holds neither model.safetensors nor model.safetensors.index.json`,
  ],
  [
    "weights of PyTorch",
    "llama",
    (d) => rename(d, WEIGHTS, "pytorch_model.bin"),
    (d) =>
      `Cannot open the model '${d}' as it holds neither model.safetensors nor model.safetensors.index.json: found 'pytorch_model.bin', which could run as a program and is not read; convert it where you trust it: python -c "from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; M.from_pretrained('${d}').save_pretrained('OUT')`,
  ],
  ...([
    [
      "adapter_model.bin",
      "it holds an adapter ('adapter_model.bin'), not a model: give the folder",
    ],
    ["adapter_config.json", "it holds an adapter ('adapter_config.json'), not a model: give the"],
    ["consolidated.safetensors", "it holds 'consolidated.safetensors', the publisher's own form: "],
    ["consolidated.00.pth", "it holds 'consolidated.00.pth', the publisher's own form: take"],
    [
      "pytorch_model-00001-of-00002.bin",
      "it holds neither model.safetensors nor model.safetensors",
    ],
    [
      "tf_model.h5",
      "it holds neither model.safetensors nor model.safetensors.index.json: found 'tf_",
    ],
    ["model.onnx", "it holds a graph ('model.onnx'), not a checkpoint as transformers saves it"],
  ] as const).map(([name, says]) =>
    [
      `a folder with ${name} alone`,
      "llama",
      (d: string) =>
        Effect.zipRight(rename(d, WEIGHTS, name), Effect.ignore(remove(d, "config.json"))),
      (d: string) => `Cannot open the model '${d}' as ${says}`,
    ] as const
  ),
  [
    "no config",
    "llama",
    (d) => remove(d, "config.json"),
    (d) => `Cannot read '${d}/config.json' as there is no such file`,
  ],
  [
    "an unknown architecture",
    "llama",
    (d) =>
      editJson(
        d,
        "config.json",
        (json) => json.num_experts = json.architectures = ["Qwen3MoeForCausalLM"],
      ),
    (d) =>
      `Cannot use the model of '${d}/config.json' as it is a mixture of experts: found Qwen3MoeForCausalLM of type llama`,
  ],
  [
    "a config that is no JSON",
    "llama",
    (d) => truncate(d, "config.json", 40),
    (d) => `Cannot read '${d}/config.json' as it is not valid JSON: `,
  ],
];
for (const [title, name, spoil, message] of refused) {
  test(
    `open() refuses ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* copyOf(name);
        yield* Effect.orDie(spoil(directory));
        const error = yield* failure(Checkpoint.open(directory));
        assert.is(error.message.slice(0, message(directory).length), message(directory));
      })
    ),
  );
}

test(
  "open() refuses files that are links out of the directory, and follows a link to the directory",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const path = yield* Path.Path;
      const real = yield* copyOf("llama");
      const folder = path.join(yield* fs.makeTempDirectoryScoped(), "linked");
      yield* fs.symlink(real, folder);
      yield* Checkpoint.open(folder);
      for (const name of ["config.json", WEIGHTS, "tokenizer.json"]) {
        const spoiled = yield* copyOf("llama");
        yield* fs.remove(path.join(spoiled, name), { force: true });
        yield* fs.symlink(path.join(real, "config.json"), path.join(spoiled, name));
        const { message } = yield* failure(Checkpoint.open(spoiled));
        assert.ok(
          message.startsWith(
            `Cannot open the model '${spoiled}' as its '${name}' is a link that leaves it: `,
          ),
        );
      }
    })
  ),
);

test(
  "open() refuses a shard that is a link out of the directory, whatever the index calls it",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const path = yield* Path.Path;
      const elsewhere = yield* copyOf("llama");
      const directory = yield* copyOf("llama");
      const { tensors } = yield* Checkpoint.open(directory);
      const map = Object.fromEntries([...tensors.keys()].map((name) => [name, "shard.data"]));
      yield* fs.remove(path.join(directory, WEIGHTS));
      yield* fs.writeFileString(
        path.join(directory, `${WEIGHTS}.index.json`),
        JSON.stringify({ weight_map: map }),
      );
      yield* fs.symlink(path.join(elsewhere, WEIGHTS), path.join(directory, "shard.data"));
      const { message } = yield* failure(Checkpoint.open(directory));
      assert.match(message, /as its 'shard\.data' is a link that leaves it: /);
    })
  ),
);

test(
  "open() refuses a directory that is not there",
  effectTest(() =>
    Effect.gen(function* () {
      const error = yield* failure(Checkpoint.open("/nowhere/model"));
      assert.is(
        error.message,
        "Cannot open the model '/nowhere/model' as there is no such directory",
      );
    })
  ),
);

test(
  "open() refuses weights that are not floating-point",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* copyOf("llama");
      const file = (yield* Path.Path).join(directory, WEIGHTS);
      const bytes = yield* fs.readFile(file);
      const header = new TextDecoder("latin1").decode(bytes);
      bytes.set(new TextEncoder().encode("I32"), header.indexOf("F32"));
      yield* fs.writeFile(file, bytes);
      const error = yield* failure(Checkpoint.open(directory));
      assert.match(
        error.message,
        /^Cannot load tensor '.*' as it must be F32, F16 or BF16: found I32$/,
      );
    })
  ),
);

const at = <A, E, R>(
  directory: string,
  name: string,
  use: (fs: FileSystem.FileSystem, file: string) => Effect.Effect<A, E, R>,
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    return yield* use(fs, (yield* Path.Path).join(directory, name));
  });

/** Cuts bytes off the end. */
const truncate = (directory: string, name: string, bytes = 1) =>
  at(
    directory,
    name,
    (fs, file) =>
      Effect.flatMap(fs.stat(file), ({ size }) => fs.truncate(file, Number(size) - bytes)),
  );

const remove = (directory: string, name: string) =>
  at(directory, name, (fs, file) => fs.remove(file));

const rename = (directory: string, from: string, to: string) =>
  at(directory, from, (fs, file) => fs.rename(file, file.replace(from, to)));

test.run();
