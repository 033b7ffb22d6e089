/**
 * An engine made of worker processes (threads under Deno), each with sessions of its own over the same mapped weights.
 *
 * @module
 */
import { Effect, ExecutionStrategy, Exit, Fiber, Scope } from "effect";
import { type RequestError, spawn, WorkerDied, type WorkerThread } from "../../runtime/mod.ts";
import { type Engine, EngineError } from "./engine.ts";
import type { EngineOptions } from "./options.ts";
import type { EngineAnswer, EngineMessage } from "./engine_worker.ts";

/** How many times a request is tried again when its worker dies. */
const RETRIES = 3;

const ENGINE_WORKER = new URL("./engine_worker.ts", import.meta.url);

/**
 * Opens a model in so many workers. A request goes to the worker with the fewest under way. When a worker dies, another takes its place,
 * and the requests that it had are made again up to three times, one after the other: so one that kills whatever it runs in is found
 * out, and its company is not.
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
    const scope = yield* Effect.scope;
    const places = Array.from(
      { length: options.workers },
      () => new Place(startWorker(options, entry, scope), scope),
    );
    yield* Effect.forEach(places, (place) => place.worker, { concurrency: "unbounded" });
    const oneAtATime = Effect.unsafeMakeSemaphore(1).withPermits(1);
    const ask = <A extends EngineAnswer>(message: EngineMessage): Effect.Effect<A, EngineError> => {
      const attempt = Effect.suspend(() =>
        places.reduce((least, place) => place.pending < least.pending ? place : least)
          .execute(message)
      );
      const again = Effect.retry(attempt, {
        times: RETRIES - 1,
        while: (error) => error instanceof WorkerDied,
      });
      return attempt.pipe(
        Effect.catchTag("WorkerDied", () => oneAtATime(again)),
        Effect.mapError((error) => new EngineError({ reason: error.message })),
        Effect.map((answer) => answer as A),
      );
    };
    return {
      generate: (request) => ask({ kind: "generate", request }),
      saliency: (request) => ask({ kind: "saliency", request }),
      promptGradient: (request) => ask({ kind: "promptGradient", request }),
    } satisfies Engine;
  }).pipe(Effect.mapError((error) => new EngineError({ reason: error.message })));
}

/** A worker and the end of its thread. */
interface OpenWorker extends WorkerThread<EngineMessage, EngineAnswer> {
  readonly close: Effect.Effect<void>;
}

type Failure = WorkerDied | RequestError;

/** Starts a thread and opens the model in it. */
function startWorker(
  options: EngineOptions,
  entry: URL,
  scope: Scope.Scope,
): Effect.Effect<OpenWorker, Failure> {
  return Effect.gen(function* () {
    const own = yield* Scope.fork(scope, ExecutionStrategy.sequential);
    const close = Scope.close(own, Exit.void);
    return yield* Effect.gen(function* () {
      const worker = yield* Scope.extend(
        spawn<EngineMessage, EngineAnswer>(entry, { process: true }),
        own,
      );
      yield* worker.execute({ kind: "open", options });
      return { ...worker, close };
    }).pipe(Effect.onError(() => close));
  });
}

/** A place for a worker, which is started when one is asked for and there is none. */
class Place {
  /** Requests under way. */
  pending = 0;
  /** The worker once it runs; `close` makes place for the next. */
  readonly worker: Effect.Effect<OpenWorker, Failure>;
  #current: Fiber.Fiber<OpenWorker, Failure> | undefined;

  constructor(start: Effect.Effect<OpenWorker, Failure>, scope: Scope.Scope) {
    // in a fiber of the pool, as whoever asks first may be interrupted while others wait
    const fork = Effect.forkIn(Effect.interruptible(start), scope);
    const oneAtATime = Effect.unsafeMakeSemaphore(1).withPermits(1);
    const current = oneAtATime(
      Effect.suspend(() =>
        this.#current === undefined
          ? Effect.tap(fork, (fiber) => void (this.#current = fiber))
          : Effect.succeed(this.#current)
      ),
    );
    this.worker = Effect.flatMap(Effect.uninterruptible(current), (fiber) => {
      // several requests see one worker die: its successor must stay
      const leave = Effect.sync(() => {
        if (this.#current === fiber) this.#current = undefined;
      });
      return Fiber.join(fiber).pipe(
        Effect.tapError(() => leave),
        Effect.map((worker) => ({ ...worker, close: Effect.zipRight(leave, worker.close) })),
      );
    });
  }

  execute(message: EngineMessage): Effect.Effect<EngineAnswer, Failure> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.pending++),
      () =>
        Effect.flatMap(
          this.worker,
          ({ execute, close }) => Effect.tapErrorTag(execute(message), "WorkerDied", () => close),
        ),
      () => Effect.sync(() => this.pending--),
    );
  }
}
