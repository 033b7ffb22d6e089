/**
 * Engines over checkpoints for the suites, and how far two arrays are apart.
 *
 * @module
 */
import { Effect } from "effect";
import { type Checkpoint, open } from "../../lib/model/checkpoint/checkpoint.ts";
import type { DecoderConfig } from "../../lib/model/checkpoint/config.ts";
import type { DecodingContext } from "../../lib/model/engine/decoding.ts";
import type { GenerateRequest, Prefix } from "../../lib/model/engine/engine.ts";
import { NO_PREFIX } from "../../lib/model/engine/engine.ts";
import { makeGraphRunner } from "../../lib/model/engine/graph_runner.ts";
import { makeLocalEngine } from "../../lib/model/engine/local_engine.ts";
import type { OpenDevice } from "../../lib/runtime/mod.ts";
import { PositionFeeds } from "../../lib/model/graph/position_feeds.ts";
import { Prefixes } from "../../lib/model/engine/prefixes.ts";
import { prepareWeights } from "../../lib/model/weights/packed.ts";
import { SoftPrompt } from "../../lib/model/soft_prompt.ts";

/** How an engine of a suite differs from the usual. */
export interface EngineSetup {
  readonly threads?: number;
  readonly slots?: number;
  /** Bytes of prefixes kept. */
  readonly prefixBytes?: number;
  /** Keys of the config that are replaced. */
  readonly config?: Partial<DecoderConfig>;
  readonly decode?: (ids: readonly number[]) => string;
  /** How its weights are read; as those of a small checkpoint unless told. */
  readonly weights?: typeof prepareWeights;
  /** Where it is computed; the CPU unless told. */
  readonly device?: OpenDevice;
  /** Called with the key of each graph that is run. */
  readonly watch?: (key: string) => void;
}

/** The parts that engines are made of, over a checkpoint; the text of a token is its id and a space unless told. */
export const contextOf = (directory: string, setup: EngineSetup = {}) =>
  Effect.gen(function* () {
    const checkpoint: Checkpoint = yield* open(directory);
    const config = { ...checkpoint.config, ...setup.config };
    const { threads = 1, prefixBytes = 2 ** 28 } = setup;
    const weights = yield* (setup.weights ?? prepareWeights)(checkpoint);
    const native = yield* makeGraphRunner(weights, {
      threads,
      keep: 64,
      keepGradients: 16,
      device: setup.device,
    });
    const runner: typeof native = {
      ...native,
      run: (program, feeds) => {
        setup.watch?.(program.key);
        return native.run(program, feeds);
      },
      runKeeping: (program, feeds) => {
        setup.watch?.(program.key);
        return native.runKeeping(program, feeds);
      },
    };
    const positions = new PositionFeeds(config);
    const prefixes = new Prefixes(config, runner, positions, prefixBytes);
    const decode = setup.decode ?? ((ids) => ids.map((id) => `${id} `).join(""));
    return { config, runner, positions, prefixes, tokenizer: { decode } } satisfies DecodingContext;
  });

/** An engine in this thread. */
export const engineOf = (directory: string, setup: EngineSetup = {}) =>
  Effect.flatMap(
    contextOf(directory, setup),
    (context) => makeLocalEngine(context, setup.slots ?? 8),
  );

/** A prefix of vectors alone. */
export const prefixOf = (vectors: Float32Array, virtualTokens: number): Prefix => ({
  ...NO_PREFIX,
  prompt: new SoftPrompt({ name: "test", vectors, virtualTokens }),
});

/** A soft prompt of n vectors for hidden size d, the same each time. */
export const softPrompt = (n: number, d: number, scale = 0.5): Prefix =>
  prefixOf(Float32Array.from({ length: n * d }, (_, i) => scale * Math.sin(1.7 * i + 0.3)), n);

/** Some token ids of a text, below 300 and none of them special. */
export const someIds = (count: number, seed: number): readonly number[] =>
  Array.from({ length: count }, (_, t) => 3 + (37 * t + 101 * seed + (t * t) % 11) % 290);

/** A request without prefix or stop strings. */
export const request = (
  ids: readonly number[],
  maxNewTokens: number,
  more: Partial<GenerateRequest> = {},
): GenerateRequest => ({ prefix: NO_PREFIX, ids, maxNewTokens, stop: [], ...more });

/** Largest absolute difference. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`The lengths differ: ${a.length} and ${b.length}`);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

/** |a - b| / |b| in Frobenius' norm. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`The lengths differ: ${a.length} and ${b.length}`);
  let [error, norm] = [0, 0];
  a.forEach((x, i) => {
    error += (x - b[i]!) ** 2;
    norm += b[i]! ** 2;
  });
  return Math.sqrt(error / norm);
}
