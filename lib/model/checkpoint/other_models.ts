/**
 * Models of other kinds than decoders of text: what a config.json of theirs is known by.
 *
 * @module
 */

type Json = Readonly<Record<string, unknown>>;

const has = (keys: readonly string[]) => (json: Json) =>
  keys.some((key) => Object.hasOwn(json, key) && json[key] !== null && json[key] !== 0);

/** Kinds, the more telling first. */
const KINDS: readonly (readonly [kind: string, isOne: (json: Json) => boolean])[] = [
  [
    "a multimodal model",
    has(["vision_config", "audio_config", "text_config", "thinker_config", "vision_feature_layer"]),
  ],
  [
    "a mixture of experts",
    has(["num_experts", "num_local_experts", "n_routed_experts", "num_experts_per_tok"]),
  ],
  ["an encoder with a decoder", ({ is_encoder_decoder: both }) => both === true],
  [
    "an encoder",
    (json) => has(["type_vocab_size"])(json) || /ForMaskedLM$/.test(String(json["architectures"])),
  ],
];

/** What kind of model it is, if none of text that reads and goes on; undefined where that is not known. */
export function otherKind(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  return KINDS.find(([, isOne]) => isOne(json as Json))?.[0];
}
