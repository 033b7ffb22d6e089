/**
 * How positions are rotated, as config.json says: by `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (before).
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../../schema/mod.ts";
import { OF_ORIGINAL, type RopeScaling, SCALINGS, type ScalingType } from "./rope_scaling.ts";

/** Rotary position embedding. */
export interface Rope {
  /** Base of the geometric series of wavelengths. */
  readonly theta: number;
  /** How many of a head's first numbers are rotated. */
  readonly dimensions: number;
  /** How long texts are scaled. */
  readonly scaling: RopeScaling;
}

/** What sets a family's rotation apart from a plain Llama's. */
export interface RopeTraits {
  /** Base where config.json has none. */
  readonly theta?: number;
  /** Layers that slide have a rotation of their own: its base, and the older key of that. */
  readonly sliding?: { readonly theta: number; readonly key?: "rope_local_base_freq" };
  /** Whether `partial_rotary_factor` may leave the end of a head as it is. */
  readonly partial?: boolean;
  /** The only types that its class takes, and what it takes them for. */
  readonly types?: Readonly<Record<string, ScalingType>>;
  /** Whether a text that outgrows the context of its short factors while it is generated is read again by the long ones. */
  readonly rereads?: boolean;
}

/** What else of the config a rotation depends on. */
export interface RopeContext {
  readonly headDim: number;
  /** `max_position_embeddings`. */
  readonly maxPositions: number;
  /** Context it was first trained on, where the config or its class says so beside the parameters. */
  readonly originalMaxPositions: number | undefined;
}

/** The rotations of a decoder: of layers that read all, and of those that read a window. */
export interface Ropes {
  readonly full: Rope;
  readonly sliding: Rope;
}

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullishOr(schema));
const Positive = Schema.Positive.pipe(Schema.finite());
const Anything = Schema.Record({ key: Schema.String, value: Schema.Unknown });

const Parameters = Schema.Struct(
  {
    rope_type: Schema.optional(Schema.String),
    type: Schema.optional(Schema.String),
    rope_theta: Schema.optional(Positive),
    partial_rotary_factor: maybe(Schema.Number),
  },
  Anything,
);

const RopeJson = Schema.Struct({
  rope_theta: maybe(Positive),
  rope_local_base_freq: Schema.optional(Positive),
  partial_rotary_factor: maybe(Schema.Number),
  original_max_position_embeddings: maybe(Positive),
  rope_parameters: maybe(Parameters),
  rope_scaling: maybe(Parameters),
});
type RopeJson = typeof RopeJson.Type;
type Parameters = typeof Parameters.Type;

/**
 * Decodes the rotations.
 *
 * @param json the content of config.json
 * @returns the rotations, or the reason they can't be used
 */
export function ropesOf(
  json: unknown,
  traits: RopeTraits,
  context: RopeContext,
): Either.Either<Ropes, string> {
  return Either.gen(function* () {
    const config = yield* decodeAs(RopeJson, json);
    if (traits.sliding !== undefined) return yield* nested(config, traits, context);
    // an empty object is as good as none
    const key = Object.keys(config.rope_scaling ?? {}).length > 0
      ? "rope_scaling"
      : "rope_parameters";
    const parameters = config[key] ?? {};
    const kind = Object.keys(parameters).find((name) => /_attention$/.test(name));
    if (kind !== undefined) {
      return yield* Either.left(`${key} must be the same for all layers: found ${kind}`);
    }
    const full = yield* ropeOf({ ...config, key, parameters }, traits, context);
    return { full, sliding: full };
  });
}

/** Rotations for each kind of layer: `rope_parameters` holds both, and `rope_scaling` is of the layers that read all. */
function nested(
  config: RopeJson,
  traits: RopeTraits,
  context: RopeContext,
): Either.Either<Ropes, string> {
  return Either.gen(function* () {
    const { rope_parameters: both, rope_scaling: older } = config;
    if (older?.type !== undefined && older.rope_type === undefined) {
      return yield* Either.left("rope_scaling must name its rope_type");
    }
    const of = (kind: string) =>
      decodeAs(Parameters, both?.[kind] ?? {}, `rope_parameters.${kind}`);
    const { theta, key } = traits.sliding!;
    const full = {
      ...config,
      key: older ? "rope_scaling" : "rope_parameters.full_attention",
      parameters: { ...yield* of("full_attention"), ...older },
    };
    const sliding = {
      ...config,
      key: "rope_parameters.sliding_attention",
      parameters: yield* of("sliding_attention"),
      rope_theta: (key && config[key]) ?? theta,
    };
    for (const { key, parameters } of [full, sliding]) {
      // transformers looks for it beside the two kinds, where it finds nothing
      if (parameters["truncate"] === false) {
        return yield* Either.left(`${key}.truncate must be true: found false`);
      }
    }
    // and so it does not look beside the parameters for the context of the first training
    const inside = { ...context, originalMaxPositions: undefined };
    return {
      full: yield* ropeOf(full, traits, inside),
      sliding: yield* ropeOf(sliding, traits, inside),
    };
  });
}

/** Base of every family that says nothing else. */
const DEFAULT_THETA = 10_000;

/** One rotation; `key` names its parameters in messages. */
function ropeOf(
  config:
    & Pick<RopeJson, "rope_theta" | "partial_rotary_factor" | "original_max_position_embeddings">
    & {
      readonly key: string;
      readonly parameters: Parameters;
    },
  traits: RopeTraits,
  context: RopeContext,
): Either.Either<Rope, string> {
  return Either.gen(function* () {
    const { key, parameters } = config;
    if (parameters.rope_theta === undefined && config.rope_theta === null) {
      return yield* Either.left("rope_theta must not be null");
    }
    const theta = parameters.rope_theta ?? config.rope_theta ?? traits.theta ?? DEFAULT_THETA;
    const partial = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
    const dimensions = Math.trunc(context.headDim * partial);
    if (partial !== 1 && (!traits.partial || !(partial < 1) || dimensions < 1)) {
      const must = traits.partial ? "rotate some of a head, and at most all" : "be 1";
      return yield* Either.left(`partial_rotary_factor must ${must}: found ${partial}`);
    }
    const name = parameters.rope_type ?? parameters.type ?? "default";
    const types: Readonly<Record<string, ScalingType>> = traits.types ?? ALL_TYPES;
    const type = Object.hasOwn(types, name) ? types[name]! : undefined;
    if (type === undefined) {
      const known = [...new Set(Object.values(types))];
      const all = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
      return yield* Either.left(`${key} must be of type ${all}: found ${name}`);
    }
    if (OF_ORIGINAL.includes(type) && config.original_max_position_embeddings === null) {
      return yield* Either.left("original_max_position_embeddings must not be null");
    }
    const scaling = yield* SCALINGS[type](
      { ...context, key, theta, dimensions, rereads: traits.rereads ?? false },
      (schema) => decodeAs(schema, parameters, key),
    );
    return { theta, dimensions, scaling };
  });
}

/** Types by their names, as a class without types of its own takes them. */
const ALL_TYPES = Object.fromEntries(
  (Object.keys(SCALINGS) as ScalingType[]).map((type) => [type, type]),
);

/** Most positions that a text may have: a scaling that goes on beyond the context reaches as far as its factor says. */
export function contextOf({ scaling }: Rope, maxPositions: number): number {
  return scaling.kind === "yarn" || scaling.kind === "dynamic"
    ? Math.max(maxPositions, Math.floor(scaling.factor * scaling.originalMaxPositions))
    : maxPositions;
}

function decodeAs<A, I>(schema: Schema.Schema<A, I>, json: unknown, key?: string) {
  return Either.mapLeft(
    decode(schema)(json),
    (reason) => `its config is wrong ${key === undefined ? "" : `in ${key} `}${reason}`,
  );
}
