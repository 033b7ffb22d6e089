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

/** A weight and its shape; matrices are [out, in]. */
type Weight = readonly [name: string, shape: readonly number[]];

/** A tensor of a checkpoint, and the weights of the decoder that are its rows one after the other: of most, it alone. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: readonly Weight[];
}

/** Lists the tensors of a checkpoint in the order of computation. */
export function storedTensors(config: DecoderConfig): readonly ExpectedTensor[] {
  const whole = ([name, shape]: Weight): ExpectedTensor => ({
    name,
    shape,
    weights: [[name, shape]],
  });
  const { vocabSize, hiddenSize } = config;
  const output: Weight[] = config.tiedEmbeddings ? [] : [[OUTPUT_WEIGHT, [vocabSize, hiddenSize]]];
  return [
    whole([EMBEDDING_WEIGHT, [vocabSize, hiddenSize]]),
    ...Array.from({ length: config.layers }, (_, layer) => {
      const named = layerTensors(config).map(([name, shape]): Weight => [
        `model.layers.${layer}.${name}`,
        shape,
      ]);
      return config.fused ? fuse(named) : named.map(whole);
    }).flat(),
    ...[["model.norm.weight", [hiddenSize]] as Weight, ...output].map(whole),
  ];
}

/**
 * Lists every weight with its shape.
 *
 * @returns name and shape in the order of computation; matrices are [out, in]
 */
export function expectedTensors(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  return new Map(storedTensors(config).flatMap(({ weights }) => weights));
}

/** Which matrices are stored as one, and its name. */
const FUSED: readonly (readonly [parts: RegExp, whole: string])[] = [
  [/(?<=\.)[qkv]_proj(?=\.)/, "qkv_proj"],
  [/(?<=\.)(?:gate|up)_proj(?=\.)/, "gate_up_proj"],
];

/** Lays the rows of matrices that are stored as one one after another. */
function fuse(weights: readonly Weight[]): readonly ExpectedTensor[] {
  const stored = new Map<string, ExpectedTensor>();
  for (const [name, shape] of weights) {
    const whole = FUSED.reduce((of, [parts, into]) => of.replace(parts, into), name);
    const before = stored.get(whole) ?? { shape: [0], weights: [] };
    stored.set(whole, {
      name: whole,
      shape: [before.shape[0]! + shape[0]!, ...shape.slice(1)],
      weights: [...before.weights, [name, shape]],
    });
  }
  return [...stored.values()];
}

/** Whether a weight is a matrix that products read; a table of embeddings alone is read row by row. */
export function isMultiplied(
  { tiedEmbeddings }: Pick<DecoderConfig, "tiedEmbeddings">,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): boolean {
  return shape.length === 2 && (tiedEmbeddings || name !== EMBEDDING_WEIGHT);
}

function layerTensors(config: DecoderConfig): readonly Weight[] {
  const { hiddenSize: d, intermediateSize: inner, headDim } = config;
  const queries = config.heads * headDim;
  const keys = config.kvHeads * headDim;
  const linear = (name: string, out: number, into: number, bias: boolean): Weight[] => [
    [`${name}.weight`, [out, into]],
    ...(bias ? [[`${name}.bias`, [out]] as Weight] : []),
  ];
  const norm = (name: string | undefined, size: number): Weight[] =>
    name === undefined ? [] : [[`${name}.weight`, [size]]];
  const qkNorm = (which: string, all: number): Weight[] =>
    config.qkNorm === undefined
      ? []
      : norm(`self_attn.${which}_norm`, config.qkNorm === "head" ? headDim : all);
  return [
    ...norm(config.attentionNorms.before, d),
    ...linear("self_attn.q_proj", queries, d, config.attentionBias),
    ...linear("self_attn.k_proj", keys, d, config.attentionBias),
    ...linear("self_attn.v_proj", keys, d, config.attentionBias),
    ...qkNorm("q", queries),
    ...qkNorm("k", keys),
    ...linear("self_attn.o_proj", d, queries, config.outputBias),
    ...norm(config.attentionNorms.after, d),
    ...norm(config.mlpNorms.before, d),
    ...linear("mlp.gate_proj", inner, d, config.mlpBias),
    ...linear("mlp.up_proj", inner, d, config.mlpBias),
    ...linear("mlp.down_proj", d, inner, config.mlpBias),
    ...norm(config.mlpNorms.after, d),
  ];
}
