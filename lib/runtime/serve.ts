/**
 * The worker's side of {@linkcode ./worker.ts}.
 *
 * @module
 */
import * as WorkerRunner from "@effect/platform/WorkerRunner";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner";
import { Effect, Layer, type Scope, Stream } from "effect";

/** Anything that fails with a line to read. */
export interface Failure {
  /** What went wrong, in a line. */
  readonly message: string;
}

/**
 * Answers requests until the main thread lets go; each runs in a fiber of its own.
 *
 * @param make builds the handler once, in the worker's scope
 *
 * @example
 * ```ts ignore
 * import { Effect } from "effect";
 * import { serve } from "dynamic-prompt-corruption/runtime";
 *
 * // shout_worker.ts, whose answers come from a thread of its own
 * serve(Effect.succeed((text: string) => Effect.succeed(text.toUpperCase())));
 * ```
 */
export function serve<Request, Response>(
  make: Effect.Effect<
    (request: Request) =>
      | Effect.Effect<Response, Failure>
      | Stream.Stream<Response, Failure>,
    Failure,
    Scope.Scope
  >,
): void {
  const runner = Layer.unwrapScoped(
    Effect.map(make, (handle) =>
      WorkerRunner.layer((request: Request) => {
        const answer = handle(request);
        return Effect.isEffect(answer)
          ? Effect.mapError(answer, (failure) => failure.message)
          : Stream.mapError(answer, (failure) => failure.message);
      })),
  );
  NodeRuntime.runMain(
    WorkerRunner.launch(Layer.provide(runner, NodeWorkerRunner.layer)),
    { disableErrorReporting: true },
  );
}
