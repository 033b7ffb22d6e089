/**
 * The checkpoints of test/vectors with what PyTorch computes; their README says what each value is.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { readDirectory } from "../../lib/model/safetensors/read.ts";
import { readTensor } from "../../lib/model/safetensors/tensor_data.ts";
import { vector } from "./support.ts";

/** Their folders. */
export const CHECKPOINTS = [
  "llama_linear",
  "llama",
  "mistral",
  "qwen2",
  "qwen3",
  "llama_sharded_bf16",
  "llama_f16",
] as const;

/** Of the families beside Llama, two shapes of each, and of rotations that depend on a text's length (family_checkpoints.py). */
export const FAMILY_CHECKPOINTS = [
  "gemma2_a",
  "gemma2_b",
  "gemma3_a",
  "gemma3_b",
  "phi3_a",
  "phi3_b",
  "olmo2_a",
  "olmo2_b",
  "olmo3_a",
  "olmo3_b",
  "granite_a",
  "granite_b",
  "smollm3_a",
  "smollm3_b",
  "ministral_a",
  "ministral_b",
  "mistral_types",
  "qwen2_types",
  "qwen3_types",
  "llama_dynamic",
  "llama_longrope",
] as const;

/** A text with or without a soft prompt in front. */
export interface ExpectedCase {
  readonly loss: number;
  readonly greedy_ids: readonly number[];
}

/** `expected.json`. */
export interface Expected {
  readonly question_ids: readonly number[];
  readonly rationale_ids: readonly number[];
  readonly plain: ExpectedCase;
  readonly prompted: ExpectedCase;
  /** A question as the tokenizer of its kind reads it, the ids that it makes of it, and answers without and with the soft prompt. */
  readonly pipeline?: {
    readonly question: string;
    readonly ids: readonly number[];
    readonly plain: string;
    readonly prompted: string;
  };
  readonly batch: readonly { readonly prompt_ids: number[]; readonly ids: number[] }[];
}

/** A tensor of `expected.safetensors`. */
export interface ExpectedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Reads what is expected of a checkpoint. */
export const expectedOf = (name: string, folder: string = vector(name)) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const expected: Expected = JSON.parse(yield* fs.readFileString(`${folder}/expected.json`));
    const read = yield* tensorsOf(`${folder}/expected.safetensors`);
    return { ...expected, tensor: (key: string) => read.get(key)! };
  });

/** Reads all tensors of a file. */
export const tensorsOf = (file: string) =>
  Effect.gen(function* () {
    const { tensors } = yield* readDirectory(file);
    const read = new Map<string, ExpectedTensor>();
    for (const [key, entry] of tensors) {
      const data = yield* readTensor({ ...entry, name: key, file, dtype: "F32" });
      read.set(key, { shape: entry.shape, data });
    }
    return read;
  });
