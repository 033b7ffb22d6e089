/**
 * The model that a pipeline runs on, as a service.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Context, Effect, Layer, type Scope } from "effect";
import {
  Checkpoint,
  type DecoderConfig,
  type Engine,
  type EngineError,
  type EngineOptions,
  fingerprint,
  openEngine,
  type OpenError,
  weightFiles,
} from "../model/mod.ts";
import type { FileError } from "../schema/files.ts";
import { load, type Tokenizer, type TokenizerError } from "../tokenizer/mod.ts";

/** A loaded model and its tokenizer. */
export class Model extends Context.Tag("Model")<Model, {
  readonly config: DecoderConfig;
  /** Tells checkpoints apart: 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
}>() {}

/** How a model runs here. */
export interface ModelOptions extends EngineOptions {
  /** Worker threads. */
  readonly workers: number;
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
    // made here once, so that workers find it made
    yield* weightFiles(checkpoint);
    const engine = yield* openEngine(options);
    const { config } = checkpoint;
    return { config, tokenizer, engine, fingerprint: yield* fingerprint(checkpoint) };
  });
}

/** The same as a layer. */
export const layer = (options: ModelOptions) => Layer.scoped(Model, open(options));
