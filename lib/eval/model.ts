/**
 * The model that a pipeline runs on, as a service.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Context, Effect, Layer, type Scope } from "effect";
import { availableParallelism } from "node:os";
import {
  Checkpoint,
  type DecoderConfig,
  type Engine,
  type EngineError,
  fingerprint,
  openEngine,
  type OpenError,
  type Placement,
  placement,
  weightFiles,
} from "../model/mod.ts";
import type { FileError } from "../schema/files.ts";
import { load, type Tokenizer, TokenizerError } from "../tokenizer/mod.ts";

/** A loaded model and its tokenizer. */
export class Model extends Context.Tag("Model")<Model, {
  readonly config: DecoderConfig;
  /** Tells checkpoints apart: 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly placement: Placement;
}>() {}

/** How a model runs here. */
export interface ModelOptions extends Partial<Placement> {
  /** Directory of a Hugging Face checkpoint. */
  readonly directory: string;
}

/**
 * Opens a checkpoint for a pipeline: checks it, then starts the workers.
 *
 * @returns the model; it ends with the scope
 */
export function open(
  options: ModelOptions,
): Effect.Effect<
  Context.Tag.Service<Model>,
  EngineError | OpenError | FileError | TokenizerError,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  return Effect.gen(function* () {
    const checkpoint = yield* Checkpoint.open(options.directory);
    const tokenizer = yield* load(options.directory);
    if (tokenizer.vocabSize > checkpoint.config.vocabSize) {
      return yield* new TokenizerError({
        directory: options.directory,
        reason:
          `it has ${tokenizer.vocabSize} tokens and the model ${checkpoint.config.vocabSize}: ` +
          "they are not of one checkpoint",
      });
    }
    // made here once, so that workers find it made
    yield* weightFiles(checkpoint);
    const bytes = [...checkpoint.tensors.values()].reduce((sum, { length }) => sum + length, 0);
    const placed = { ...placement(bytes, availableParallelism()), ...options };
    const engine = yield* openEngine(placed);
    const { config } = checkpoint;
    const { workers, threads, slots } = placed;
    return {
      config,
      tokenizer,
      engine,
      fingerprint: yield* fingerprint(checkpoint),
      placement: { workers, threads, slots },
    };
  });
}

/** The same as a layer. */
export function layer(
  options: ModelOptions,
): Layer.Layer<
  Model,
  EngineError | OpenError | FileError | TokenizerError,
  FileSystem.FileSystem | Path.Path
> {
  return Layer.scoped(Model, open(options));
}
