/**
 * An engine made of worker processes (threads under Deno), each with sessions of its own over the same mapped weights.
 *
 * @module
 */
import { Duration, Effect, RcRef, Schedule, type Scope } from "effect";
import { OutOfMemory, type RequestError, spawn, WorkerDied } from "../../runtime/mod.ts";
import { type Engine, EngineError } from "./engine.ts";
import { toEngineError } from "./failures.ts";
import type { EngineOptions } from "./options.ts";
import type { EngineAnswer, EngineMessage } from "./engine_worker.ts";

/** How many times a request is tried again when its worker dies. */
const RETRIES = 3;

/** Errors that arrive from a worker as what they were. */
const ENGINE_ERRORS = { EngineError, OutOfMemory };

/** Minutes for a worker to open its model. */
const START = 60;

const ENGINE_WORKER = new URL("./engine_worker.ts", import.meta.url);

/**
 * Opens a model in `workers` workers. A request goes to the worker with the fewest under way. When a worker dies, another takes its place,
 * and the requests that it had are made again up to three times, one after the other: so one that kills whatever it runs in is found
 * out, and those beside it are answered. So it goes for a worker that hangs, once it has not answered for far longer than its requests
 * could take.
 *
 * @param options the model and how it runs
 * @param entry module of the workers
 * @param patience when a worker counts as hung
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
  patience: Patience = PATIENCE,
): Effect.Effect<Engine, EngineError, Scope.Scope> {
  return Effect.gen(function* () {
    const { workers, ...setup } = options;
    const rates = new Rates(patience);
    const places = yield* Effect.all(Effect.replicate(makePlace(setup, entry, rates), workers));
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

function makePlace(
  setup: EngineOptions,
  entry: URL,
  rates: Rates,
): Effect.Effect<Place, never, Scope.Scope> {
  return Effect.gen(function* () {
    let started = false;
    const spawned = Effect.suspend(() =>
      spawn<EngineMessage, EngineAnswer, EngineError, EngineOptions>(entry, {
        // files may be others by the time that a worker is started again
        setup: started ? setup : { ...setup, expected: undefined },
        errors: ENGINE_ERRORS,
        process: true,
      })
    ).pipe(Effect.timeoutFail({
      duration: Duration.minutes(START),
      onTimeout: () =>
        new WorkerDied({ entry: entry.href, reason: `it was not ready within ${START} min` }),
    }));
    let current: Effect.Effect.Success<typeof spawned> | undefined;
    /** Why it was ended here. */
    let hung: string | undefined;
    const worker = yield* RcRef.make({
      acquire: Effect.tap(spawned, (opened) => {
        started = true;
        current = opened;
        hung = undefined;
      }),
      idleTimeToLive: Duration.infinity,
    });
    const pending = new Set<EngineMessage>();
    /** Seconds that this process has counted: a machine or a job that sleeps counts none. */
    let clock = 0;
    /** When the worker last answered, or was idle. */
    let heard = 0;
    const watch = Effect.suspend(() => {
      clock++;
      if (pending.size === 0) heard = clock;
      if (clock - heard <= rates.limit(pending) || current === undefined) return Effect.void;
      hung = `it did not answer for ${clock - heard} s`;
      heard = clock;
      return Effect.zipRight(
        Effect.logWarning(`A worker is replaced as ${hung}: what it had is computed again`),
        current.kill,
      );
    });
    yield* Effect.forkScoped(Effect.schedule(watch, Schedule.spaced(1000)));
    const run = (message: EngineMessage) =>
      Effect.scoped(
        Effect.flatMap(worker.get, (used) => {
          const begun = clock;
          return used.execute(message).pipe(
            Effect.tap(() => {
              heard = clock;
              rates.measure(message, Math.max(1, clock - begun));
            }),
            Effect.catchTag("WorkerDied", (death) =>
              Effect.zipRight(
                // several requests see one worker die: its successor must stay
                used === current ? RcRef.invalidate(worker) : Effect.void,
                hung === undefined
                  ? Effect.fail(death)
                  : new WorkerDied({ entry: death.entry, reason: hung }),
              )),
          );
        }),
      );
    return {
      pending: () => pending.size,
      start: Effect.scoped(Effect.asVoid(worker.get)),
      execute: (message) =>
        Effect.acquireUseRelease(
          Effect.sync(() => pending.add(message)),
          () => run(message),
          () => Effect.sync(() => pending.delete(message)),
        ),
    };
  });
}

/** Limits of silence. */
export interface Patience {
  /** Seconds for a token, while nothing has been measured. */
  readonly perToken: number;
  /** Times that a token may take what the slowest took. */
  readonly factor: number;
  /** Seconds that a worker has in any case. */
  readonly least: number;
}

/** Generous: a 7 B model in float32 on two cores takes 4 seconds for a token of a full batch. */
const PATIENCE: Patience = { perToken: 10, factor: 10, least: 120 };

/** Tokens that a request may have to read and to make. */
function tokensOf({ kind, request }: EngineMessage): number {
  switch (kind) {
    case "generate":
      return request.prefix.ids.length + request.ids.length + request.maxNewTokens;
    case "saliency":
    case "divergence":
      return request.prefix.ids.length + request.questionIds.length + request.rationaleIds.length;
    case "hiddenStates":
      return request.prefix.ids.length + request.ids.length;
    case "promptGradient":
      return request.texts.reduce((sum, { ids }) => sum + ids.length, 0);
  }
}

/** What an engine has learned of how long requests take. */
export class Rates {
  /** Seconds for a token, of the slowest request of a kind. */
  readonly #slowest = new Map<EngineMessage["kind"], number>();
  readonly #patience: Patience;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Takes in that a request was answered after so many seconds. */
  measure(message: EngineMessage, seconds: number): void {
    const rate = seconds / Math.max(1, tokensOf(message));
    this.#slowest.set(message.kind, Math.max(rate, this.#slowest.get(message.kind) ?? 0));
  }

  /** Seconds after which a worker with these requests that has answered none of them counts as hung. */
  limit(messages: Iterable<EngineMessage>): number {
    const { perToken, factor, least } = this.#patience;
    let limit = least;
    for (const message of messages) {
      const slowest = this.#slowest.get(message.kind);
      const rate = slowest === undefined ? perToken : factor * slowest;
      limit = Math.max(limit, rate * tokensOf(message));
    }
    return limit;
  }
}
