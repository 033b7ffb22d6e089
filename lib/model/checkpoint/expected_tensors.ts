/**
 * The weights that a decoder has, by their Hugging Face names.
 *
 * @module
 */
import type { DecoderConfig } from "./config.ts";

/** Name of the output matrix, [V, d]; absent from checkpoints that use the embedding for it. */
export const OUTPUT_WEIGHT = "lm_head.weight";

/** Name of the embedding, [V, d]. */
export const EMBEDDING_WEIGHT = "model.embed_tokens.weight";

/**
 * Lists every weight with its shape.
 *
 * @returns name and shape in the order of computation; matrices are [out, in]
 */
export function expectedTensors(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { vocabSize, hiddenSize } = config;
  const tensors = new Map<string, readonly number[]>([[EMBEDDING_WEIGHT, [vocabSize, hiddenSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of layerTensors(config)) {
      tensors.set(`model.layers.${layer}.${name}`, shape);
    }
  }
  tensors.set("model.norm.weight", [hiddenSize]);
  if (!config.tiedEmbeddings) tensors.set(OUTPUT_WEIGHT, [vocabSize, hiddenSize]);
  return tensors;
}

/** Whether a weight is a matrix that products read; a table of embeddings alone is read row by row. */
export function isMultiplied(
  { tiedEmbeddings }: Pick<DecoderConfig, "tiedEmbeddings">,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): boolean {
  return shape.length === 2 && (tiedEmbeddings || name !== EMBEDDING_WEIGHT);
}

function layerTensors(config: DecoderConfig): [string, readonly number[]][] {
  const { hiddenSize: d, intermediateSize: inner, headDim } = config;
  const queries = config.heads * headDim;
  const keys = config.kvHeads * headDim;
  const linear = (name: string, out: number, into: number, bias: boolean) =>
    [
      [`${name}.weight`, [out, into]],
      ...(bias ? [[`${name}.bias`, [out]]] : []),
    ] as [string, readonly number[]][];
  const norm = (name: string, size: number) =>
    [[`${name}.weight`, [size]]] as [string, readonly number[]][];
  return [
    ...norm("input_layernorm", d),
    ...linear("self_attn.q_proj", queries, d, config.attentionBias),
    ...linear("self_attn.k_proj", keys, d, config.attentionBias),
    ...linear("self_attn.v_proj", keys, d, config.attentionBias),
    ...(config.qkNorm
      ? [...norm("self_attn.q_norm", headDim), ...norm("self_attn.k_norm", headDim)]
      : []),
    ...linear("self_attn.o_proj", d, queries, config.outputBias),
    ...norm("post_attention_layernorm", d),
    ...linear("mlp.gate_proj", inner, d, config.mlpBias),
    ...linear("mlp.up_proj", inner, d, config.mlpBias),
    ...linear("mlp.down_proj", d, inner, config.mlpBias),
  ];
}
