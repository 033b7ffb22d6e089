/**
 * What a stage is: a function from a Stream to a Stream, which works on several records at a time, so that the engine can batch
 * them, and gives them on in the order in which they came.
 *
 * @module
 */
import { Effect, Stream } from "effect";

/** Records that a stage works on at a time: enough to keep the engine's batches full. */
export const LOOK_AHEAD = 128;

/** A stage that asks for `In` and adds `Out`. */
export interface Stage<In, Out, E = never, R = never> {
  /** Adds to each record of a stream, in order. */
  <A extends In, E0, R0>(
    stream: Stream.Stream<A, E0, R0>,
  ): Stream.Stream<A & Out, E0 | E, R0 | R>;
  /** Adds to one record: a stream of one would cost more than most stages. */
  readonly step: <A extends In>(record: A) => Effect.Effect<A & Out, E, R>;
}

/**
 * Makes a stage of a function on one record.
 *
 * @param add gives the fields to add
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 *
 * const countWords = Stage.make(({ text }: { text: string }) =>
 *   Effect.succeed({ words: text.split(" ").length }));
 * export const program = Stream.make({ text: "#### 18" }).pipe(
 *   countWords,
 *   Stream.runCollect,
 *   Effect.tap((records) => assert.deepEqual([...records], [{ text: "#### 18", words: 2 }])),
 * );
 * ```
 */
export function make<In extends object, Out extends object, E, R>(
  add: (record: In) => Effect.Effect<Out, E, R>,
): Stage<In, Out, E, R> {
  const step = <A extends In>(record: A): Effect.Effect<A & Out, E, R> =>
    Effect.map(add(record), (fields) => ({ ...record, ...fields }));
  const stage = <A extends In, E0, R0>(stream: Stream.Stream<A, E0, R0>) =>
    Stream.mapEffect(stream, (record) => step(record), { concurrency: LOOK_AHEAD });
  return Object.assign(stage, { step });
}
