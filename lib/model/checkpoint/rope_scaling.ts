/**
 * Kinds of scaling of rotary positions, for contexts longer than those trained on, and how each is read.
 *
 * Source: transformers, modeling_rope_utils.py.
 *
 * @module
 */
import { Either } from "effect";
import { Schema } from "../../schema/mod.ts";

/** Change of the inverse frequencies. */
export type RopeScaling =
  | { readonly kind: "none" }
  /** All frequencies divided by `factor`. */
  | { readonly kind: "linear"; readonly factor: number }
  /** NTK: beyond the context, the base grows with the text. */
  | { readonly kind: "dynamic"; readonly factor: number; readonly originalMaxPositions: number }
  /** Llama 3.1: low frequencies divided by `factor`, high ones kept, a smooth passage between. */
  | {
    readonly kind: "llama3";
    readonly factor: number;
    readonly lowFreqFactor: number;
    readonly highFreqFactor: number;
    readonly originalMaxPositions: number;
  }
  /** YaRN (Peng et al. 2023): low frequencies divided by `factor`, high ones kept, a ramp between the numbers of a head from `low` to `high`. */
  | {
    readonly kind: "yarn";
    readonly factor: number;
    readonly low: number;
    readonly high: number;
    /** Factor of cosines and sines. */
    readonly attentionFactor: number;
    readonly originalMaxPositions: number;
  }
  /** LongRoPE (Ding et al. 2024): each frequency divided by its own factor, of one list up to the context first trained on, of another beyond it. */
  | {
    readonly kind: "longrope";
    readonly short: readonly number[];
    readonly long: readonly number[];
    /** Factor of cosines and sines. */
    readonly attentionFactor: number;
    readonly originalMaxPositions: number;
    /** Whether a text that outgrows the short factors while it is generated is read again by the long ones. */
    readonly rereads: boolean;
  };

/** What a scaling depends on beside its own parameters. */
interface ScalingContext {
  /** Names the parameters in messages. */
  readonly key: string;
  readonly theta: number;
  readonly dimensions: number;
  readonly maxPositions: number;
  readonly originalMaxPositions: number | undefined;
  readonly rereads: boolean;
}

type Decode = <A, I>(schema: Schema.Schema<A, I>) => Either.Either<A, string>;
type Read = (context: ScalingContext, parameters: Decode) => Either.Either<RopeScaling, string>;

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullishOr(schema));
const Positive = Schema.Positive.pipe(Schema.finite());
const Finite = Schema.Number.pipe(Schema.finite());
const Original = { original_max_position_embeddings: maybe(Positive) };

const Linear = Schema.Struct({ factor: Positive });
const Llama3 = Schema.Struct({
  factor: Positive,
  low_freq_factor: Positive,
  high_freq_factor: Positive,
  ...Original,
});
const Yarn = Schema.Struct({
  // it must be there, and may be null
  factor: Schema.NullOr(Positive),
  attention_factor: maybe(Finite),
  beta_fast: maybe(Finite),
  beta_slow: maybe(Finite),
  mscale: maybe(Finite),
  mscale_all_dim: maybe(Finite),
  truncate: Schema.optional(Schema.Boolean),
  ...Original,
});
const LongRope = Schema.Struct({
  short_factor: Schema.Array(Positive),
  long_factor: Schema.Array(Positive),
  factor: maybe(Positive),
  attention_factor: maybe(Finite),
  ...Original,
});

/** The context that a model was first trained on. */
const originalOf = (
  context: ScalingContext,
  parameters: { readonly original_max_position_embeddings?: number | null | undefined },
): number =>
  context.originalMaxPositions ?? parameters.original_max_position_embeddings ??
    context.maxPositions;

/** Each type by its name in config.json. */
export const SCALINGS = {
  default: () => Either.right({ kind: "none" }),
  linear: (_, parameters) =>
    Either.map(parameters(Linear), ({ factor }) => ({ kind: "linear", factor })),
  dynamic: ({ key, maxPositions, dimensions }, parameters) =>
    dimensions <= 2
      ? Either.left(`${key} of type dynamic must rotate more than 2 numbers of a head`)
      : Either.map(parameters(Linear), ({ factor }) => ({
        kind: "dynamic",
        factor,
        originalMaxPositions: maxPositions,
      })),
  llama3: (context, parameters) =>
    Either.flatMap(parameters(Llama3), (json) => {
      const { low_freq_factor: lowFreqFactor, high_freq_factor: highFreqFactor, factor } = json;
      if (highFreqFactor <= lowFreqFactor) {
        return Either.left(
          `${context.key}.high_freq_factor must be above low_freq_factor: found ${highFreqFactor} and ${lowFreqFactor}`,
        );
      }
      const originalMaxPositions = originalOf(context, json);
      return Either.right({
        kind: "llama3",
        factor,
        lowFreqFactor,
        highFreqFactor,
        originalMaxPositions,
      });
    }),
  yarn: (context, parameters) => Either.flatMap(parameters(Yarn), (json) => yarn(context, json)),
  longrope: (context, parameters) =>
    Either.flatMap(parameters(LongRope), (json) => longRope(context, json)),
} satisfies Record<string, Read>;

/** Those that depend on the context a model was first trained on. */
export const OF_ORIGINAL: readonly ScalingType[] = ["llama3", "yarn", "longrope"];

/** Name of a scaling in config.json. */
export type ScalingType = keyof typeof SCALINGS;

function yarn(context: ScalingContext, json: typeof Yarn.Type): Either.Either<RopeScaling, string> {
  const { theta, dimensions, maxPositions } = context;
  const originalMaxPositions = originalOf(context, json);
  const factor = json.factor ?? maxPositions / originalMaxPositions;
  const scaleOf = (mscale: number) => factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
  const attentionFactor = json.attention_factor ??
    (json.mscale && json.mscale_all_dim
      ? scaleOf(json.mscale) / scaleOf(json.mscale_all_dim)
      : scaleOf(1));
  /** Which number of a head turns so often within the context. */
  const turning = (rotations: number) =>
    dimensions * Math.log(originalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
  const truncate = json.truncate ?? true;
  const [first, last] = [turning(json.beta_fast || 32), turning(json.beta_slow || 1)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, dimensions - 1);
  if (![attentionFactor, low, high].every(Number.isFinite)) {
    return Either.left(`${context.key} of type yarn must give finite frequencies`);
  }
  return Either.right({
    kind: "yarn",
    factor,
    low,
    // one number of a head is no ramp
    high: low === high ? high + 0.001 : high,
    attentionFactor,
    originalMaxPositions,
  });
}

function longRope(
  context: ScalingContext,
  json: typeof LongRope.Type,
): Either.Either<RopeScaling, string> {
  const { dimensions, maxPositions, rereads } = context;
  for (const key of ["short_factor", "long_factor"] as const) {
    if (json[key].length === dimensions / 2) continue;
    return Either.left(
      `${context.key}.${key} must have a factor for each of ${dimensions / 2} frequencies: found ${
        json[key].length
      }`,
    );
  }
  const originalMaxPositions = originalOf(context, json);
  const factor = json.factor ?? maxPositions / originalMaxPositions;
  const attentionFactor = json.attention_factor ??
    (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions)));
  if (!Number.isFinite(attentionFactor)) {
    return Either.left(`${context.key}.attention_factor must be finite: found ${attentionFactor}`);
  }
  return Either.right({
    kind: "longrope",
    short: json.short_factor,
    long: json.long_factor,
    attentionFactor,
    originalMaxPositions,
    rereads,
  });
}
