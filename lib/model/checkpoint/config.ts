/**
 * What config.json and generation_config.json of a Hugging Face checkpoint say about its decoder.
 *
 * Defaults of absent keys are those of transformers' own classes; what this library does not compute is refused by name.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect, Either } from "effect";
import { type FileError, readJson } from "../../schema/files.ts";
import { decode, oneLine, Schema } from "../../schema/mod.ts";
import { refusedField, unappliedFields } from "./config_fields.ts";
import { FAMILIES, type Family, type FamilyTraits } from "./families.ts";
import { ConfigJson, GenerationJson, Kind } from "./config_json.ts";
import { otherKind } from "./other_models.ts";
import { contextOf, type Rope, ropesOf } from "./rope.ts";
import { type Activation, type DecoderTraits, PLAIN } from "./traits.ts";

/** A decoder; sizes are named as in lib/dpc/README.md and Hugging Face's config.json. */
export interface DecoderConfig extends DecoderTraits {
  /** Which family it is of. */
  readonly family: Family;
  /** Rows of the embedding. */
  readonly vocabSize: number;
  /** d. */
  readonly hiddenSize: number;
  /** Number of layers. */
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  /** Size of a head. */
  readonly headDim: number;
  /** Width of the feed-forward layers. */
  readonly intermediateSize: number;
  /** Epsilon of the RMS norms. */
  readonly rmsNormEps: number;
  /** Rotations of positions. */
  readonly ropes: readonly Rope[];
  /** Per layer: which of `ropes` rotates its queries and keys; undefined where none does. */
  readonly ropeOfLayer: readonly (number | undefined)[];
  /** Whether the embedding also gives the logits. */
  readonly tiedEmbeddings: boolean;
  /** Per layer: position i reads j only while i - j is below this; undefined reads all before it. */
  readonly slidingWindows: readonly (number | undefined)[];
  /** Most positions that a text may have. */
  readonly maxPositions: number;
  /** Token that starts a text; undefined where there is none. */
  readonly bosId: number | undefined;
  /** Ids of which any ends a generation. */
  readonly eosIds: readonly number[];
}

/** A model that this library does not compute; `reason` completes "Cannot use the model of 'file' as ...". */
export class ModelConfigError extends Data.TaggedError("ModelConfigError")<{
  readonly file: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use the model of '${this.file}' as ${oneLine(this.reason)}`;
  }
}

/**
 * Reads the config of a checkpoint.
 *
 * @param directory of the checkpoint; holds config.json and perhaps generation_config.json
 * @returns the config; fails with {@linkcode FileError} when a file is missing or malformed, with
 *   {@linkcode ModelConfigError} when the model is not one this library computes
 */
export function readConfig(
  directory: string,
): Effect.Effect<
  DecoderConfig,
  FileError | ModelConfigError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const file = (yield* Path.Path).join(directory, "config.json");
    const json = yield* readJson(file, Schema.Unknown, { maxBytes: MAX_CONFIG_BYTES });
    const config = yield* Either.mapLeft(
      parseConfig(json),
      (reason) => new ModelConfigError({ file, reason }),
    );
    const { eos_token_id: eos } = yield* readGeneration(directory);
    return { ...config, eosIds: idsOf(eos) ?? config.eosIds };
  });
}

/** What generation_config.json sets that would change greedy answers and is not applied here, as "repetition_penalty 1.1". */
export function unappliedGeneration(
  directory: string,
): Effect.Effect<readonly string[], FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.map(readGeneration(directory), unappliedFields);
}

/** The content of generation_config.json, which a checkpoint may lack. */
function readGeneration(
  directory: string,
): Effect.Effect<GenerationJson, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, "generation_config.json");
    const exists = yield* Effect.orElseSucceed(fs.exists(file), () => false);
    return exists ? yield* readJson(file, GenerationJson, { maxBytes: MAX_CONFIG_BYTES }) : {};
  });
}

const MAX_CONFIG_BYTES = 2 ** 20;

/** Decodes the content of config.json; a failure is the reason, completing "Cannot use the model as ...". */
export function parseConfig(json: unknown): Either.Either<DecoderConfig, string> {
  return Either.gen(function* () {
    const family = yield* familyOf(json);
    const traits = FAMILIES[family];
    const given = yield* Either.mapLeft(
      decode(ConfigJson)(json),
      (reason) => `its config is wrong ${reason}`,
    );
    const c = { ...traits.defaults, ...withoutLegacyNames(given) };
    const isNull = traits.notNull.find((key) => c[key] === null);
    if (isNull !== undefined) return yield* Either.left(`${isNull} must not be null`);
    const kvHeads = c.num_key_value_heads ?? c.num_attention_heads;
    const headDim = c.head_dim ?? c.hidden_size / c.num_attention_heads;
    if (!Number.isInteger(headDim)) {
      return yield* Either.left(
        `hidden_size must be a multiple of num_attention_heads: found ${c.hidden_size} and ${c.num_attention_heads}`,
      );
    }
    if (headDim % 2 !== 0) return yield* Either.left(`head_dim must be even: found ${headDim}`);
    if (c.num_attention_heads % kvHeads !== 0) {
      return yield* Either.left(
        `num_attention_heads must be a multiple of num_key_value_heads: found ${c.num_attention_heads} and ${kvHeads}`,
      );
    }
    const wrong = wrongLayers(c, family);
    if (wrong !== undefined) return yield* Either.left(wrong);
    const maxPositions = c.max_position_embeddings!;
    const { full, sliding } = yield* ropesOf(json, traits.rope ?? {}, {
      headDim,
      maxPositions,
      originalMaxPositions: c.original_max_position_embeddings ?? undefined,
    });
    const layers = Array.from({ length: c.num_hidden_layers }, (_, layer) => {
      const slides = slidesAt(c, traits, layer);
      const rope = (traits.rotates ?? always)(c, layer) ? slides ? sliding : full : undefined;
      return { window: slides ? c.sliding_window ?? undefined : undefined, rope };
    });
    const ropes = [...new Set(layers.flatMap(({ rope }) => rope ?? []))];
    return {
      family,
      vocabSize: c.vocab_size,
      hiddenSize: c.hidden_size,
      layers: c.num_hidden_layers,
      heads: c.num_attention_heads,
      kvHeads,
      headDim,
      intermediateSize: c.intermediate_size,
      rmsNormEps: c.rms_norm_eps ?? 1e-6,
      ropes,
      ropeOfLayer: layers.map(({ rope }) => rope && ropes.indexOf(rope)),
      tiedEmbeddings: c.tie_word_embeddings ?? false,
      ...PLAIN,
      ...traits.traits?.(c),
      activation: yield* activationOf(c, traits.activation ?? "hidden_act"),
      slidingWindows: layers.map(({ window }) => window),
      maxPositions: Math.max(maxPositions, ...ropes.map((rope) => contextOf(rope, maxPositions))),
      bosId: c.bos_token_id ?? undefined,
      eosIds: idsOf(c.eos_token_id) ?? [],
    };
  });
}

const always = () => true;

/** Activations by their names in config.json. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  silu: "silu",
  swish: "silu",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu_new: "gelu_tanh",
};

function activationOf(
  json: ConfigJson,
  key: "hidden_act" | "hidden_activation",
): Either.Either<Activation, string> {
  const name = json[key] ?? "silu";
  const found = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  return found === undefined
    ? Either.left(`${key} must be one of ${Object.keys(ACTIVATIONS).join(", ")}: found ${name}`)
    : Either.right(found);
}

/** The family, where the model is of one and in a form that can be computed here. */
function familyOf(json: unknown): Either.Either<Family, string> {
  return Either.gen(function* () {
    const kind = yield* Either.mapLeft(
      decode(Kind)(json),
      (reason) => `its config is wrong ${reason}`,
    );
    const supported = Object.values(FAMILIES).map(({ architecture }) => architecture).join(", ");
    const named = kind.architectures?.[0] ?? kind.model_type;
    const family = (Object.keys(FAMILIES) as Family[]).find((name) =>
      (kind.model_type ?? name) === name &&
      (FAMILIES[name].architecture === named || (!kind.architectures?.length && name === named))
    );
    if (family === undefined) {
      const other = otherKind(json);
      return yield* Either.left(
        (other ? `it is ${other}` : `its architecture must be one of ${supported}`) +
          `: found ${named ?? "none"}` +
          (kind.architectures?.length && kind.model_type ? ` of type ${kind.model_type}` : ""),
      );
    }
    if (kind.quantization_config) {
      const method = kind.quantization_config.quant_method ?? "an unnamed method";
      return yield* Either.left(
        `its weights must be plain F32, F16 or BF16: found quantization by ${method}; use the unquantized checkpoint`,
      );
    }
    const refused = refusedField(json as Readonly<Record<string, unknown>>);
    if (refused !== undefined) return yield* Either.left(refused);
    return family;
  });
}

/** `layer_types` as older releases named them. */
function withoutLegacyNames(c: ConfigJson): ConfigJson {
  const layer_types = c.layer_types?.map((type) => type === "attention" ? "full_attention" : type);
  return layer_types ? { ...c, layer_types } : c;
}

/** Whether a layer reads a window alone, where there is one. */
function slidesAt(json: ConfigJson, { slides, ignoresLayerTypes }: FamilyTraits, layer: number) {
  const named = ignoresLayerTypes ? undefined : json.layer_types?.[layer];
  return named ? named === "sliding_attention" : slides?.(json, layer) ?? false;
}

/** Why what is said of the layers can't be computed; undefined where it can. */
function wrongLayers(
  { layer_types: types, num_hidden_layers: layers, ...c }: ConfigJson,
  family: Family,
): string | undefined {
  const { defaults, slides: maySlide } = FAMILIES[family];
  if (types && types.length !== layers) {
    return `layer_types must name ${layers} layers: found ${types.length}`;
  }
  const other = types?.find((type) => type !== "full_attention" && type !== "sliding_attention");
  if (other !== undefined) {
    return `layer_types must be full_attention or sliding_attention: found ${other}`;
  }
  if (c.no_rope_layers && c.no_rope_layers.length < layers) {
    return `no_rope_layers must name ${layers} layers: found ${c.no_rope_layers.length}`;
  }
  const slides = types?.includes("sliding_attention") ?? false;
  const maxPositions = c.max_position_embeddings!;
  if (maySlide === undefined) {
    // transformers attends to all, but its cache forgets: answers would depend on the cache
    if (slides || (c.sliding_window ?? maxPositions) < maxPositions) {
      return `${slides ? "layer_types" : "sliding_window"} must not slide in a ${family}`;
    }
  } else if (slides && defaults.use_sliding_window === false && c.use_sliding_window !== true) {
    return "layer_types must not name sliding_attention where use_sliding_window is not true";
  } else if (c.sliding_window === 1) {
    // of its cache transformers then keeps all: answers would depend on the cache
    return "sliding_window must be 2 or more: found 1";
  } else if (slides && c.sliding_window == null) {
    return "layer_types must not name sliding_attention where sliding_window is null";
  }
  return undefined;
}

function idsOf(ids: number | readonly number[] | null | undefined): readonly number[] | undefined {
  return typeof ids === "number" ? [ids] : ids ?? undefined;
}
