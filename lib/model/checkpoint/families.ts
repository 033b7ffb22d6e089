/**
 * What sets the supported families apart, one row each.
 *
 * @module
 */
import type { ConfigJson } from "./config_json.ts";

/** Families whose decoder is known here, by `model_type`. */
export type Family = "llama" | "mistral" | "qwen2" | "qwen3";

/** What sets a family apart. */
export interface FamilyTraits {
  readonly architecture: string;
  /** Used where config.json has no such key, as are those below. */
  readonly headDim?: number;
  readonly kvHeads?: number;
  readonly maxPositions: number;
  readonly bosId?: number;
  readonly eosId?: number;
  /** Keys that transformers' class of the family refuses as null, beside those that all of them do. */
  readonly notNull?: readonly (keyof ConfigJson)[];
  readonly attentionBias: (json: ConfigJson) => boolean;
  readonly outputBias: (json: ConfigJson) => boolean;
  readonly mlpBias: (json: ConfigJson) => boolean;
  readonly qkNorm: boolean;
  readonly slidingWindow: (json: ConfigJson, layer: number) => number | undefined;
}

const never = () => false;

/** Whether `layer_types` names a layer as sliding; undefined where there is none. */
const named = ({ layer_types: types }: ConfigJson, layer: number): boolean | undefined =>
  types ? types[layer] === "sliding_attention" : undefined;

/** Qwen: only with `use_sliding_window`, in the layers that `layer_types` names or from `max_window_layers` on. */
function qwenWindow(json: ConfigJson, layer: number): number | undefined {
  if (json.use_sliding_window !== true) return undefined;
  return named(json, layer) ?? layer >= (json.max_window_layers ?? 28) ? windowOf(json) : undefined;
}

/** Mistral: all layers, or those that `layer_types` names, with which transformers reads it as Ministral. */
function mistralWindow(json: ConfigJson, layer: number): number | undefined {
  return named(json, layer) ?? true ? windowOf(json) : undefined;
}

/** The window, 4096 when the key is absent; an explicit null is no window. */
function windowOf({ sliding_window: window }: ConfigJson): number | undefined {
  return window === undefined ? 4096 : window ?? undefined;
}

/** Defaults and rules as in transformers' configuration_*.py and modeling_*.py of each family. */
export const FAMILIES: Readonly<Record<Family, FamilyTraits>> = {
  llama: {
    architecture: "LlamaForCausalLM",
    maxPositions: 2048,
    bosId: 1,
    eosId: 2,
    attentionBias: (json) => json.attention_bias ?? false,
    outputBias: (json) => json.attention_bias ?? false,
    mlpBias: (json) => json.mlp_bias ?? false,
    qkNorm: false,
    notNull: ["attention_bias", "mlp_bias"],
    slidingWindow: () => undefined,
  },
  mistral: {
    architecture: "MistralForCausalLM",
    kvHeads: 8,
    maxPositions: 131_072,
    bosId: 1,
    eosId: 2,
    attentionBias: never,
    outputBias: never,
    mlpBias: never,
    qkNorm: false,
    notNull: ["num_key_value_heads"],
    slidingWindow: mistralWindow,
  },
  qwen2: {
    architecture: "Qwen2ForCausalLM",
    kvHeads: 32,
    maxPositions: 32_768,
    notNull: ["head_dim", "use_sliding_window", "max_window_layers"],
    attentionBias: () => true,
    outputBias: never,
    mlpBias: never,
    qkNorm: false,
    slidingWindow: qwenWindow,
  },
  qwen3: {
    architecture: "Qwen3ForCausalLM",
    headDim: 128,
    kvHeads: 32,
    notNull: ["head_dim", "attention_bias", "use_sliding_window", "max_window_layers"],
    maxPositions: 32_768,
    attentionBias: (json) => json.attention_bias ?? false,
    outputBias: (json) => json.attention_bias ?? false,
    mlpBias: never,
    qkNorm: true,
    slidingWindow: qwenWindow,
  },
};
