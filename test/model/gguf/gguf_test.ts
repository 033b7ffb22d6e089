import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FORMATS } from "../../../lib/model/gguf/blocks.ts";
import { readHeader } from "../../../lib/model/gguf/header.ts";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { readDirectory, readTensor } from "../../../lib/model/safetensors/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { DAMAGES } from "../../damages.ts";
import { effectTest, shared } from "../../support.ts";
import { failure, vector } from "../support.ts";

const test = suite("gguf");

/** A cache of weights of its own for the suite. */
const cache = shared(
  test,
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    return env["DPC_CACHE"] = yield* fs.makeTempDirectoryScoped();
  }),
);

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) =>
  new Uint32Array(buffer, byteOffset, length);

test(
  "every format is read bit for bit as Python's gguf reads it",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const file = vector("gguf/blocks.gguf");
      const { tensors } = yield* readHeader(file);
      const bytes = yield* fs.readFile(file);
      const expected = vector("gguf/blocks.safetensors");
      const directory = yield* readDirectory(expected);
      assert.equal(
        [...tensors.keys()].sort(),
        [...FORMATS.values()].map(({ name }) => name).sort(),
      );
      for (const { name, format, offset, length, shape } of tensors.values()) {
        const numbers = new Float32Array(shape[0]! * shape[1]!);
        format.decode(bytes.slice(offset, offset + length), numbers);
        const entry = directory.tensors.get(name)!;
        const same = yield* readTensor({ ...entry, name, file: expected, dtype: "F32" });
        assert.equal(bitsOf(numbers), bitsOf(same), name);
      }
    })
  ),
);

for (const name of ["llama", "qwen2", "qwen3"]) {
  test(
    `open() of ${name}.gguf gives the checkpoint that it was made of`,
    effectTest(() =>
      Effect.gen(function* () {
        const [made, original] = yield* Effect.all([
          Checkpoint.open(vector(`gguf/${name}.gguf`)),
          Checkpoint.open(vector(name)),
        ]);
        assert.ok(made.directory.startsWith(yield* cache));
        const { rmsNormEps, ...config } = made.config;
        const { rmsNormEps: originalEps, ...originalConfig } = original.config;
        assert.equal(config, originalConfig);
        // float32 in the file
        assert.is(rmsNormEps, Math.fround(originalEps));
        assert.equal([...made.tensors.keys()], [...original.tensors.keys()]);
        for (const tensor of original.tensors.keys()) {
          const found = yield* Checkpoint.tensor(made, tensor);
          assert.equal(found, yield* Checkpoint.tensor(original, tensor), tensor);
        }
        const tokenizer = yield* load(made.directory);
        const bos = name === "llama" ? [1] : [];
        assert.equal(tokenizer.encode("app<|end|>"), [
          ...bos,
          ...tokenizer.encode("app", { addSpecialTokens: false }),
          95,
        ]);
        assert.is(tokenizer.chat?.template, "{{ messages[0]['content'] }}");
      })
    ),
  );
}

/** A file of its own with some bytes of a vector changed. */
const changed = (change: (bytes: Uint8Array) => Uint8Array, name = "qwen2") =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = `${yield* fs.makeTempDirectoryScoped()}/model.gguf`;
    yield* fs.writeFile(file, change(yield* fs.readFile(vector(`gguf/${name}.gguf`))));
    return file;
  });

/** Replaces the first such text behind another one, by one of the same length. */
const replaced = (text: string, by: string, behind = "GGUF") => (bytes: Uint8Array): Uint8Array => {
  const buffer = Buffer.from(bytes);
  const at = buffer.indexOf(text, buffer.indexOf(behind));
  assert.ok(at > 0 && text.length === by.length, text);
  buffer.write(by, at);
  return buffer;
};

const REFUSED: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp])[] = [
  [
    "another architecture",
    replaced("qwen2", "gemma", "general.architecture"),
    /its architecture must be one of llama, qwen2, qwen3: found gemma/,
  ],
  [
    "a key that is not known",
    replaced("qwen2.vocab_size", "qwen2.vocab_salt"),
    /its 'qwen2\.vocab_salt' is of a model that is not computed here/,
  ],
  [
    "a split of texts that is not known",
    replaced("qwen2", "qwen9", "tokenizer.ggml.pre"),
    /must split texts as gpt-2, smollm, .*found qwen9/,
  ],
  [
    "a tokenizer of another kind",
    replaced("gpt2", "bert", "tokenizer.ggml.model"),
    /its tokenizer must be gpt2 or llama: found bert/,
  ],
  [
    "a tensor that no decoder has",
    replaced("blk.0.ffn_up.weight", "blk.0.ffn_gu.weight"),
    /has the tensor 'blk\.0\.ffn_gu\.weight'/,
  ],
  [
    "a file that is cut in its numbers",
    (bytes) => bytes.slice(0, -1),
    /truncated: tensor '.*' ends beyond its \d+ bytes/,
  ],
  ["a file that is cut in its header", (bytes) => bytes.slice(0, 2000), /truncated/],
  [
    "no GGUF at all",
    () => new TextEncoder().encode("GGML and nothing else"),
    /its header is wrong: not a valid gguf file/,
  ],
];

for (const [what, change, message] of REFUSED) {
  test(
    `open() refuses ${what}`,
    effectTest(() =>
      Effect.gen(function* () {
        const error = yield* failure(Checkpoint.open(yield* changed(change)));
        assert.is(error._tag, "GgufError");
        assert.match(error.message, message);
      })
    ),
  );
}

test(
  "open() makes each file of its folder anew that is damaged",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const open = Checkpoint.open(vector("gguf/qwen3.gguf"));
      const { directory } = yield* open;
      const names = yield* fs.readDirectory(directory);
      assert.ok(names.includes("tokenizer.json") && names.includes("config.json"));
      for (const name of names.filter((name) => !name.endsWith(".digest.json"))) {
        const file = `${directory}/${name}`;
        const content = yield* fs.readFile(file);
        for (const [damage, change] of Object.entries(DAMAGES)) {
          const damaged = change(content);
          if (damaged === undefined) yield* fs.remove(file);
          else yield* fs.writeFile(file, damaged);
          assert.is((yield* open).directory, directory);
          assert.equal(yield* fs.readFile(file), content, `${name} ${damage}`);
        }
      }
    }), 120),
);

test.run();
