/**
 * The supported families, one row each: what their config.json leaves out, and what their decoder does otherwise than a plain
 * Llama's. As in transformers' configuration_*.py and modeling_*.py.
 *
 * @module
 */
import type { ConfigJson } from "./config_json.ts";
import type { RopeTraits } from "./rope.ts";
import type { DecoderTraits } from "./traits.ts";

/** Families whose decoder is known here, by `model_type`. */
export type Family =
  | "llama"
  | "mistral"
  | "ministral"
  | "qwen2"
  | "qwen3"
  | "gemma2"
  | "gemma3_text"
  | "phi3"
  | "olmo2"
  | "olmo3"
  | "granite"
  | "smollm3";

/** What sets a family apart. */
export interface FamilyTraits {
  /** Its class with a head. */
  readonly architecture: string;
  /** What absent keys of config.json stand for. */
  readonly defaults: Partial<ConfigJson> & { readonly max_position_embeddings: number };
  /** Keys that transformers' class of the family refuses as null, beside those that all of them do. */
  readonly notNull: readonly (keyof ConfigJson)[];
  /** The key of its activation; `hidden_act` by default. */
  readonly activation?: "hidden_activation";
  /** What its decoder does otherwise; nothing by default. */
  readonly traits?: (json: ConfigJson) => Partial<DecoderTraits>;
  /** Whether a layer reads a window alone, where `layer_types` does not say; without, all layers read all, and none may slide. */
  readonly slides?: (json: ConfigJson, layer: number) => boolean;
  /** Whether its class leaves `layer_types` unread; false by default. */
  readonly ignoresLayerTypes?: boolean;
  /** Whether the positions of a layer are rotated; always by default. */
  readonly rotates?: (json: ConfigJson, layer: number) => boolean;
  /** How they are rotated; as a plain Llama's by default. */
  readonly rope?: RopeTraits;
}

const attentionBiases = ({ attention_bias: bias }: ConfigJson) => ({
  attentionBias: bias ?? false,
  outputBias: bias ?? false,
});
const allBiases = (json: ConfigJson) => ({
  ...attentionBiases(json),
  mlpBias: json.mlp_bias ?? false,
});

/** Layers slide where there is a window at all. */
const always = () => true;

/** Qwen: from `max_window_layers` on, where windows are asked for. */
const qwenSlides = (json: ConfigJson, layer: number) =>
  json.use_sliding_window === true && layer >= json.max_window_layers!;

/** The last layer of each `count` reads all, the others a window. */
const slidesBut = (count: number, layer: number) => (layer + 1) % count !== 0;

/** SmolLM3: one layer in four has no rotation; `no_rope_layers` has a 1 for those that have. */
const smollmRotates = (json: ConfigJson, layer: number) =>
  json.no_rope_layers
    ? Boolean(json.no_rope_layers[layer])
    : (layer + 1) % (json.no_rope_layer_interval ?? 4) !== 0;

/** Norms on both sides of attention and of the feed-forward. */
const FOUR_NORMS = {
  attentionNorms: { before: "input_layernorm", after: "post_attention_layernorm" },
  mlpNorms: { before: "pre_feedforward_layernorm", after: "post_feedforward_layernorm" },
} as const;

/** Norms of what is added to the residual stream alone. */
const NORMS_AFTER = {
  attentionNorms: { after: "post_attention_layernorm" },
  mlpNorms: { after: "post_feedforward_layernorm" },
} as const;

const gemma = (json: ConfigJson) => ({
  ...attentionBiases(json),
  ...FOUR_NORMS,
  normOffset: 1,
  attentionScale: (json.query_pre_attn_scalar ?? 256) ** -0.5,
  logitSoftCap: json.final_logit_softcapping ?? undefined,
  tokenScale: Math.sqrt(json.hidden_size),
});

const olmo = (json: ConfigJson) =>
  ({ ...attentionBiases(json), ...NORMS_AFTER, qkNorm: "all" }) as const;

const MISTRAL: FamilyTraits = {
  architecture: "MistralForCausalLM",
  defaults: {
    max_position_embeddings: 131_072,
    num_key_value_heads: 8,
    sliding_window: 4096,
    bos_token_id: 1,
    eos_token_id: 2,
  },
  notNull: ["num_key_value_heads"],
  slides: always,
};

const QWEN = {
  max_position_embeddings: 32_768,
  num_key_value_heads: 32,
  use_sliding_window: false,
  sliding_window: 4096,
  max_window_layers: 28,
};

const GEMMA = {
  head_dim: 256,
  num_key_value_heads: 4,
  hidden_activation: "gelu_pytorch_tanh",
  sliding_window: 4096,
  tie_word_embeddings: true,
  bos_token_id: 2,
  eos_token_id: 1,
};
const GEMMA_NOT_NULL = ["attention_bias", "head_dim", "num_key_value_heads"] as const;

const OLMO = {
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  eos_token_id: 50_279,
};

/** The families. */
export const FAMILIES: Readonly<Record<Family, FamilyTraits>> = {
  llama: {
    architecture: "LlamaForCausalLM",
    defaults: { max_position_embeddings: 2048, bos_token_id: 1, eos_token_id: 2 },
    notNull: ["attention_bias", "mlp_bias"],
    traits: allBiases,
  },
  // with layer_types, transformers reads it as Ministral
  mistral: MISTRAL,
  ministral: { ...MISTRAL, architecture: "MinistralForCausalLM" },
  qwen2: {
    architecture: "Qwen2ForCausalLM",
    defaults: QWEN,
    notNull: ["head_dim", "use_sliding_window", "max_window_layers"],
    traits: () => ({ attentionBias: true }),
    slides: qwenSlides,
  },
  qwen3: {
    architecture: "Qwen3ForCausalLM",
    defaults: { ...QWEN, head_dim: 128 },
    notNull: ["head_dim", "attention_bias", "use_sliding_window", "max_window_layers"],
    traits: (json) => ({ ...attentionBiases(json), qkNorm: "head" }),
    slides: qwenSlides,
  },
  gemma2: {
    architecture: "Gemma2ForCausalLM",
    defaults: {
      ...GEMMA,
      max_position_embeddings: 8192,
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
    },
    notNull: GEMMA_NOT_NULL,
    activation: "hidden_activation",
    traits: (json) => ({
      ...gemma(json),
      attentionSoftCap: json.attn_logit_softcapping ?? undefined,
    }),
    slides: (_, layer) => slidesBut(2, layer),
  },
  gemma3_text: {
    architecture: "Gemma3ForCausalLM",
    defaults: { ...GEMMA, max_position_embeddings: 131_072 },
    notNull: GEMMA_NOT_NULL,
    activation: "hidden_activation",
    // its class has attn_logit_softcapping and does not read it
    traits: (json) => ({ ...gemma(json), qkNorm: "head" }),
    slides: (json, layer) => slidesBut(json.sliding_window_pattern ?? 6, layer),
    rope: { theta: 1e6, sliding: { theta: 10_000, key: "rope_local_base_freq" } },
  },
  phi3: {
    architecture: "Phi3ForCausalLM",
    defaults: {
      max_position_embeddings: 4096,
      original_max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      bos_token_id: 1,
      eos_token_id: 32_000,
    },
    notNull: ["original_max_position_embeddings"],
    traits: () => ({ fused: true }),
    slides: always,
    ignoresLayerTypes: true,
    rope: {
      partial: true,
      types: { default: "default", longrope: "longrope", su: "longrope", yarn: "longrope" },
      rereads: true,
    },
  },
  olmo2: {
    architecture: "Olmo2ForCausalLM",
    defaults: OLMO,
    notNull: ["attention_bias"],
    traits: olmo,
  },
  olmo3: {
    architecture: "Olmo3ForCausalLM",
    defaults: { ...OLMO, sliding_window: 4096 },
    notNull: ["attention_bias"],
    traits: olmo,
    slides: (_, layer) => slidesBut(4, layer),
    rope: { theta: 500_000, sliding: { theta: 500_000 } },
  },
  granite: {
    architecture: "GraniteForCausalLM",
    defaults: { max_position_embeddings: 2048, bos_token_id: 1, eos_token_id: 2 },
    notNull: ["attention_bias", "mlp_bias"],
    traits: (json) => ({
      ...allBiases(json),
      inputScale: json.embedding_multiplier ?? 1,
      attentionScale: json.attention_multiplier ?? 1,
      residualScale: json.residual_multiplier ?? 1,
      logitScale: 1 / (json.logits_scaling ?? 1),
    }),
  },
  smollm3: {
    architecture: "SmolLM3ForCausalLM",
    defaults: {
      max_position_embeddings: 32_768,
      num_key_value_heads: 4,
      tie_word_embeddings: true,
      use_sliding_window: false,
      bos_token_id: 128_000,
      eos_token_id: 128_001,
    },
    notNull: ["attention_bias", "mlp_bias", "use_sliding_window"],
    traits: allBiases,
    slides: (json, layer) => json.use_sliding_window === true && !smollmRotates(json, layer),
    rotates: smollmRotates,
    rope: { theta: 2e6 },
  },
};
