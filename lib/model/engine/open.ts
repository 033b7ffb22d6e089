/**
 * Opens a checkpoint as an engine in this thread.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import { env } from "node:process";
import { type Device, Session } from "../../runtime/mod.ts";
import type { Files } from "../../schema/files.ts";
import { differences } from "../../schema/mod.ts";
import * as Tokenizer from "../../tokenizer/mod.ts";
import { Checkpoint } from "../checkpoint/mod.ts";
import { type Engine, EngineError } from "./engine.ts";
import { toEngineError } from "./failures.ts";
import { COMPILED_GRAPHS, compiledGradients, type EngineOptions, PREFIX_BYTES } from "./options.ts";
import { makeGraphRunner } from "./graph_runner.ts";
import { makeLocalEngine } from "./local_engine.ts";
import { fingerprintOf, Memory, prepareWeights } from "../weights/mod.ts";
import { PositionFeeds } from "../graph/mod.ts";
import { Prefixes } from "./prefixes.ts";

/**
 * Opens the model of a directory in this thread, which its runs block.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { NO_PREFIX, openLocalEngine } from "dynamic-prompt-corruption/model";
 * import { load } from "dynamic-prompt-corruption/tokenizer";
 *
 * export const program = Effect.gen(function* () {
 *   const engine = yield* openLocalEngine({ directory: "data/model", threads: 1, slots: 8 });
 *   const ids = (yield* load("data/model")).encode("Tom has 3 apples.");
 *   const { ids: tokens, logProbabilities } = yield* engine.generate({
 *     prefix: NO_PREFIX,
 *     ids,
 *     maxNewTokens: 4,
 *     stop: [],
 *   });
 *   assert.equal(tokens.length, logProbabilities.length);
 * }).pipe(Effect.scoped);
 * ```
 */
export function openLocalEngine(
  { directory, threads, slots, quantization, device, expected }: EngineOptions,
): Effect.Effect<Engine, EngineError, Files | Scope.Scope> {
  return Effect.gen(function* () {
    const checkpoint = yield* Checkpoint.open(directory);
    const tokenizer = yield* Tokenizer.load(checkpoint.directory);
    if (expected !== undefined) {
      const found = {
        fingerprint: yield* fingerprintOf(checkpoint, quantization),
        tokenizerHash: yield* Tokenizer.hashTokenizer(checkpoint.directory),
      };
      const [changed] = differences(expected, found);
      if (changed !== undefined) {
        return yield* new EngineError({
          reason: `Cannot go on with the model in '${directory}' as its files have changed since ` +
            `the start: its ${changed.key} was ${changed.recorded} and is ${changed.current}`,
        });
      }
    }
    const weights = yield* prepareWeights(checkpoint, quantization);
    const { config } = checkpoint;
    const runner = yield* makeGraphRunner(weights, {
      threads,
      device: yield* opened(device),
      keep: COMPILED_GRAPHS,
      keepGradients: compiledGradients(Memory.weightBytes(config)),
    });
    const positions = new PositionFeeds(config);
    const prefixes = new Prefixes(config, runner, positions, PREFIX_BYTES);
    return yield* makeLocalEngine({ config, runner, prefixes, positions, tokenizer }, slots);
  }).pipe(Effect.mapError(toEngineError));
}

/** Opens a device for this process, whose environment native code reads when it first looks for one. */
function opened(device: Device | undefined) {
  if (device === undefined || device.provider === "cpu") return Effect.succeed(undefined);
  const { provider, environment } = device;
  return Effect.suspend(() => {
    Object.assign(env, environment);
    return Session.openDevice(provider);
  });
}
