/**
 * Worked examples from a dataset's training split.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import { examples, type ExamplesOptions } from "./examples.ts";
import { DatasetError, type DatasetFormat, type Example } from "./example.ts";

/**
 * Draws worked examples from a dataset's training split.
 *
 * @param task whose rows they are; each needs a rationale
 * @param options the file, how many, and the seed that chooses them
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { drawShots, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const shots = yield* drawShots(wordProblems, {
 *     path: "data/benchmark",
 *     split: "train",
 *     count: 4,
 *     seed: 0,
 *   });
 *   assert.equal(shots.length, 4);
 * });
 * ```
 */
export function drawShots(
  task: DatasetFormat,
  { count, seed, ...options }:
    & Pick<ExamplesOptions, "path" | "split" | "config">
    & { readonly count: number; readonly seed: number },
): Effect.Effect<readonly Example[], DatasetError, FileSystem.FileSystem> {
  const source = { split: "train", ...options };
  return Effect.gen(function* () {
    const drawn = yield* examples(task, { ...source, shuffleSeed: seed }).pipe(
      Stream.filter(({ rationale }) => rationale !== undefined),
      Stream.take(count),
      Stream.runCollect,
    );
    if (drawn.length === count) return Chunk.toReadonlyArray(drawn);
    const reason =
      `it has ${drawn.length} examples with a rationale, and ${count} shots are asked for`;
    return yield* new DatasetError({ path: options.path ?? "data/cache", reason });
  });
}
