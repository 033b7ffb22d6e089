/**
 * adapter_config.json of soft prompts, as PEFT writes it.
 *
 * @module
 */
import { Effect } from "effect";
import { readJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import {
  type PromptError,
  type PromptSizes,
  promptWidth,
  type SoftPrompt,
  type TuningMethod,
} from "./soft_prompt.ts";

/** Kinds of adapters, and what they are: of encoders and projections PEFT saves what they make, not themselves. */
const KINDS: Readonly<Record<string, TuningMethod>> = {
  PROMPT_TUNING: "prompt",
  P_TUNING: "prompt",
  PREFIX_TUNING: "prefix",
};

const Kind = Schema.Struct({
  peft_type: Schema.String,
  task_type: Schema.optional(Schema.NullOr(Schema.String)),
});

const Count = Schema.optional(Schema.NullOr(Schema.Int));

const AdapterConfig = Schema.Struct({
  num_virtual_tokens: Schema.Int.pipe(Schema.positive()),
  num_transformer_submodules: Count,
  num_layers: Count,
  num_attention_heads: Count,
  base_model_name_or_path: Schema.optional(Schema.NullOr(Schema.String)),
});

/** What an adapter_config.json says besides sizes. */
export interface SaveOptions {
  /** Directory or name of the model that it was tuned for. */
  readonly model: string;
  /** The model's layers. */
  readonly layers: number;
  /** The model's attention heads. */
  readonly heads: number;
  /** The heads of its keys and values; as many as `heads` by default. */
  readonly kvHeads?: number;
  /** How PEFT would call the first values; those of a prefix have no name there. "RANDOM" by default. */
  readonly init?: "RANDOM" | "SAMPLE_VOCAB" | "TEXT";
  /** The text of a TEXT init. */
  readonly initText?: string;
}

/** In what a prompt is not of the model, if in anything. */
export function otherModel(
  model: PromptSizes,
  method: TuningMethod,
  { num_layers: layers, num_attention_heads: heads }: typeof AdapterConfig.Type,
  width: number,
): string | undefined {
  const wanted = promptWidth(model, method);
  if (method === "prompt") {
    return width === wanted
      ? undefined
      : `its vectors must have the model's hidden size ${wanted}: found ${width}`;
  }
  // other layers or heads may have as many keys and values together
  if ((layers ?? model.layers) !== model.layers) {
    return `its num_layers must be the model's ${model.layers}: found ${layers}`;
  }
  if ((heads ?? model.kvHeads) !== model.kvHeads) {
    return `its num_attention_heads must be the model's ${model.kvHeads} of keys and values: found ${heads}`;
  }
  return width === wanted
    ? undefined
    : `its keys and values must be 2 * ${model.layers} layers * ${model.kvHeads} heads * ` +
      `${model.headDim} = ${wanted} numbers for each position: found ${width}`;
}

/** The sizes, once it is known that the adapter is a soft prompt of a decoder. */
export function readConfig(file: string, refuse: (reason: string) => PromptError) {
  return Effect.gen(function* () {
    // an adapter of another kind lacks the sizes, so its kind is named first
    const { peft_type: kind, task_type: task } = yield* readJson(file, Kind);
    const method = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (method === undefined) {
      const hint = kind === "LORA" ? " (a LoRA is given as --adapter)" : "";
      const kinds = Object.keys(KINDS).join(", ");
      return yield* refuse(`its peft_type must be one of ${kinds}: found ${kind}${hint}`);
    }
    if (task && task !== "CAUSAL_LM") {
      return yield* refuse(`its task_type must be CAUSAL_LM: found ${task}`);
    }
    const config = yield* readJson(file, AdapterConfig);
    const submodules = config.num_transformer_submodules ?? 1;
    if (submodules !== 1) {
      return yield* refuse(`its num_transformer_submodules must be 1: found ${submodules}`);
    }
    return { method, config };
  });
}

/** What PEFT would write of a prompt. */
export function configOf(
  { method, vectors, virtualTokens }: SoftPrompt,
  options: SaveOptions,
): Readonly<Record<string, unknown>> {
  const { layers, heads, kvHeads = heads } = options;
  const width = vectors.length / virtualTokens;
  const ofMethod = method === "prompt"
    ? {
      num_attention_heads: heads,
      peft_type: "PROMPT_TUNING",
      prompt_tuning_init: options.init ?? "RANDOM",
      prompt_tuning_init_text: options.initText ?? null,
      token_dim: width,
      tokenizer_kwargs: null,
      tokenizer_name_or_path: options.init === "TEXT" ? options.model : null,
    }
    : {
      encoder_hidden_size: width / (2 * layers),
      init_weights: null,
      num_attention_heads: kvHeads,
      peft_type: "PREFIX_TUNING",
      prefix_projection: false,
      token_dim: width / (2 * layers),
    };
  return {
    auto_mapping: null,
    base_model_name_or_path: options.model,
    inference_mode: true,
    modules_to_save: null,
    num_layers: layers,
    num_transformer_submodules: 1,
    num_virtual_tokens: virtualTokens,
    revision: null,
    task_type: "CAUSAL_LM",
    ...ofMethod,
  };
}
