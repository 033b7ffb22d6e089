/**
 * Soft prompts in the format of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { readDirectory, readTensor, writeSafetensors } from "../model/mod.ts";
import { type FileError, fileError, type Files, readJson, writeJson } from "../schema/files.ts";
import { escapesDirectory, Schema } from "../schema/mod.ts";
import { CALIBRATION_FILE } from "./calibration.ts";
import { checkRoom, PromptError, SoftPrompt } from "./soft_prompt.ts";

const CONFIG_FILE = "adapter_config.json";
const VECTORS_FILE = "adapter_model.safetensors";
/** As PEFT saved vectors until 2023: a pickle, which could run code. */
const PICKLED_FILE = "adapter_model.bin";
const VECTORS = "prompt_embeddings";

/** Kinds of adapters that are saved as vectors at the input; of P-tuning PEFT saves what its encoder makes, not the encoder. */
const KINDS = ["PROMPT_TUNING", "P_TUNING"];

const Kind = Schema.Struct({
  peft_type: Schema.String,
  task_type: Schema.optional(Schema.NullOr(Schema.String)),
});

const AdapterConfig = Schema.Struct({
  num_virtual_tokens: Schema.Int.pipe(Schema.positive()),
  num_transformer_submodules: Schema.optional(Schema.NullOr(Schema.Int)),
  base_model_name_or_path: Schema.optional(Schema.NullOr(Schema.String)),
});

/** What an adapter_config.json says besides sizes. */
export interface SaveOptions {
  /** Directory or name of the model that it was tuned for. */
  readonly model: string;
  /** The model's layers. */
  readonly layers: number;
  /** The model's attention heads. */
  readonly heads: number;
  /** How PEFT would call the first values. */
  readonly init: "RANDOM" | "SAMPLE_VOCAB" | "TEXT";
  /** The text of a TEXT init. */
  readonly initText?: string;
}

/**
 * Loads a prompt that PEFT or this library saved.
 *
 * @param hiddenSize d of the model it is for
 * @param maxPositions the model's context, of which a prompt must leave some to texts
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
 *   const { hiddenSize } = (yield* Checkpoint.open("data/model")).config;
 *   const { vectors, virtualTokens } = yield* loadPrompt("data/prompts/seed0", hiddenSize);
 *   assert.equal(vectors.length, virtualTokens * hiddenSize);
 * });
 * ```
 */
export function loadPrompt(
  directory: string,
  hiddenSize: number,
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
    const config = yield* readConfig(path.join(directory, CONFIG_FILE), refuse);
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
    if (shape[1] !== hiddenSize) {
      return yield* refuse(
        `its vectors must have the model's hidden size ${hiddenSize}: found ${shape[1]}` +
          (config.base_model_name_or_path
            ? `; it was tuned on '${config.base_model_name_or_path}'`
            : ""),
      );
    }
    yield* checkRoom(directory, virtualTokens, maxPositions);
    const vectors = yield* readTensor({ ...entry, dtype, name: VECTORS, file });
    const bad = vectors.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      return yield* refuse(
        `all values of '${VECTORS}' in ${VECTORS_FILE} must be finite: found ${
          vectors[bad]
        } in vector ${Math.floor(bad / hiddenSize)}`,
      );
    }
    const name = path.basename(path.resolve(directory));
    return new SoftPrompt({ name, vectors, virtualTokens });
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "PromptError" ? error : refuse(`it can't be read: ${error.message}`)
    ),
  );
}

/** The sizes, once it is known that the adapter is a soft prompt at the input of a decoder. */
function readConfig(file: string, refuse: (reason: string) => PromptError) {
  return Effect.gen(function* () {
    // an adapter of another kind lacks the sizes, so its kind is named first
    const { peft_type: kind, task_type: task } = yield* readJson(file, Kind);
    if (!KINDS.includes(kind)) {
      const hint = kind === "LORA" ? " (a LoRA is given as --adapter)" : "";
      return yield* refuse(`its peft_type must be ${KINDS.join(" or ")}: found ${kind}${hint}`);
    }
    if (task && task !== "CAUSAL_LM") {
      return yield* refuse(`its task_type must be CAUSAL_LM: found ${task}`);
    }
    const config = yield* readJson(file, AdapterConfig);
    const submodules = config.num_transformer_submodules ?? 1;
    if (submodules !== 1) {
      return yield* refuse(`its num_transformer_submodules must be 1: found ${submodules}`);
    }
    return config;
  });
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
 *   assert.deepEqual(yield* loadPrompt("prompts/random", 64), prompt);
 * });
 * ```
 */
export function savePrompt(
  directory: string,
  prompt: SoftPrompt,
  options: SaveOptions,
): Effect.Effect<void, FileError, Files> {
  const { vectors, virtualTokens } = prompt;
  const hiddenSize = vectors.length / virtualTokens;
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    yield* Effect.mapError(
      fs.makeDirectory(directory, { recursive: true }),
      fileError("write", directory),
    );
    yield* writeSafetensors(path.join(directory, VECTORS_FILE), [
      { name: VECTORS, shape: [virtualTokens, hiddenSize], data: vectors },
    ]);
    yield* writeJson(path.join(directory, CONFIG_FILE), {
      auto_mapping: null,
      base_model_name_or_path: options.model,
      inference_mode: true,
      modules_to_save: null,
      num_attention_heads: options.heads,
      num_layers: options.layers,
      num_transformer_submodules: 1,
      num_virtual_tokens: virtualTokens,
      peft_type: "PROMPT_TUNING",
      prompt_tuning_init: options.init,
      prompt_tuning_init_text: options.initText ?? null,
      revision: null,
      task_type: "CAUSAL_LM",
      token_dim: hiddenSize,
      tokenizer_kwargs: null,
      tokenizer_name_or_path: options.init === "TEXT" ? options.model : null,
    });
  });
}
