/**
 * What becomes of each field of the configuration classes of transformers 5 that a checkpoint of the families here may set.
 *
 * A field that no row names is none of those classes': transformers reads it as little as this library does.
 *
 * @module
 */

/** What becomes of a field. */
export type Treatment =
  /** Its value has its effect. */
  | "computed"
  /** Whatever its value, answers are the same; the reason. */
  | { readonly without: string }
  /** Refused where it is none of these values. */
  | { readonly only: readonly unknown[] };

const TRAINING = { without: "read when a model is trained or its weights are first drawn" };
const OUTPUTS = { without: "what a call gives back beside the logits" };
const HEADS = { without: "of heads for other tasks" };
const FILES = { without: "how files were written or are placed in memory" };
const OTHERS = { without: "of layers that the models of these families do not have" };
const KERNELS = { without: "which kernel computes it" };

/** Fields of config.json. */
export const CONFIG_FIELDS: Readonly<Record<string, Treatment>> = {
  // what the model is
  model_type: "computed",
  architectures: "computed",
  quantization_config: "computed", // refused: the weights must be plain
  vocab_size: "computed",
  hidden_size: "computed",
  intermediate_size: "computed",
  num_hidden_layers: "computed",
  num_attention_heads: "computed",
  num_key_value_heads: "computed",
  head_dim: "computed",
  hidden_act: "computed",
  hidden_activation: "computed",
  query_pre_attn_scalar: "computed",
  attn_logit_softcapping: "computed",
  final_logit_softcapping: "computed",
  embedding_multiplier: "computed",
  attention_multiplier: "computed",
  residual_multiplier: "computed",
  logits_scaling: "computed",
  rms_norm_eps: "computed",
  attention_bias: "computed",
  mlp_bias: "computed",
  tie_word_embeddings: "computed",
  bos_token_id: "computed",
  eos_token_id: "computed",
  // positions
  max_position_embeddings: "computed",
  rope_parameters: "computed",
  rope_scaling: "computed",
  rope_theta: "computed",
  rope_local_base_freq: "computed",
  no_rope_layers: "computed",
  no_rope_layer_interval: "computed",
  partial_rotary_factor: "computed",
  original_max_position_embeddings: "computed",
  // what a position reads
  layer_types: "computed",
  sliding_window: "computed",
  use_sliding_window: "computed",
  max_window_layers: "computed",
  sliding_window_pattern: "computed",
  _sliding_window_pattern: { without: "layer_types says what came of it" },
  is_causal: { only: [undefined, true] },
  use_bidirectional_attention: { only: [undefined, null, false] },
  attention_chunk_size: { only: [undefined, null] },
  kv_sharing_modes: { only: [undefined, null] },
  per_layer_config: { only: [undefined, null] },
  is_encoder_decoder: { only: [undefined, null, false] },
  // without effect on an answer
  attention_dropout: TRAINING,
  resid_pdrop: TRAINING,
  embd_pdrop: TRAINING,
  initializer_range: TRAINING,
  init_std: TRAINING,
  initializer_factor: TRAINING,
  gradient_checkpointing: TRAINING,
  output_hidden_states: OUTPUTS,
  output_attentions: OUTPUTS,
  return_dict: OUTPUTS,
  tie_last_hidden_states: OUTPUTS,
  problem_type: HEADS,
  id2label: HEADS,
  label2id: HEADS,
  num_labels: HEADS,
  sep_token_id: HEADS,
  transformers_version: FILES,
  transformers_weights: FILES,
  dtype: FILES, // all is computed in float32
  torch_dtype: FILES,
  name_or_path: FILES,
  _name_or_path: FILES,
  _commit_hash: FILES,
  distributed_config: FILES,
  auto_map: FILES, // code of the checkpoint's own, which is never run
  use_cache: KERNELS,
  fusion_config: KERNELS,
  qk_head_dim: KERNELS,
  _experts_implementation: KERNELS,
  chunk_size_feed_forward: KERNELS,
  pretraining_tp: KERNELS,
  attn_implementation: KERNELS,
  _attn_implementation: KERNELS,
  experts_implementation: KERNELS,
  first_k_dense_replace: OTHERS,
  mlp_layer_types: OTHERS,
  mtp_layer_types: OTHERS,
  mtp_mlp_layer_types: OTHERS,
  mtp_per_layer_config: OTHERS,
  num_mtp_layers: OTHERS,
  number_of_conv_states: OTHERS,
  pad_token_id: { without: "padding is masked" },
};

/** Why a config can't be used for one of its fields alone; undefined where it can. */
export function refusedField(json: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, treatment] of Object.entries(CONFIG_FIELDS)) {
    if (typeof treatment === "string" || !("only" in treatment)) continue;
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (treatment.only.includes(value)) continue;
    const allowed = treatment.only.filter((each) => each !== undefined && each !== null);
    const must = allowed.length === 0 ? "be absent" : `be ${allowed.join(" or ")}`;
    return `${name} must ${must}: found ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** What becomes of a field of generation_config.json. */
export type GenerationTreatment =
  | "computed"
  | { readonly without: string }
  /** Changes what transformers generates greedily, where it is none of these values; not applied here, which is said once. */
  | { readonly neutral: readonly unknown[] };

const SAMPLING = { without: "of sampling, which is asked for by options of its own" };
const BEAMS = { without: "of beam search, which num_beams would begin" };
const SPEED = { without: "how fast the same tokens come" };
const RETURNED = { without: "what a call gives back beside the tokens" };
const LENGTH = { without: "a task says how long an answer may be" };
const absent = { neutral: [undefined, null] };

/** Fields of generation_config.json. */
export const GENERATION_FIELDS: Readonly<Record<string, GenerationTreatment>> = {
  eos_token_id: "computed",
  // another token may be the most likely one
  repetition_penalty: { neutral: [undefined, null, 1] },
  encoder_repetition_penalty: { neutral: [undefined, null, 1] },
  no_repeat_ngram_size: { neutral: [undefined, null, 0] },
  encoder_no_repeat_ngram_size: { neutral: [undefined, null, 0] },
  bad_words_ids: absent,
  force_words_ids: absent,
  constraints: absent,
  sequence_bias: absent,
  suppress_tokens: { neutral: [undefined, null] },
  begin_suppress_tokens: absent,
  forced_bos_token_id: absent,
  forced_eos_token_id: absent,
  min_length: { neutral: [undefined, null, 0] },
  min_new_tokens: { neutral: [undefined, null, 0] },
  exponential_decay_length_penalty: absent,
  guidance_scale: { neutral: [undefined, null, 1] },
  watermarking_config: absent,
  num_beams: { neutral: [undefined, null, 1] },
  penalty_alpha: { neutral: [undefined, null, 0] },
  dola_layers: absent,
  token_healing: { neutral: [undefined, null, false] },
  stop_strings: absent,
  max_time: absent,
  // without effect on a greedy answer
  do_sample: SAMPLING,
  temperature: SAMPLING,
  top_k: SAMPLING,
  top_p: SAMPLING,
  top_h: SAMPLING,
  min_p: SAMPLING,
  typical_p: SAMPLING,
  epsilon_cutoff: SAMPLING,
  eta_cutoff: SAMPLING,
  renormalize_logits: SAMPLING,
  remove_invalid_values: { without: "weights are checked to be finite" },
  num_beam_groups: BEAMS,
  diversity_penalty: BEAMS,
  length_penalty: BEAMS,
  early_stopping: BEAMS,
  low_memory: BEAMS,
  max_length: LENGTH,
  max_new_tokens: LENGTH,
  num_return_sequences: RETURNED,
  output_attentions: RETURNED,
  output_hidden_states: RETURNED,
  output_logits: RETURNED,
  output_scores: RETURNED,
  return_dict_in_generate: RETURNED,
  bos_token_id: { without: "a prompt is never empty" },
  pad_token_id: { without: "padding is masked" },
  decoder_start_token_id: { without: "of encoders with decoders" },
  use_cache: SPEED,
  cache_config: SPEED,
  cache_implementation: SPEED,
  max_cache_len: SPEED,
  compile_config: SPEED,
  disable_compile: SPEED,
  prefill_chunk_size: SPEED,
  continuous_batching_config: SPEED,
  assistant_confidence_threshold: SPEED,
  assistant_early_exit: SPEED,
  assistant_ensemble_weight: SPEED,
  assistant_lookbehind: SPEED,
  target_lookbehind: SPEED,
  is_assistant: SPEED,
  num_assistant_tokens: SPEED,
  num_assistant_tokens_schedule: SPEED,
  prompt_lookup_num_tokens: SPEED,
  max_matching_ngram_size: SPEED,
  speculation_type: SPEED,
  use_mtp: SPEED,
  transformers_version: FILES,
  _from_model_config: FILES,
};

/** The fields of generation_config.json that change greedy answers and are not applied, each with its value. */
export function unappliedFields(json: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(GENERATION_FIELDS).flatMap(([name, treatment]) => {
    if (typeof treatment === "string" || !("neutral" in treatment)) return [];
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (isEmpty || treatment.neutral.includes(value)) return [];
    return [`${name} ${JSON.stringify(value).slice(0, MOST_SHOWN)}`];
  });
}

/** Characters of a value that are shown. */
const MOST_SHOWN = 40;
