/**
 * An engine made of worker processes (threads under Deno), each with sessions of its own over the same mapped weights.
 *
 * @module
 */
import { Duration, Effect, RcRef, type Scope } from "effect";
import { OutOfMemory, type RequestError, spawn, WorkerDied } from "../../runtime/mod.ts";
import { type Engine, EngineError } from "./engine.ts";
import { toEngineError } from "./failures.ts";
import type { EngineOptions } from "./options.ts";
import type { EngineAnswer, EngineMessage } from "./engine_worker.ts";

/** How many times a request is tried again when its worker dies. */
const RETRIES = 3;

/** Errors that arrive from a worker as what they were. */
const ENGINE_ERRORS = { EngineError, OutOfMemory };

const ENGINE_WORKER = new URL("./engine_worker.ts", import.meta.url);

/**
 * Opens a model in `workers` workers. A request goes to the worker with the fewest under way. When a worker dies, another takes its place,
 * and the requests that it had are made again up to three times, one after the other: so one that kills whatever it runs in is found
 * out, and those beside it are answered.
 *
 * @param options the model and how it runs
 * @param entry module of the workers
 * @returns the engine; fails with {@linkcode EngineError} when the model can't be opened
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { NO_PREFIX, openEngine } from "dynamic-prompt-corruption/model";
 * import { load } from "dynamic-prompt-corruption/tokenizer";
 *
 * export const program = Effect.gen(function* () {
 *   const engine = yield* openEngine({ directory: "data/model", workers: 1, threads: 1, slots: 8 });
 *   const ids = (yield* load("data/model")).encode("Tom has 3 apples.");
 *   const request = { prefix: NO_PREFIX, ids, maxNewTokens: 4, stop: [] };
 *   const [one, other] = yield* Effect.all([engine.generate(request), engine.generate(request)], {
 *     concurrency: "unbounded",
 *   });
 *   assert.deepEqual(one.ids, other.ids);
 * }).pipe(Effect.scoped);
 * ```
 */
export function openEngine(
  options: EngineOptions & { readonly workers: number },
  entry: URL = ENGINE_WORKER,
): Effect.Effect<Engine, EngineError, Scope.Scope> {
  return Effect.gen(function* () {
    const { workers, ...setup } = options;
    const places = yield* Effect.all(Effect.replicate(makePlace(setup, entry), workers));
    yield* Effect.forEach(places, ({ start }) => start, { concurrency: "unbounded" });
    const oneAtATime = Effect.unsafeMakeSemaphore(1).withPermits(1);
    const ask = <A extends EngineAnswer>(message: EngineMessage): Effect.Effect<A, EngineError> => {
      const attempt = Effect.suspend(() =>
        places.reduce((least, place) => place.pending() < least.pending() ? place : least)
          .execute(message)
      );
      const again = Effect.retry(attempt, {
        times: RETRIES - 1,
        while: (error) => error instanceof WorkerDied,
      });
      return attempt.pipe(
        Effect.catchTag("WorkerDied", () => oneAtATime(again)),
        Effect.mapError(toEngineError),
        Effect.map((answer) => answer as A),
      );
    };
    return {
      generate: (request) => ask({ kind: "generate", request }),
      saliency: (request) => ask({ kind: "saliency", request }),
      hiddenStates: (request) => ask({ kind: "hiddenStates", request }),
      divergence: (request) => ask({ kind: "divergence", request }),
      promptGradient: (request) => ask({ kind: "promptGradient", request }),
    } satisfies Engine;
  }).pipe(Effect.mapError(toEngineError));
}

/** A place for a worker, which is started when one is asked for and there is none. */
interface Place {
  /** Requests under way. */
  readonly pending: () => number;
  readonly start: Effect.Effect<void, Failure>;
  readonly execute: (message: EngineMessage) => Effect.Effect<EngineAnswer, Failure>;
}

type Failure = EngineError | WorkerDied | RequestError;

function makePlace(setup: EngineOptions, entry: URL): Effect.Effect<Place, never, Scope.Scope> {
  return Effect.gen(function* () {
    const spawned = spawn<EngineMessage, EngineAnswer, EngineError, EngineOptions>(entry, {
      setup,
      errors: ENGINE_ERRORS,
      process: true,
    });
    let current: Effect.Effect.Success<typeof spawned> | undefined;
    const worker = yield* RcRef.make({
      acquire: Effect.tap(spawned, (opened) => void (current = opened)),
      idleTimeToLive: Duration.infinity,
    });
    let pending = 0;
    const run = (message: EngineMessage) =>
      Effect.scoped(
        Effect.flatMap(worker.get, (used) =>
          Effect.tapErrorTag(
            used.execute(message),
            "WorkerDied",
            // several requests see one worker die: its successor must stay
            () => used === current ? RcRef.invalidate(worker) : Effect.void,
          )),
      );
    return {
      pending: () => pending,
      start: Effect.scoped(Effect.asVoid(worker.get)),
      execute: (message) =>
        Effect.acquireUseRelease(
          Effect.sync(() => pending++),
          () => run(message),
          () => Effect.sync(() => pending--),
        ),
    };
  });
}
