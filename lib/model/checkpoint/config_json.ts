/**
 * The form of config.json and generation_config.json, as far as they are used.
 *
 * @module
 */
import { Schema } from "../../schema/mod.ts";

/** Bounds that no model reaches; a corrupt config must not ask for unbounded memory. */
const MAX_SIZE = 2 ** 31 - 1;
const MAX_LAYERS = 10_000;

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullishOr(schema));
/** May be absent, but not null: transformers' classes refuse that too. */
const notNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(schema);
const Size = Schema.Int.pipe(Schema.between(1, MAX_SIZE));
const Positive = Schema.Positive.pipe(Schema.finite());
const Finite = Schema.Number.pipe(Schema.finite());
const TokenId = Schema.Int.pipe(Schema.between(0, MAX_SIZE));
const TokenIds = Schema.Union(TokenId, Schema.Array(TokenId).pipe(Schema.maxItems(1000)));

/** What is checked first: which model it is at all. */
export const Kind = Schema.Struct({
  model_type: maybe(Schema.String),
  architectures: maybe(Schema.Array(Schema.String)),
  quantization_config: maybe(Schema.Struct({ quant_method: maybe(Schema.String) })),
});

/** Sizes and switches; those that transformers' classes have defaults for may be absent. */
export const ConfigJson = Schema.Struct({
  vocab_size: Size,
  hidden_size: Size,
  intermediate_size: Size,
  num_hidden_layers: Schema.Int.pipe(Schema.between(1, MAX_LAYERS)),
  num_attention_heads: Size,
  num_key_value_heads: maybe(Size),
  head_dim: maybe(Size),
  hidden_act: notNull(Schema.String),
  hidden_activation: notNull(Schema.String),
  rms_norm_eps: notNull(Positive),
  max_position_embeddings: notNull(Size),
  original_max_position_embeddings: maybe(Positive),
  tie_word_embeddings: notNull(Schema.Boolean),
  attention_bias: maybe(Schema.Boolean),
  mlp_bias: maybe(Schema.Boolean),
  use_sliding_window: maybe(Schema.Boolean),
  sliding_window: maybe(Size),
  max_window_layers: maybe(Schema.Int.pipe(Schema.nonNegative())),
  sliding_window_pattern: maybe(Size),
  no_rope_layers: maybe(Schema.Array(Schema.Int).pipe(Schema.maxItems(MAX_LAYERS))),
  no_rope_layer_interval: notNull(Size),
  layer_types: maybe(Schema.Array(Schema.String).pipe(Schema.maxItems(MAX_LAYERS))),
  query_pre_attn_scalar: notNull(Positive),
  attn_logit_softcapping: maybe(Positive),
  final_logit_softcapping: maybe(Positive),
  embedding_multiplier: notNull(Finite),
  attention_multiplier: notNull(Finite),
  residual_multiplier: notNull(Finite),
  logits_scaling: notNull(Positive),
  bos_token_id: maybe(TokenId),
  eos_token_id: maybe(TokenIds),
});

/** Decoded config.json. */
export type ConfigJson = typeof ConfigJson.Type;

/** Decoding defaults; only the end of a generation is used. */
export const GenerationJson = Schema.Struct(
  { eos_token_id: maybe(TokenIds) },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

/** Decoded generation_config.json. */
export type GenerationJson = typeof GenerationJson.Type;
