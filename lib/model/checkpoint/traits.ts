/**
 * What sets the decoders of the supported families apart. The graph knows these and no family.
 *
 * @module
 */

/** Functions of the gate. */
export type Activation = "silu" | "gelu_tanh";

/** Names of the norms before and after a part of a layer; there may be either or both. */
export interface NormsAround {
  /** Norm of what goes into it. */
  readonly before?: string;
  /** Norm of what it adds to the residual stream. */
  readonly after?: string;
}

/** What sets a decoder apart from a plain Llama. */
export interface DecoderTraits {
  /** Whether q_proj, k_proj and v_proj have a bias. */
  readonly attentionBias: boolean;
  /** Whether o_proj has a bias. */
  readonly outputBias: boolean;
  /** Whether the feed-forward layers have biases. */
  readonly mlpBias: boolean;
  /** Whether matrices that read the same are stored as one: q_proj, k_proj and v_proj, gate_proj and up_proj. */
  readonly fused: boolean;
  /** Norms around the attention of a layer. */
  readonly attentionNorms: NormsAround;
  /** Norms around the feed-forward of a layer. */
  readonly mlpNorms: NormsAround;
  /** What a norm's scale is more than its weight. */
  readonly normOffset: number;
  /** What of queries and keys is normed before rotation: each head by itself, or all heads together. */
  readonly qkNorm: "head" | "all" | undefined;
  /** Function of the gate. */
  readonly activation: Activation;
  /** Factor of the scores of attention; 1 / sqrt(D) by default. */
  readonly attentionScale: number | undefined;
  /** c in c tanh(x / c) of the scores of attention, where there is one. */
  readonly attentionSoftCap: number | undefined;
  /** The same of the logits. */
  readonly logitSoftCap: number | undefined;
  /** Factor of the logits. */
  readonly logitScale: number;
  /** Factor of the embeddings of tokens, and not of soft prompts. */
  readonly tokenScale: number;
  /** Factor of the first hidden states, soft prompts included. */
  readonly inputScale: number;
  /** Factor of what attention and feed-forward add to the residual stream. */
  readonly residualScale: number;
}

/** A plain Llama's. */
export const PLAIN: DecoderTraits = {
  attentionBias: false,
  outputBias: false,
  mlpBias: false,
  fused: false,
  attentionNorms: { before: "input_layernorm" },
  mlpNorms: { before: "post_attention_layernorm" },
  normOffset: 0,
  qkNorm: undefined,
  activation: "silu",
  attentionScale: undefined,
  attentionSoftCap: undefined,
  logitSoftCap: undefined,
  logitScale: 1,
  tokenScale: 1,
  inputScale: 1,
  residualScale: 1,
};
