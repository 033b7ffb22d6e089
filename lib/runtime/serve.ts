/**
 * The worker's side of {@linkcode ./worker.ts}.
 *
 * @module
 */
import * as WorkerRunner from "@effect/platform/WorkerRunner";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner";
import { Effect, Layer, Scope, Stream } from "effect";
import { encodeFailure, type Failure } from "./failure.ts";
import type { Message } from "./worker.ts";

/** Answers a request, with one response or a stream of them. */
export type Handler<Request, Response> = (request: Request) =>
  | Effect.Effect<Response, Failure>
  | Stream.Stream<Response, Failure>;

/**
 * Answers requests until the main thread lets go; each runs in a fiber of its own.
 *
 * @param open builds the handler once, in the worker's scope, from what {@linkcode spawn} was given as `setup`
 *
 * @example
 * ```ts ignore
 * import { Effect } from "effect";
 * import { serve } from "dynamic-prompt-corruption/runtime";
 *
 * // shout_worker.ts, whose answers come from a thread of its own
 * serve(() => Effect.succeed((text: string) => Effect.succeed(text.toUpperCase())));
 * ```
 */
export function serve<Setup, Request, Response>(
  open: (setup: Setup) => Effect.Effect<Handler<Request, Response>, Failure, Scope.Scope>,
): void {
  const runner = Layer.unwrapScoped(Effect.map(Effect.scope, (scope) => {
    let handle: Handler<Request, Response>;
    const setUp = (setup: Setup) =>
      Effect.map(Scope.extend(open(setup), scope), (opened) => void (handle = opened));
    return WorkerRunner.layer((message: Message<Setup, Request>) => {
      // spawn() sends no request before the set-up is answered
      const answer = "setup" in message ? setUp(message.setup) : handle(message.request);
      return Effect.isEffect(answer)
        ? Effect.mapError(answer, encodeFailure)
        : Stream.mapError(answer, encodeFailure);
    });
  }));
  NodeRuntime.runMain(
    WorkerRunner.launch(Layer.provide(runner, NodeWorkerRunner.layer)),
    { disableErrorReporting: true },
  );
}
