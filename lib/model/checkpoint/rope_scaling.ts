/**
 * How positions are rotated, as config.json says: by `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (before).
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../../schema/mod.ts";

/** Change of the inverse frequencies for contexts longer than those trained on. */
export type RopeScaling =
  | { readonly kind: "none" }
  /** All frequencies divided by `factor`. */
  | { readonly kind: "linear"; readonly factor: number }
  /** Llama 3.1: low frequencies divided by `factor`, high ones kept, a smooth passage between. */
  | {
    readonly kind: "llama3";
    readonly factor: number;
    readonly lowFreqFactor: number;
    readonly highFreqFactor: number;
    readonly originalMaxPositions: number;
  };

/** Rotary position embedding. */
export interface Rope {
  /** Base of the geometric series of wavelengths. */
  readonly theta: number;
  /** How long texts are scaled. */
  readonly scaling: RopeScaling;
}

/** The default of every supported family. */
const DEFAULT_THETA = 10_000;

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullishOr(schema));
const Factor = Schema.Positive.pipe(Schema.finite());

const Parameters = Schema.Struct(
  {
    rope_type: Schema.optional(Schema.String),
    type: Schema.optional(Schema.String),
    rope_theta: Schema.optional(Factor),
    partial_rotary_factor: maybe(Schema.Number),
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

const RopeJson = Schema.Struct({
  rope_theta: maybe(Factor),
  partial_rotary_factor: maybe(Schema.Number),
  original_max_position_embeddings: maybe(Factor),
  rope_parameters: maybe(Parameters),
  rope_scaling: maybe(Parameters),
});

const Linear = Schema.Struct({ factor: Factor });
const Llama3 = Schema.Struct({
  factor: Factor,
  low_freq_factor: Factor,
  high_freq_factor: Factor,
  original_max_position_embeddings: maybe(Factor),
});

/**
 * Decodes the rotation; `rope_scaling` goes before `rope_parameters` where both are there, as in transformers.
 *
 * @param json the content of config.json
 * @param maxPositions the context, for a llama3 scaling that does not say on which it was trained
 * @returns the rotation, or the reason it can't be used
 */
export function ropeOf(json: unknown, maxPositions: number): Either.Either<Rope, string> {
  return Either.gen(function* () {
    const config = yield* decodeConfig(RopeJson)(json);
    // an empty object is as good as none
    const key = Object.keys(config.rope_scaling ?? {}).length > 0
      ? "rope_scaling"
      : "rope_parameters";
    const parameters = config[key] ?? {};
    const nested = Object.keys(parameters).find((name) => /_attention$/.test(name));
    if (nested !== undefined) {
      return yield* Either.left(`${key} must be the same for all layers: found ${nested}`);
    }
    if (parameters.rope_theta === undefined && config.rope_theta === null) {
      return yield* Either.left("rope_theta must not be null");
    }
    const partial = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
    if (partial !== 1) {
      return yield* Either.left(`partial_rotary_factor must be 1: found ${partial}`);
    }
    if (parameters.rope_type === "llama3" && config.original_max_position_embeddings === null) {
      return yield* Either.left("original_max_position_embeddings must not be null");
    }
    const raw = (json as Readonly<Record<string, unknown>>)[key];
    const originalMaxPositions = config.original_max_position_embeddings ?? undefined;
    return {
      theta: parameters.rope_theta ?? config.rope_theta ?? DEFAULT_THETA,
      scaling: yield* scalingOf(
        parameters.rope_type ?? parameters.type ?? "default",
        raw,
        { key, maxPositions, originalMaxPositions },
      ),
    };
  });
}

interface ScalingContext {
  readonly key: string;
  readonly maxPositions: number;
  readonly originalMaxPositions: number | undefined;
}

function scalingOf(
  type: string,
  raw: unknown,
  { key, maxPositions, originalMaxPositions }: ScalingContext,
): Either.Either<RopeScaling, string> {
  if (type === "default") return Either.right({ kind: "none" });
  if (type === "linear") {
    return Either.map(decodeConfig(Linear, key)(raw), ({ factor }) => ({ kind: "linear", factor }));
  }
  if (type !== "llama3") {
    return Either.left(`${key} must be of type default, linear or llama3: found ${type}`);
  }
  return Either.flatMap(decodeConfig(Llama3, key)(raw), (scaling) => {
    const { low_freq_factor: lowFreqFactor, high_freq_factor: highFreqFactor } = scaling;
    if (highFreqFactor <= lowFreqFactor) {
      return Either.left(
        `${key}.high_freq_factor must be above low_freq_factor: found ${highFreqFactor} and ${lowFreqFactor}`,
      );
    }
    return Either.right({
      kind: "llama3",
      factor: scaling.factor,
      lowFreqFactor,
      highFreqFactor,
      originalMaxPositions: originalMaxPositions ?? scaling.original_max_position_embeddings ??
        maxPositions,
    });
  });
}

function decodeConfig<A, I>(schema: Schema.Schema<A, I>, key?: string) {
  return (json: unknown) =>
    Either.mapLeft(
      decode(schema)(json),
      (reason) => `its config is wrong ${key === undefined ? "" : `in ${key} `}${reason}`,
    );
}
