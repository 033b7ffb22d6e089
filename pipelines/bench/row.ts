/**
 * What a row of the benchmark's table is made of.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Duration, Effect, type Scope } from "effect";
import type { Measure, PeerRequest } from "./peer.ts";
import type { Failure } from "../cli/program.ts";
import type { Device } from "../../lib/runtime/mod.ts";
import { SoftPrompt } from "../../lib/prompt/mod.ts";

/** One row of the benchmark's table, ready to run. */
export interface Work {
  readonly ours: Effect.Effect<Measure, Failure>;
  /** The same work for the peer, or other work of this project that the row compares with. */
  readonly against: PeerRequest | Effect.Effect<Measure, Failure>;
}

export type Prepare = (options: BenchOptions) => Effect.Effect<
  Work,
  Failure,
  FileSystem.FileSystem | Path.Path | Scope.Scope
>;

/** What rows are measured on. */
export interface BenchOptions {
  /** Directory of the checkpoint for the rows of decoding, saliency and tuning. */
  readonly model: string;
  readonly threads: number;
  /** Where this project computes those rows; the peer and other rows are on the CPU. */
  readonly device?: Device;
  /** Tokens that are generated. */
  readonly tokens: number;
  /** Problems of a whole job. */
  readonly problems: number;
}

/** A soft prompt, the same each time. */
export const promptOf = (n: number, d: number): SoftPrompt =>
  new SoftPrompt({
    name: "bench",
    vectors: Float32Array.from({ length: n * d }, (_, i) => 0.05 * Math.sin(i)),
    virtualTokens: n,
  });

/** Token ids without a pattern, the same each time. */
export const idsOf = (length: number, seed: number, vocabSize: number): number[] =>
  Array.from({ length }, (_, i) => 20 + ((i + 1) * 7919 + seed * 104729) % (vocabSize - 20));

/** Runs an effect that says what it made, and times it. */
export const timed = <E>(effect: Effect.Effect<number, E>): Effect.Effect<Measure, E> =>
  Effect.map(Effect.timed(effect), ([duration, count]) => ({
    amount: Duration.toSeconds(duration),
    count,
  }));

/** Rows of a matrix, as JSON. */
export const rowsOf = (vectors: Float32Array, width: number): readonly (readonly number[])[] =>
  Array.from(
    { length: vectors.length / width },
    (_, row) => [...vectors.subarray(row * width, (row + 1) * width)],
  );
