/**
 * What every suite shares: running an Effect to its end inside a uvu test.
 *
 * @module
 */
import { Cause, Effect, Exit } from "effect";
import { NodeContext } from "@effect/platform-node";

/** Seconds an effect may take in a test; an Effect that never ends would hang uvu. */
const DEFAULT_SECONDS = 60;

/**
 * Turns an effect into a uvu callback: scoped, with the Node services, bounded on the real clock; a failure is
 * rethrown as the error itself so that uvu can show its difference.
 *
 * @param effect what the test does
 * @param seconds the longest it may take
 */
export function effectTest<A, E>(
  effect: () => Effect.Effect<A, E, NodeContext.NodeContext | import("effect").Scope.Scope>,
  seconds: number = DEFAULT_SECONDS,
): () => Promise<void> {
  return async () => {
    const exit = await Effect.runPromiseExit(
      effect().pipe(
        Effect.scoped,
        Effect.timeoutFail({
          duration: seconds * 1000,
          onTimeout: () => new Error(`The test did not end within ${seconds} s`),
        }),
        Effect.provide(NodeContext.layer),
      ),
    );
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause);
      throw error instanceof Error ? error : new Error(String(error));
    }
  };
}
