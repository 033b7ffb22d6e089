/**
 * What the keys of a GGUF file say of a decoder, as the config.json of the same model.
 *
 * @module
 */
import { Either } from "effect";
import type { GgufHeader, Metadata } from "./header.ts";
import { llama3Scaling } from "./rope_freqs.ts";

/** Architectures that are read: their class in transformers, and whether llama.cpp keeps the rows of queries and keys in another order. */
export const ARCHITECTURES: Readonly<
  Record<string, { readonly architecture: string; readonly interleaved: boolean }>
> = {
  llama: { architecture: "LlamaForCausalLM", interleaved: true },
  qwen2: { architecture: "Qwen2ForCausalLM", interleaved: false },
  qwen3: { architecture: "Qwen3ForCausalLM", interleaved: false },
};

/** Keys after `ARCHITECTURE.` by what config.json calls them. */
const RENAMED: Readonly<Record<string, string>> = {
  context_length: "max_position_embeddings",
  embedding_length: "hidden_size",
  block_count: "num_hidden_layers",
  feed_forward_length: "intermediate_size",
  "attention.head_count": "num_attention_heads",
  "attention.head_count_kv": "num_key_value_heads",
  "attention.key_length": "head_dim",
  "attention.layer_norm_rms_epsilon": "rms_norm_eps",
  "rope.freq_base": "rope_theta",
};

/** Keys that are computed with otherwise, or say what the tensors say. */
const OTHERS: ReadonlySet<string> = new Set([
  "vocab_size",
  "tensor_data_layout",
  "rope.scaling.type",
  "rope.scaling.factor",
  "rope.scaling.original_context_length",
  "rope.scaling.finetuned",
]);

/** Keys that must have one value where they are there: another one is of a model that is not computed so here. */
function onlyValue(key: string, config: Readonly<Record<string, unknown>>): unknown {
  switch (key) {
    case "rope.dimension_count":
    case "attention.value_length":
      return config["head_dim"];
    case "attention.causal":
      return true;
    case "expert_count":
    case "expert_used_count":
      return 0;
    case "rope.scaling.attn_factor":
    case "rope.scale_linear":
      return 1;
    default:
      return undefined;
  }
}

/** The content of config.json, or the reason why the model can't be used, completing "Cannot use 'file' as ...". */
export function configOf(
  { metadata, tensors }: GgufHeader,
  ropeFreqs: Float32Array | undefined,
): Either.Either<Readonly<Record<string, unknown>>, string> {
  return Either.gen(function* () {
    const name = String(metadata["general.architecture"]);
    if (!Object.hasOwn(ARCHITECTURES, name)) {
      const known = Object.keys(ARCHITECTURES).join(", ");
      return yield* Either.left(`its architecture must be one of ${known}: found ${name}`);
    }
    const keys = ofArchitecture(metadata, name);
    const config: Record<string, unknown> = {};
    for (const [key, renamed] of Object.entries(RENAMED)) {
      if (keys.has(key)) config[renamed] = keys.get(key);
    }
    config["head_dim"] ??= keys.get("rope.dimension_count") ??
      Number(config["hidden_size"]) / Number(config["num_attention_heads"]);
    const window = keys.get("attention.sliding_window");
    for (const [key, value] of keys) {
      if (Object.hasOwn(RENAMED, key) || OTHERS.has(key)) continue;
      const only =
        key === "attention.sliding_window" && Number(window) >= Number(keys.get("context_length"))
          ? window
          : onlyValue(key, config);
      if (only === undefined) {
        return yield* Either.left(`its '${name}.${key}' is of a model that is not computed here`);
      }
      if (value !== only) {
        return yield* Either.left(`'${name}.${key}' must be ${only}: found ${value}`);
      }
    }
    const { rope_theta, ...sizes } = config;
    return {
      architectures: [ARCHITECTURES[name]!.architecture],
      model_type: name,
      vocab_size: tensors.get("token_embd.weight")?.shape[0],
      ...sizes,
      rope_parameters: {
        rope_theta,
        ...(yield* scalingOf(keys, ropeFreqs, config)),
      },
      tie_word_embeddings: !tensors.has("output.weight"),
      ...(name === "qwen2" ? {} : { attention_bias: tensors.has("blk.0.attn_q.bias") }),
      ...idsOf(metadata),
    };
  });
}

/** What a file says under an architecture's name. */
const ofArchitecture = (metadata: Metadata, name: string): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(metadata).filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, value]) => [key.slice(name.length + 1), value]),
  );

/** How positions are scaled: by keys, or by the factors of Llama 3.1 as a tensor. */
function scalingOf(
  keys: ReadonlyMap<string, unknown>,
  ropeFreqs: Float32Array | undefined,
  config: Readonly<Record<string, unknown>>,
): Either.Either<object, string> {
  if (ropeFreqs !== undefined) {
    const scaling = llama3Scaling(ropeFreqs, Number(config["rope_theta"] ?? 10_000));
    return scaling === undefined
      ? Either.left("its rope_freqs.weight is not of a scaling that is known here (llama3)")
      : Either.right(scaling);
  }
  const type = keys.get("rope.scaling.type") ?? "none";
  const original = keys.get("rope.scaling.original_context_length");
  return Either.right(
    type === "none" ? { rope_type: "default" } : {
      rope_type: type,
      factor: keys.get("rope.scaling.factor"),
      ...(original === undefined ? {} : { original_max_position_embeddings: original }),
    },
  );
}

/** The ids that begin and end a text; llama.cpp ends an answer at the end of a turn too. */
function idsOf(metadata: Metadata): object {
  const id = (name: string) => metadata[`tokenizer.ggml.${name}_token_id`];
  const ends = new Set([id("eos"), id("eot")].filter((each) => each !== undefined));
  return { bos_token_id: id("bos") ?? null, eos_token_id: [...ends] };
}
