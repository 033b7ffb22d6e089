/**
 * Files that several suites need: a tiny random checkpoint that reads word problems, and questions for it.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { PCGRandom } from "effect/Utils";
import { expectedTensors } from "../lib/model/checkpoint/expected_tensors.ts";
import { readConfig } from "../lib/model/checkpoint/config.ts";
import { writeSafetensors } from "../lib/model/safetensors/write.ts";
import { writeJson } from "../lib/schema/files.ts";
import { tokenizerFiles, vocabulary } from "../lib/task/word_problems/mod.ts";
import { SoftPrompt } from "../lib/prompt/mod.ts";

/** Hidden size of {@linkcode tinyModel}. */
export const TINY_HIDDEN = 16;

/** What decides how large a prompt for {@linkcode tinyModel} is. */
export const TINY_SIZES = { hiddenSize: TINY_HIDDEN, layers: 2, kvHeads: 1, headDim: 8 };

/** Writes a random Llama of two layers with the word problems' tokenizer; its answers are babble, but always the same. */
export function tinyModel(directory: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    yield* fs.makeDirectory(directory, { recursive: true });
    yield* writeJson(path.join(directory, "config.json"), {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: vocabulary().length,
      hidden_size: TINY_HIDDEN,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      rms_norm_eps: 1e-5,
      max_position_embeddings: 512,
      tie_word_embeddings: true,
      eos_token_id: 0,
    });
    for (const [name, content] of Object.entries(tokenizerFiles())) {
      yield* writeJson(path.join(directory, name), content);
    }
    const config = yield* readConfig(directory);
    const random = new PCGRandom(1);
    const tensors = [...expectedTensors(config)].map(([name, shape]) => ({
      name,
      shape,
      data: Float32Array.from(
        { length: shape.reduce((product, n) => product * n, 1) },
        () => name.endsWith("norm.weight") ? 1 : random.number() - 0.5,
      ),
    }));
    yield* writeSafetensors(path.join(directory, "model.safetensors"), tensors);
    return config;
  });
}

/** Writes a dataset of n questions in the format of GSM8K. */
export function tinyDataset(file: string, n: number) {
  return Effect.flatMap(FileSystem.FileSystem, (fs) => {
    const rows = Array.from({ length: n }, (_, i) => ({
      question: `Tom has ${i + 1} apples. Ana gives Tom ${
        i % 7
      } apples. How many apples does Tom have?`,
      answer: `${i + 1}+${i % 7}=${i + 1 + i % 7}\n#### ${i + 1 + i % 7}`,
      kind: i % 2 === 0 ? "clean" : "distracting",
      steps: 1,
    }));
    return fs.writeFileString(file, rows.map((row) => JSON.stringify(row)).join("\n") + "\n");
  });
}

/** A soft prompt of n vectors for {@linkcode tinyModel}. */
export function tinyPrompt(n: number, seed: number, name: string = `seed${seed}`): SoftPrompt {
  const random = new PCGRandom(seed);
  const vectors = Float32Array.from({ length: n * TINY_HIDDEN }, () => random.number() - 0.5);
  return new SoftPrompt({ name, vectors, virtualTokens: n });
}
