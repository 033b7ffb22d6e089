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
    const file = `${folder}/expected.safetensors`;
    const { tensors } = yield* readDirectory(file);
    const read = new Map<string, ExpectedTensor>();
    for (const [key, entry] of tensors) {
      const data = yield* readTensor({ ...entry, name: key, file, dtype: "F32" });
      read.set(key, { shape: entry.shape, data });
    }
    return { ...expected, tensor: (key: string) => read.get(key)! };
  });
