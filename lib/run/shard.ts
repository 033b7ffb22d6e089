/**
 * Parts of a dataset for machines that don't talk to each other: array jobs.
 *
 * @module
 */
import { Data, Effect, Either, Stream } from "effect";
import type { Example } from "../task/mod.ts";

/** One part of several. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/** A shard that does not exist. */
export class ShardError extends Data.TaggedError("ShardError")<{
  /** One line for the user. */
  readonly message: string;
}> {}

/** Parts at most; beyond it, a mistake is likelier than a cluster. */
const MAX_SHARDS = 10_000;

/** Reads "2/8", the second of eight. */
export function parseShard(text: string): Either.Either<Shard, ShardError> {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  return index !== undefined && of !== undefined && index >= 1 && index <= of && of <= MAX_SHARDS
    ? Either.right({ index, of })
    : Either.left(
      new ShardError({
        message: `Cannot use shard '${text}': it must be i/n with 1 <= i <= n <= ${MAX_SHARDS}, ` +
          "such as 2/8",
      }),
    );
}

/** The examples of a shard, and what tells whether shards are of one dataset and complete. */
export interface Sharded<E, R> {
  /** Its examples, in the dataset's order. */
  readonly examples: Stream.Stream<Example, E, R>;
  /** Their ids. */
  readonly ids: readonly string[];
  /** Where its examples stand in the dataset, from 0. */
  readonly places: readonly number[];
  /** Examples of all shards. */
  readonly total: number;
}

/**
 * Chooses the examples of a shard. The longest is dealt first, always to the shard with the least to do so far, so that shards end
 * together; the same dataset gives the same shards everywhere. Keeps eight bytes an example, and the ids of its own.
 *
 * @param examples the whole dataset, each time from its start
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { shardOf } from "dynamic-prompt-corruption/run";
 *
 * export const program = Effect.gen(function* () {
 *   const dev = examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 20 });
 *   const { places, total } = yield* shardOf(dev, { index: 2, of: 8 });
 *   assert.equal(total, 20);
 *   assert.ok(places.length === 2 || places.length === 3);
 * });
 * ```
 */
export function shardOf<E, R>(
  examples: Stream.Stream<Example, E, R>,
  { index, of }: Shard,
): Effect.Effect<Sharded<E, R>, E | ShardError, R> {
  return Effect.gen(function* () {
    const lengths = yield* Stream.runFold(
      Stream.map(examples, estimatedLength),
      [] as number[],
      (all, length) => (all.push(length), all),
    );
    const owners = deal(lengths, of);
    const places = [...owners.keys()].filter((at) => owners[at] === index - 1);
    if (places.length === 0) {
      return yield* new ShardError({
        message: `Cannot run shard ${index}/${of} as the dataset has ${lengths.length} ${
          lengths.length === 1 ? "example" : "examples"
        }`,
      });
    }
    const own = examples.pipe(
      Stream.zipWithIndex,
      Stream.filter(([, at]) => owners[at] === index - 1),
      Stream.map(([example]) => example),
    );
    const ids = yield* Stream.runCollect(Stream.map(own, ({ id }) => id));
    return { ids: [...ids], places, total: lengths.length, examples: own };
  });
}

/** Characters that are read and, where the dataset has a solution, likely to be written. */
const estimatedLength = ({ question, rationale }: Example): number =>
  1 + question.length + (rationale?.length ?? 0);

/** Which of n shards, from 0, gets each of the lengths. */
export function deal(lengths: readonly number[], n: number): Uint32Array {
  const owners = new Uint32Array(lengths.length);
  const loads = new Float64Array(n);
  const longestFirst = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const at of longestFirst) {
    const least = loads.indexOf(loads.reduce((a, b) => Math.min(a, b)));
    owners[at] = least;
    loads[least]! += lengths[at]!;
  }
  return owners;
}
