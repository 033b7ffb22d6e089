/**
 * An engine made of worker threads, each with sessions of its own over the same mapped weights.
 *
 * @module
 */
import { Effect, ExecutionStrategy, Exit, Scope } from "effect";
import { type RequestError, spawn, WorkerDied, type WorkerThread } from "../runtime/mod.ts";
import { type Engine, EngineError } from "./engine.ts";
import type { EngineOptions } from "./engine_options.ts";
import type { EngineAnswer, EngineMessage } from "./engine_worker.ts";

/** How many times a request is tried again when its worker dies. */
const RETRIES = 3;

type EngineThread = WorkerThread<EngineMessage, EngineAnswer>;

/** A place for a worker: requests under way there, and the worker once it runs. */
interface Place {
  pending: number;
  opening: Effect.Effect<EngineThread, WorkerDied | RequestError>;
}

/**
 * Opens a model in `workers` threads. A request goes to the worker with the fewest under way; when a worker dies, another takes its
 * place and its requests are made again, up to three times.
 *
 * @returns the engine; fails with {@linkcode EngineError} when the model can't be opened
 */
export function openEngine(
  options: EngineOptions & { readonly workers: number },
): Effect.Effect<Engine, EngineError, Scope.Scope> {
  return Effect.gen(function* () {
    const scope = yield* Effect.scope;
    const places = yield* Effect.replicateEffect(makePlace(options, scope), options.workers);
    yield* Effect.forEach(places, (place) => place.opening, { concurrency: "unbounded" });
    const ask = <A extends EngineAnswer>(message: EngineMessage): Effect.Effect<A, EngineError> =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          const place = places.reduce((least, p) => p.pending < least.pending ? p : least);
          place.pending++;
          return place;
        }),
        (place) => Effect.flatMap(place.opening, (worker) => worker.execute(message)),
        (place) => Effect.sync(() => place.pending--),
      ).pipe(
        Effect.retry({ times: RETRIES, while: (error) => error instanceof WorkerDied }),
        Effect.mapError((error) => new EngineError({ reason: error.message })),
        Effect.map((answer) => answer as A),
      );
    return {
      generate: (request) => ask({ kind: "generate", request }),
      saliency: (request) => ask({ kind: "saliency", request }),
      promptGradient: (request) => ask({ kind: "promptGradient", request }),
    } satisfies Engine;
  }).pipe(Effect.mapError((error) => new EngineError({ reason: error.message })));
}

/** A place whose worker is started when it is first asked for, and again after it died. */
function makePlace(options: EngineOptions, scope: Scope.Scope): Effect.Effect<Place> {
  const open = Effect.gen(function* () {
    const own = yield* Scope.fork(scope, ExecutionStrategy.sequential);
    const worker = yield* Scope.extend(
      spawn<EngineMessage, EngineAnswer>(new URL("./engine_worker.ts", import.meta.url)),
      own,
    );
    yield* worker.execute({ kind: "open", options });
    return { ...worker, close: Scope.close(own, Exit.void) };
  });
  return Effect.gen(function* () {
    const place: Place = { pending: 0, opening: Effect.never };
    const renew: Effect.Effect<void> = Effect.map(Effect.cached(open), (opened) => {
      const opening: Place["opening"] = Effect.map(opened, ({ close, ...worker }) => ({
        ...worker,
        execute: (message) =>
          // the first of the requests that see it die starts the next one
          Effect.tapErrorTag(worker.execute(message), "WorkerDied", () =>
            Effect.zipRight(
              close,
              Effect.suspend(() => place.opening === opening ? renew : Effect.void),
            )),
      }));
      place.opening = opening;
    });
    yield* renew;
    return place;
  });
}
