/**
 * A new model in Hugging Face's form: what its config.json says, and its weights.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Effect, Either } from "effect";
import { type FileError, type Files, writeJson } from "../../schema/files.ts";
import { checkFinite, open, type OpenError, tensor } from "../checkpoint/mod.ts";
import { type NonFiniteError, writeSafetensors } from "../safetensors/mod.ts";
import { type DecoderConfig, parseConfig } from "../checkpoint/mod.ts";
import { countOf, type Parameters, parametersOf, viewOf } from "./parameters.ts";
import { TrainingError } from "./trainer.ts";

/** The shape of a new Llama with tied embeddings. */
export interface ModelShape {
  /** Rows of the embedding. */
  readonly vocabSize: number;
  /** Width of the model. */
  readonly hiddenSize: number;
  /** Number of layers. */
  readonly layers: number;
  /** Query heads; divides `hiddenSize`. */
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Width of the feed-forward layers. */
  readonly intermediateSize: number;
  /** Most positions. */
  readonly maxPositions: number;
  /** Ends a text; also what transformers pads with. */
  readonly eosId: number;
}

/** Standard deviation of the first weights. */
export const INITIALIZER_RANGE = 0.02;

/** How weights are stored. */
export type StoredDtype = "F32" | "F16";

/** A model that is to be trained. */
export interface NewModel {
  /** The content of config.json. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The decoder. */
  readonly config: DecoderConfig;
  /** Its weights. */
  readonly parameters: Parameters;
}

/**
 * Describes a new model.
 *
 * @param dtype how its weights will be stored
 * @returns the model, or {@linkcode TrainingError} when there is none of such a shape
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { countOf, newModel } from "dynamic-prompt-corruption/model/training";
 *
 * const { config, parameters } = Either.getOrThrow(newModel({
 *   vocabSize: 100,
 *   hiddenSize: 32,
 *   layers: 2,
 *   heads: 4,
 *   kvHeads: 2,
 *   intermediateSize: 64,
 *   maxPositions: 128,
 *   eosId: 0,
 * }, "F32"));
 * assert.equal(config.headDim, 8);
 * assert.ok(countOf(parameters) > 100 * 32);
 * ```
 */
export function newModel(
  shape: ModelShape,
  dtype: StoredDtype,
): Either.Either<NewModel, TrainingError> {
  const { hiddenSize, heads } = shape;
  const refuse = (reason: string) =>
    new TrainingError({ reason: `Cannot make the model as ${reason}` });
  if (hiddenSize % heads !== 0) {
    const found = `found ${hiddenSize} and ${heads}`;
    return Either.left(refuse(`its heads must divide the size of its hidden states: ${found}`));
  }
  const json = configJson(shape, dtype);
  return Either.mapBoth(parseConfig(json), {
    onLeft: refuse,
    onRight: (config) => ({ json, config, parameters: parametersOf(config) }),
  });
}

function configJson(shape: ModelShape, dtype: StoredDtype): Record<string, unknown> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: shape.vocabSize,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.hiddenSize / shape.heads,
    max_position_embeddings: shape.maxPositions,
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    tie_word_embeddings: true,
    initializer_range: INITIALIZER_RANGE,
    bos_token_id: null,
    eos_token_id: shape.eosId,
    pad_token_id: shape.eosId,
    torch_dtype: dtype === "F32" ? "float32" : "float16",
    use_cache: true,
  };
}

/**
 * Reads the weights of a checkpoint, to train them further.
 *
 * @param directory a checkpoint of the shape that is trained
 * @param parameters the weights, in their order
 * @returns all weights, flat; fails with {@linkcode TrainingError} where the checkpoint has another shape
 */
export function loadWeights(
  directory: string,
  parameters: Parameters,
): Effect.Effect<Float32Array, TrainingError | NonFiniteError | OpenError, Files> {
  return Effect.gen(function* () {
    const checkpoint = yield* open(directory);
    yield* checkFinite(checkpoint);
    const refuse = (reason: string) =>
      new TrainingError({ reason: `Cannot train '${directory}' further as ${reason}` });
    const known = new Set(parameters.map(({ name }) => name));
    const more = [...checkpoint.tensors.keys()].find((name) => !known.has(name));
    if (more !== undefined) return yield* refuse(`the options make no model with its '${more}'`);
    const flat = new Float32Array(countOf(parameters));
    for (const parameter of parameters) {
      const { name, shape } = parameter;
      const found = checkpoint.tensors.get(name)?.shape;
      if (String(found) !== String(shape)) {
        const what = found === undefined ? "none" : `[${found}]`;
        return yield* refuse(
          `its tensor '${name}' must be [${shape}] by the options: found ${what}`,
        );
      }
      viewOf(parameter, flat).set(yield* tensor(checkpoint, name));
    }
    return flat;
  });
}

/** What {@linkcode saveModel} stores. */
export interface SaveOptions {
  /** All weights, flat. */
  readonly weights: Float32Array;
  /** How the weights are stored. */
  readonly dtype: StoredDtype;
}

/**
 * Writes config.json, generation_config.json and model.safetensors, each in one step.
 *
 * @param directory an existing one
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { FileSystem } from "@effect/platform";
 * import { Effect } from "effect";
 * import { Checkpoint } from "dynamic-prompt-corruption/model";
 * import { INITIALIZER_RANGE, initialWeights, newModel, saveModel } from "dynamic-prompt-corruption/model/training";
 *
 * export const program = Effect.gen(function* () {
 *   const model = yield* newModel({
 *     vocabSize: 100,
 *     hiddenSize: 32,
 *     layers: 2,
 *     heads: 4,
 *     kvHeads: 2,
 *     intermediateSize: 64,
 *     maxPositions: 128,
 *     eosId: 0,
 *   }, "F16");
 *   const weights = initialWeights(model.parameters, { seed: 0, range: INITIALIZER_RANGE });
 *   yield* (yield* FileSystem.FileSystem).makeDirectory("models/new", { recursive: true });
 *   yield* saveModel("models/new", model, { weights, dtype: "F16" });
 *   assert.equal((yield* Checkpoint.open("models/new")).config.layers, 2);
 * });
 * ```
 */
export function saveModel(
  directory: string,
  { json, parameters }: NewModel,
  { weights, dtype }: SaveOptions,
): Effect.Effect<void, FileError, Files> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    yield* writeJson(path.join(directory, "config.json"), json);
    yield* writeJson(path.join(directory, "generation_config.json"), {
      do_sample: false,
      eos_token_id: json["eos_token_id"],
      pad_token_id: json["pad_token_id"],
    });
    const tensors = parameters.map((parameter) => ({
      name: parameter.name,
      shape: parameter.shape,
      data: viewOf(parameter, weights),
    }));
    yield* writeSafetensors(path.join(directory, "model.safetensors"), tensors, dtype);
  });
}
