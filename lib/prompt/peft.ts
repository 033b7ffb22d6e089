/**
 * Soft prompts in the format of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { readDirectory, readTensor, writeSafetensors } from "../model/mod.ts";
import { type FileError, fileError, type Files, writeJson } from "../schema/files.ts";
import { escapesDirectory } from "../schema/mod.ts";
import { CALIBRATION_FILE } from "./calibration.ts";
import { configOf, otherModel, readConfig, type SaveOptions } from "./peft_config.ts";
import {
  checkRoom,
  PromptError,
  type PromptSizes,
  promptWidth,
  SoftPrompt,
} from "./soft_prompt.ts";

const CONFIG_FILE = "adapter_config.json";
const VECTORS_FILE = "adapter_model.safetensors";
/** As PEFT saved vectors until 2023: a pickle, which could run code. */
const PICKLED_FILE = "adapter_model.bin";
const VECTORS = "prompt_embeddings";

/** The model that a prompt is loaded for, such as the config of a checkpoint. */
export interface PromptedModel extends PromptSizes {
  /** Its context, of which a prompt must leave some to texts; not checked by default. */
  readonly maxPositions?: number;
}

/**
 * Loads a prompt that PEFT or this library saved.
 *
 * @param model that it is for; of prompts at the input its hidden size is enough
 * @param maxPositions the context of a model of which the hidden size alone is given
 * @returns the prompt, called as the last folder of its path; fails with {@linkcode PromptError} that names what is wrong
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Checkpoint } from "dynamic-prompt-corruption/model";
 * import { loadPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const { config } = yield* Checkpoint.open("data/model");
 *   const { vectors, virtualTokens } = yield* loadPrompt("data/prompts/seed0", config);
 *   assert.equal(vectors.length, virtualTokens * config.hiddenSize);
 * });
 * ```
 */
export function loadPrompt(
  directory: string,
  model: PromptedModel | number,
  maxPositions: number = Infinity,
): Effect.Effect<SoftPrompt, PromptError, Files> {
  const refuse = (reason: string) => new PromptError({ directory, reason });
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    for (const name of [CONFIG_FILE, VECTORS_FILE, CALIBRATION_FILE]) {
      if (yield* escapesDirectory(directory, name)) {
        return yield* refuse(`its '${name}' is a link that leaves it`);
      }
    }
    const { method, config } = yield* readConfig(path.join(directory, CONFIG_FILE), refuse);
    if (typeof model === "number" && method === "prefix") {
      return yield* refuse(
        "it is a prefix, for which the hidden size is not enough: give the model's config",
      );
    }
    const sizes: PromptedModel = typeof model === "number"
      ? { hiddenSize: model, layers: 0, kvHeads: 0, headDim: 0, maxPositions }
      : model;
    const file = path.join(directory, VECTORS_FILE);
    const fs = yield* FileSystem.FileSystem;
    const has = (name: string) =>
      Effect.orElseSucceed(fs.exists(path.join(directory, name)), () => false);
    if (!(yield* has(VECTORS_FILE)) && (yield* has(PICKLED_FILE))) {
      return yield* refuse(
        `its vectors are in '${PICKLED_FILE}', which is not read: load it with PEFT and save it ` +
          "again, which writes safetensors",
      );
    }
    const { tensors } = yield* readDirectory(file);
    const entry = tensors.get(VECTORS);
    if (entry === undefined) {
      return yield* refuse(
        `${VECTORS_FILE} must hold '${VECTORS}': found ${[...tensors.keys()].join(", ") || "none"}`,
      );
    }
    const { dtype, shape } = entry;
    if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
      return yield* refuse(`'${VECTORS}' must be F32, F16 or BF16: found ${dtype}`);
    }
    const virtualTokens = config.num_virtual_tokens;
    if (shape.length !== 2 || shape[0] !== virtualTokens) {
      return yield* refuse(
        `the shape of '${VECTORS}' must be [${virtualTokens}, d]: found [${shape.join(", ")}]`,
      );
    }
    const width = promptWidth(sizes, method);
    const other = otherModel(sizes, method, config, shape[1]!);
    if (other !== undefined) {
      const base = config.base_model_name_or_path;
      return yield* refuse(base ? `${other}; it was tuned on '${base}'` : other);
    }
    yield* checkRoom(directory, virtualTokens, sizes.maxPositions ?? Infinity);
    const vectors = yield* readTensor({ ...entry, dtype, name: VECTORS, file });
    const bad = vectors.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      return yield* refuse(
        `all values of '${VECTORS}' in ${VECTORS_FILE} must be finite: found ${
          vectors[bad]
        } in vector ${Math.floor(bad / width)}`,
      );
    }
    const name = path.basename(path.resolve(directory));
    return new SoftPrompt({ name, method, vectors, virtualTokens });
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "PromptError" ? error : refuse(`it can't be read: ${error.message}`)
    ),
  );
}

/**
 * Saves a prompt so that PEFT loads it.
 *
 * @param directory made if it is missing
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { loadPrompt, randomVectors, savePrompt, SoftPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const vectors = randomVectors(10, 64, 0);
 *   const prompt = new SoftPrompt({ name: "random", vectors, virtualTokens: 10 });
 *   const model = { model: "models/own", layers: 8, heads: 4 };
 *   yield* savePrompt("prompts/random", prompt, { ...model, init: "RANDOM" });
 *   assert.deepEqual(yield* loadPrompt("prompts/random", { hiddenSize: 64, layers: 8, kvHeads: 4, headDim: 16 }), prompt);
 * });
 * ```
 */
export function savePrompt(
  directory: string,
  prompt: SoftPrompt,
  options: SaveOptions,
): Effect.Effect<void, FileError, Files> {
  const { vectors, virtualTokens } = prompt;
  const width = vectors.length / virtualTokens;
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    yield* Effect.mapError(
      fs.makeDirectory(directory, { recursive: true }),
      fileError("write", directory),
    );
    yield* writeSafetensors(path.join(directory, VECTORS_FILE), [
      { name: VECTORS, shape: [virtualTokens, width], data: vectors },
    ]);
    yield* writeJson(path.join(directory, CONFIG_FILE), configOf(prompt, options));
  });
}
