/**
 * An engine that answers equal requests once: what the arms of an ablation share costs what one of them costs.
 *
 * @module
 */
import { Cause, Deferred, Effect } from "effect";
import { type Engine, type EngineError, type Prefix, SoftPrompt } from "../model/mod.ts";

/**
 * Shares answers for as long as the returned engine lives; make one for each example. Sound because an engine's answers depend on
 * nothing but the request.
 */
export function shareRequests(engine: Engine): Engine {
  return {
    ...engine,
    generate: share(engine.generate),
    saliency: share(engine.saliency),
    divergence: share(engine.divergence),
    hiddenStates: share(engine.hiddenStates),
  };
}

/**
 * Shares the answers that no soft prompt has a part in, for as long as the returned engine lives: those of the arm `base`, which are the
 * same under every prompt of a run. They are kept, so this is for runs of several prompts.
 */
export function shareUnprompted(engine: Engine): Engine {
  const shared = share(engine.generate);
  return {
    ...engine,
    generate: (request) =>
      request.prefix.prompt.virtualTokens === 0 ? shared(request) : engine.generate(request),
  };
}

/** Answers equal requests once; one that failed or was interrupted is made again. */
function share<Request extends { readonly prefix: Prefix }, Answer>(
  ask: (request: Request) => Effect.Effect<Answer, EngineError>,
): (request: Request) => Effect.Effect<Answer, EngineError> {
  const answers = new Map<string, Deferred.Deferred<Answer, EngineError>>();
  const shared = (request: Request): Effect.Effect<Answer, EngineError> =>
    Effect.gen(function* () {
      const key = JSON.stringify(
        request,
        (_, value) => value instanceof SoftPrompt ? [value.hash, value.hidden] : value,
      );
      const known = answers.get(key);
      if (known !== undefined) {
        // another arm that failed may have interrupted the arm that made the request, which is no reason to end here
        return yield* Effect.catchAllCause(
          Deferred.await(known),
          (cause) => Cause.isInterruptedOnly(cause) ? shared(request) : Effect.failCause(cause),
        );
      }
      const answer = yield* Deferred.make<Answer, EngineError>();
      answers.set(key, answer);
      yield* Effect.intoDeferred(
        Effect.onError(ask(request), () => Effect.sync(() => answers.delete(key))),
        answer,
      );
      return yield* Deferred.await(answer);
    });
  return shared;
}

/** An engine, and what beside generation was asked of it. */
export interface CountedEngine {
  /** The same engine. */
  readonly engine: Engine;
  /** Passes for the flow of an answer so far: saliency, or what stands in its place. */
  readonly flowPasses: () => number;
  /** Milliseconds that the engine worked on them. */
  readonly flowMilliseconds: () => number;
}

/** Counts what one arm asks for, whether it is computed for it or shared. */
export function countPasses(engine: Engine): CountedEngine {
  let [passes, worked] = [0, 0];
  const counted = <Request, Answer extends { readonly milliseconds?: number }>(
    ask: (request: Request) => Effect.Effect<Answer, EngineError>,
  ) =>
  (request: Request) => {
    passes += 1;
    return Effect.tap(ask(request), ({ milliseconds = 0 }) =>
      Effect.sync(() => {
        worked += milliseconds;
      }));
  };
  return {
    engine: {
      ...engine,
      saliency: counted(engine.saliency),
      divergence: counted(engine.divergence),
    },
    flowPasses: () => passes,
    flowMilliseconds: () => worked,
  };
}
