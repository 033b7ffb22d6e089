/**
 * What a stage is: a function that adds fields to one record; how stages follow one another, and how they are lifted over a Stream.
 *
 * @module
 */
import { Effect, Fiber, Queue, Stream, Take } from "effect";

/** A function on one record: asks for the fields of `In`, and adds those that make it an `Out`. */
export interface Stage<In, Out, E = never, R = never> {
  /** The record with what the stage adds to it. */
  <A extends In>(record: A): Effect.Effect<A & Out, E, R>;
}

/**
 * Makes a stage of a function that gives the fields to add.
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
 *   Stage.streamed(countWords),
 *   Stream.runCollect,
 *   Effect.tap((records) => assert.deepEqual([...records], [{ text: "#### 18", words: 2 }])),
 * );
 * ```
 */
export function make<In extends object, Added extends object, E, R>(
  add: (record: In) => Effect.Effect<Added, E, R>,
): Stage<In, In & Added, E, R> {
  return (record) => Effect.map(add(record), (fields) => ({ ...record, ...fields }));
}

/** Any stage. */
// deno-lint-ignore no-explicit-any
export type AnyStage = Stage<any, any, any, any>;

/** What a record must have for stages to follow one another: all that a stage asks for and none before it adds. */
export type Needed<Stages, Had = unknown> = Stages extends
  readonly [Stage<infer In, infer Out, infer _E, infer _R>, ...infer Rest]
  ? Omit<In, keyof Had> & Needed<Rest, Had & Out>
  : unknown;

/** What the last of the stages gives. */
export type Given<Stages> = Stages extends
  readonly [Stage<infer _In, infer Out, infer _E, infer _R>, ...infer Rest] ? Out & Given<Rest>
  : unknown;

/** How a stage may fail. */
export type ErrorOf<S> = S extends Stage<infer _In, infer _Out, infer E, infer _R> ? E : never;
/** The services that a stage asks for. */
export type RequirementOf<S> = S extends Stage<infer _In, infer _Out, infer _E, infer R> ? R
  : never;

/**
 * Stages one after the other, as one stage.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const answered = Stage.pipeline(
 *   Stage.tokenize(wordProblems),
 *   Stage.generate(),
 *   Stage.accept,
 *   Stage.extractAnswer(wordProblems),
 *   Stage.grade(wordProblems),
 * );
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 4 }),
 *   Stage.streamed(answered),
 *   Stream.filter(({ verdict }) => verdict.correct),
 *   Stream.runCount,
 *   Effect.tap((correct) => assert.ok(correct >= 1)),
 * );
 * ```
 */
export function pipeline<const Stages extends readonly [AnyStage, ...AnyStage[]]>(
  ...stages: Stages
): Stage<
  Needed<Stages>,
  Given<Stages>,
  ErrorOf<Stages[number]>,
  RequirementOf<Stages[number]>
> {
  const [first, ...rest] = stages;
  return (record) => rest.reduce((added, stage) => Effect.flatMap(added, stage), first(record));
}

/** Records under way at a time: enough to keep the engine's batches full. */
export const LOOK_AHEAD = 128;

/**
 * Lifts a stage, or any function on one record, over a stream: many records are under way, so that the engine can batch them, and results
 * are emitted in order. As `Stream.mapEffect` with a concurrency, at a fifth of its cost for a record where thousands are under way.
 *
 * @param stage is run for each record
 * @param ahead records under way at a time, at least 3
 */
export function streamed<A, B, E2, R2>(
  stage: (record: A) => Effect.Effect<B, E2, R2>,
  ahead: number = LOOK_AHEAD,
): <E, R>(records: Stream.Stream<A, E, R>) => Stream.Stream<B, E | E2, R | R2> {
  return (records) =>
    Stream.unwrapScoped(Effect.map(Effect.scope, (scope) =>
      records.pipe(
        Stream.mapEffect((record) => Effect.forkIn(stage(record), scope)),
        // one more waits for its place, and one is waited for
        Stream.buffer({ capacity: Math.max(1, ahead - 2) }),
        Stream.mapEffect(Fiber.join),
      )));
}

/**
 * The same with results emitted as they are finished, so that a slow record holds none up.
 *
 * @param stage is run for each record
 * @param ahead records under way, or waiting to be taken, at a time
 */
export function unordered<A, B, E2, R2>(
  stage: (record: A) => Effect.Effect<B, E2, R2>,
  ahead: number = LOOK_AHEAD,
): <E, R>(records: Stream.Stream<A, E, R>) => Stream.Stream<B, E | E2, R | R2> {
  return <E, R>(records: Stream.Stream<A, E, R>) =>
    Stream.unwrapScoped(Effect.gen(function* () {
      const scope = yield* Effect.scope;
      const results = yield* Queue.unbounded<Take.Take<B, E | E2>>();
      const places = yield* Effect.makeSemaphore(ahead);
      const begin = (record: A) =>
        Effect.zipRight(
          places.take(1),
          Effect.forkIn(
            Effect.flatMap(Take.fromEffect(stage(record)), (taken) => Queue.offer(results, taken)),
            scope,
          ),
        );
      const all = Stream.runForEach(records, begin).pipe(
        Effect.zipRight(places.take(ahead)),
        Effect.matchCauseEffect({
          onFailure: (cause) => Queue.offer(results, Take.failCause(cause)),
          onSuccess: () => Queue.offer(results, Take.end),
        }),
      );
      yield* Effect.forkIn(all, scope);
      return Stream.flattenTake(Stream.fromQueue(results)).pipe(
        Stream.tap(() => places.release(1)),
      );
    }));
}
