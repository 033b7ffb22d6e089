/**
 * The tensors of a GGUF file as those of a checkpoint of transformers: their names, and the order of their rows.
 *
 * @module
 */
import type { GgufHeader, GgufTensor } from "./header.ts";

/** Names of tensors that are there once. */
const WHOLE: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

/** Parts of a layer. */
const PARTS: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** Factors of rotary frequencies, which are read into config.json. */
export const ROPE_FREQS = "rope_freqs.weight";

/** A tensor and what transformers calls it. */
export interface RenamedTensor extends GgufTensor {
  /** Name in transformers. */
  readonly renamed: string;
  /** Whether its rows are those of queries or keys. */
  readonly rotated: boolean;
}

/** All tensors that a checkpoint has, or the name of one that no decoder here has. */
export function renamedTensors({ tensors }: GgufHeader): readonly RenamedTensor[] | string {
  const found: RenamedTensor[] = [];
  for (const [name, tensor] of tensors) {
    if (name === ROPE_FREQS) continue;
    const [, layer, part = "", kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
    const renamed = Object.hasOwn(PARTS, part)
      ? `model.layers.${layer}.${PARTS[part]}.${kind}`
      : Object.hasOwn(WHOLE, name)
      ? WHOLE[name]!
      : undefined;
    if (renamed === undefined) return name;
    found.push({ ...tensor, renamed, rotated: part === "attn_q" || part === "attn_k" });
  }
  return found;
}

/**
 * Undoes llama.cpp's order of the rows of a head, in which the two that are rotated together lie side by side: in transformers the second
 * of each pair lies half a head after the first.
 *
 * @param rows of one head, [headDim, columns]
 */
export function apart(rows: Float32Array, columns: number): Float32Array {
  const pairs = rows.length / columns / 2;
  const into = new Float32Array(rows.length);
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of [0, 1]) {
      const from = (2 * pair + side) * columns;
      into.set(rows.subarray(from, from + columns), (side * pairs + pair) * columns);
    }
  }
  return into;
}
