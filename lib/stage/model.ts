/**
 * The model that a pipeline runs on, as a service.
 *
 * @module
 */
import { Context, Effect, Layer, type Scope } from "effect";
import { availableParallelism } from "node:os";
import {
  type Adapted,
  type AdapterError,
  Checkpoint,
  type DecoderConfig,
  type Engine,
  EngineError,
  fingerprintOf,
  Memory,
  mergeAdapter,
  type NonFiniteError,
  openEngine,
  type OpenError,
  type PackError,
  type Placement,
  placement,
  prepareWeights,
  type Quantization,
} from "../model/mod.ts";
import { CPU, type Device } from "../runtime/mod.ts";
import type { FileError, Files } from "../schema/files.ts";
import { hashTokenizer, load, type Tokenizer, TokenizerError } from "../tokenizer/mod.ts";

/** A loaded model and its tokenizer. */
export class Model extends Context.Tag("Model")<Model, {
  readonly config: DecoderConfig;
  /** Tells checkpoints apart, by their config and all of their weights: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Tells tokenizers apart, by all of their files, chat template included: 64 hexadecimal digits. */
  readonly tokenizerHash: string;
  /** The LoRA that is part of its weights, and what it was added to; absent without one. */
  readonly adapter?: AdapterIdentity | undefined;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly placement: Placement;
  /** Where it is computed. */
  readonly device: Device;
}>() {}

/** Tells an adapter and its base from others. */
export type AdapterIdentity = Pick<Adapted, "sha256" | "base">;

/** How a model runs here. */
export interface ModelOptions extends Partial<Placement> {
  /** Directory of a Hugging Face checkpoint, a GGUF file, or `org/name[@revision]` of the Hugging Face cache. */
  readonly directory: string;
  /** Directory of a LoRA in PEFT's format that is added to its weights. */
  readonly adapter?: string | undefined;
  /** Precision of the matrices that decoding reads; the checkpoint's own by default. */
  readonly quantization?: Quantization | undefined;
  /** Where it is computed; the CPU by default. */
  readonly device?: Device;
}

/** Why a model can't be used. */
export type ModelError = AdapterError | OpenError | FileError | NonFiniteError | TokenizerError;

/** What a checkpoint says of itself, and its tokenizer. */
export interface ModelFiles
  extends Pick<Context.Tag.Service<Model>, "config" | "tokenizer" | "adapter"> {
  /** Its files, of which the headers are read. */
  readonly checkpoint: Checkpoint.Checkpoint;
}

/** A model and its tokenizer without anything that computes, and told from others. */
export type ModelDescription =
  & ModelFiles
  & Omit<Context.Tag.Service<Model>, "engine" | "placement" | "device">;

/**
 * Checks a checkpoint and reads its tokenizer; starts nothing.
 *
 * @param directory of a Hugging Face checkpoint
 * @param quantization precision of the matrices that decoding reads
 * @param inspected what {@linkcode inspect} gave of it, so that it is not read twice
 */
export function describe(
  directory: string,
  quantization?: Quantization,
  inspected?: ModelFiles,
): Effect.Effect<ModelDescription, ModelError, Files> {
  return Effect.gen(function* () {
    const files = inspected ?? (yield* inspect(directory));
    return {
      ...files,
      // and that all weights are finite, before a copy of them is made and kept
      fingerprint: yield* fingerprintOf(files.checkpoint, quantization),
      tokenizerHash: yield* hashTokenizer(files.checkpoint.directory),
    };
  });
}

/** A model for a process that leaves the computing to others: its engine refuses whatever it is asked. */
export function withoutEngine(description: ModelDescription): Context.Tag.Service<Model> {
  const refuse = () => new EngineError({ reason: "Cannot compute as no model is open here" });
  return {
    ...description,
    engine: {
      generate: refuse,
      saliency: refuse,
      hiddenStates: refuse,
      divergence: refuse,
      promptGradient: refuse,
    },
    placement: { workers: 0, threads: 0, slots: 0 },
    device: CPU,
  };
}

/**
 * Opens a checkpoint for a pipeline: checks it, weights included, and starts the workers. What its files ask for and does not get is
 * logged as a warning.
 *
 * @param options where it is, and how it runs
 * @param described what {@linkcode describe} gave of it, so that it is not read twice
 * @returns the model; it ends with the scope
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { NO_PREFIX } from "dynamic-prompt-corruption/model";
 * import { openModel } from "dynamic-prompt-corruption/stage";
 *
 * export const program = Effect.gen(function* () {
 *   const { engine, tokenizer } = yield* openModel({ directory: "data/model", workers: 1 });
 *   const ids = tokenizer.encode("Tom has 3 apples. Tom buys 4 apples. How many apples in the end?\n");
 *   const answer = yield* engine.generate({ prefix: NO_PREFIX, ids, maxNewTokens: 32, stop: [] });
 *   assert.ok(answer.ids.length > 0);
 * }).pipe(Effect.scoped);
 * ```
 */
export function open(
  options: ModelOptions,
  described?: ModelDescription,
): Effect.Effect<
  Context.Tag.Service<Model>,
  ModelError | EngineError | PackError,
  Files | Scope.Scope
> {
  return Effect.gen(function* () {
    const { directory, adapter, quantization, device = CPU } = options;
    yield* checkOptions(options);
    const model = described ??
      (yield* describe(directory, quantization, yield* inspect(directory, adapter)));
    const { checkpoint } = model;
    yield* checkRoom(checkpoint.config, device);
    const warnings = [...checkpoint.warnings, ...model.tokenizer.warnings];
    yield* Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true });
    // made here once, so that workers find it made
    yield* prepareWeights(checkpoint, options.quantization);
    const placed = {
      ...placement(Memory.weightBytes(checkpoint.config), availableParallelism(), device),
      ...options,
      directory: checkpoint.directory,
    };
    const { fingerprint, tokenizerHash } = model;
    const engine = yield* openEngine({ ...placed, expected: { fingerprint, tokenizerHash } });
    const { workers, threads, slots } = placed;
    return { ...model, engine, placement: { workers, threads, slots }, device };
  });
}

/** Refuses what a device cannot do, before weights are read. */
function checkOptions(
  { device = CPU, workers = 1, quantization }: ModelOptions,
): Effect.Effect<void, EngineError> {
  if (device.provider === "cpu") return Effect.void;
  const reason = workers > 1
    ? `Cannot start ${workers} workers on one GPU: leave --workers out`
    : quantization === "int8" || quantization === "int8-saliency"
    ? `Cannot use ${quantization} on ${device.name}, which has no product of 8-bit numbers: ` +
      "take q8 or q4, or --device cpu"
    : undefined;
  return reason === undefined ? Effect.void : Effect.fail(new EngineError({ reason }));
}

/** Refuses weights that a device cannot hold, before copies of them are made. */
function checkRoom(
  config: DecoderConfig,
  { name: device, adapter }: Device,
): Effect.Effect<void, EngineError> {
  const most = adapter?.maxBufferBytes ?? Infinity;
  const { name, bytes } = Memory.largestTensor(config);
  if (bytes <= most) return Effect.void;
  const gibibytes = (size: number) => `${(size / 2 ** 30).toFixed(2)} GiB`;
  const reason =
    `Cannot compute on ${device} as '${name}' takes ${gibibytes(bytes)} in float32 and ` +
    `its largest buffer has ${gibibytes(most)}: take another device, or --device cpu`;
  return new EngineError({ reason });
}

/**
 * Reads what a checkpoint says of itself, and its tokenizer, but no weights: enough to refuse what cannot work with it.
 *
 * @param directory of a Hugging Face checkpoint
 * @param adapter directory of a LoRA: the checkpoint is then a copy in the user's cache with the LoRA added to its weights, made once
 */
export function inspect(
  directory: string,
  adapter?: string,
): Effect.Effect<ModelFiles, ModelError, Files> {
  return Effect.gen(function* () {
    const base = yield* Checkpoint.open(directory);
    const tokenizer = yield* load(base.directory);
    const { config } = base;
    if (tokenizer.vocabSize > config.vocabSize) {
      return yield* new TokenizerError({
        directory,
        reason: `it has ${tokenizer.vocabSize} tokens and the model ${config.vocabSize}: ` +
          "they are not of one checkpoint",
      });
    }
    if (adapter === undefined) {
      return { checkpoint: base, config, tokenizer } satisfies ModelFiles;
    }
    const merged = yield* mergeAdapter(base, adapter);
    const checkpoint = { ...yield* Checkpoint.open(merged.directory), commit: base.commit };
    const identity = { sha256: merged.sha256, base: merged.base };
    return { checkpoint, config: checkpoint.config, tokenizer, adapter: identity };
  });
}

/**
 * The same as a layer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import * as NodeContext from "@effect/platform-node/NodeContext";
 * import { Effect } from "effect";
 * import { Model, modelLayer } from "dynamic-prompt-corruption/stage";
 *
 * const program = Effect.map(Model, ({ config }) => config.layers).pipe(
 *   Effect.provide(modelLayer({ directory: "data/model" })),
 *   Effect.provide(NodeContext.layer),
 * );
 * assert.equal(await Effect.runPromise(program), 8);
 * ```
 */
export function layer(
  options: ModelOptions,
): Layer.Layer<
  Model,
  ModelError | EngineError | PackError,
  Files
> {
  return Layer.scoped(Model, open(options));
}
