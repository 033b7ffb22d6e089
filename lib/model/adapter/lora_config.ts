/**
 * What adapter_config.json of a LoRA says: which modules it changes, and by how much.
 *
 * @module
 */
import { Data, Effect } from "effect";
import { type Files, readJson } from "../../schema/files.ts";
import { oneLine, Schema } from "../../schema/mod.ts";

/** An adapter that can't be used. */
export class AdapterError extends Data.TaggedError("AdapterError")<{
  readonly directory: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use the adapter '${this.directory}' as ${oneLine(this.reason)}`;
  }
}

/** How a module is changed: its weight becomes W + scale * B A. */
export interface ModuleLora {
  /** Rows of A, columns of B. */
  readonly rank: number;
  readonly scale: number;
}

/** The settings of a LoRA. */
export interface LoraConfig {
  /** The model that it was trained on, as it was called there. */
  readonly base: string | undefined;
  /** Whether it changes a module, such as `model.layers.0.self_attn.q_proj`. */
  readonly targets: (module: string) => boolean;
  readonly of: (module: string) => ModuleLora;
}

const Kind = Schema.Struct({
  peft_type: Schema.String,
  task_type: Schema.optional(Schema.NullOr(Schema.String)),
});

const Names = Schema.Union(Schema.String, Schema.Array(Schema.String));
const opt = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema));
const Positive = Schema.Number.pipe(Schema.finite(), Schema.positive());
const Rank = Schema.Int.pipe(Schema.positive());

const Settings = Schema.Struct({
  base_model_name_or_path: opt(Schema.String),
  r: Rank,
  lora_alpha: Positive,
  use_rslora: opt(Schema.Boolean),
  target_modules: Names,
  exclude_modules: opt(Names),
  layers_to_transform: opt(Schema.Union(Schema.Int, Schema.Array(Schema.Int))),
  layers_pattern: opt(Names),
  rank_pattern: opt(Schema.Record({ key: Schema.String, value: Rank })),
  alpha_pattern: opt(Schema.Record({ key: Schema.String, value: Positive })),
});

/** Settings under which a LoRA is more than a product of two matrices: each must be off. */
const MUST_BE_OFF = [
  "use_dora",
  "use_qalora",
  "use_bdlora",
  "fan_in_fan_out",
  "lora_bias",
  "modules_to_save",
  "trainable_token_indices",
  "target_parameters",
  "layer_replication",
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "monteclora_config",
  "velora_config",
  "megatron_config",
];

/** First values that leave the base's weights as they are; others, such as PiSSA's, take something from them. */
const PLAIN_INIT: readonly unknown[] = [undefined, null, true, false, "gaussian", "orthogonal"];

/** Reads the settings; fails with {@linkcode AdapterError} where it is not a LoRA, or one that is not merged here. */
export function readLoraConfig(
  directory: string,
  file: string,
): Effect.Effect<LoraConfig, AdapterError, Files> {
  const refuse = (reason: string) => new AdapterError({ directory, reason });
  return Effect.gen(function* () {
    const { peft_type: kind, task_type: task } = yield* readJson(file, Kind);
    if (kind !== "LORA") {
      const hint = kind.includes("TUNING") ? " (soft prompts are given as --prompt)" : "";
      return yield* refuse(`its peft_type must be LORA: found ${kind}${hint}`);
    }
    if (task && task !== "CAUSAL_LM") {
      return yield* refuse(`its task_type must be CAUSAL_LM: found ${task}`);
    }
    const all = yield* readJson(file, Schema.Record({ key: Schema.String, value: Schema.Unknown }));
    const { bias = "none", init_lora_weights: init } = all;
    if (bias !== "none") return yield* refuse(`its bias must be none: found ${String(bias)}`);
    const on = MUST_BE_OFF.find((key) => !isOff(all[key]));
    if (on !== undefined) {
      return yield* refuse(`its ${on} is not supported: found ${JSON.stringify(all[on])}`);
    }
    if (!PLAIN_INIT.includes(init)) {
      return yield* refuse(
        `its init_lora_weights is not supported, as it changes the base's weights: found ` +
          `${JSON.stringify(init)}; save it with PEFT's path_initial_model_for_weight_conversion`,
      );
    }
    const settings = yield* readJson(file, Settings);
    return yield* Effect.try({
      try: () => compile(settings),
      catch: (error) => refuse(`a pattern of its config cannot be read: ${String(error)}`),
    });
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "AdapterError" ? error : refuse(`it can't be read: ${error.message}`)
    ),
  );
}

const isOff = (value: unknown): boolean =>
  !value || (typeof value === "object" && Object.keys(value).length === 0);

/** The rules of PEFT's check_target_module_exists and get_pattern_key; throws where a pattern is none. */
function compile(settings: typeof Settings.Type): LoraConfig {
  const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);
  const matcher = (names: string | readonly string[]): (module: string) => boolean => {
    if (typeof names !== "string") {
      return (module) => names.some((name) => module === name || module.endsWith(`.${name}`));
    }
    if (names === "all-linear") return (module) => /^model\.layers\./.test(module);
    const pattern = whole(names);
    return (module) => pattern.test(module);
  };
  const { r, lora_alpha: alpha, target_modules: target, layers_to_transform: layers } = settings;
  const isTarget = matcher(target);
  const isExcluded = settings.exclude_modules ? matcher(settings.exclude_modules) : () => false;
  const paths = [settings.layers_pattern ?? []].flat();
  const layerOf = (paths.length === 0 ? [".*?\\.[^.]*"] : paths.map((path) => `(?:.*?\\.)?${path}`))
    .map((path) => new RegExp(`^${path}\\.(\\d+)\\.`));
  const kept = layers === undefined || layers === null ? [] : [layers].flat();
  // a module that is named in full is not asked for its layer
  const isInLayers = (module: string) =>
    kept.length === 0 || typeof target === "string" || target.includes(module) ||
    layerOf.some((pattern) => kept.includes(Number(pattern.exec(module)?.[1] ?? NaN)));
  const byPattern = (patterns: Readonly<Record<string, number>> | null | undefined) => {
    const rules = Object.entries(patterns ?? {}).map(([key, value]) =>
      [whole(`(?:.*\\.)?(?:${key})`), value] as const
    );
    return (module: string) => rules.find(([pattern]) => pattern.test(module))?.[1];
  };
  const rankOf = byPattern(settings.rank_pattern);
  const alphaOf = byPattern(settings.alpha_pattern);
  return {
    base: settings.base_model_name_or_path ?? undefined,
    targets: (module) => isTarget(module) && !isExcluded(module) && isInLayers(module),
    of: (module) => {
      const rank = rankOf(module) ?? r;
      const divisor = settings.use_rslora ? Math.sqrt(rank) : rank;
      return { rank, scale: (alphaOf(module) ?? alpha) / divisor };
    },
  };
}
