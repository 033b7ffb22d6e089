/**
 * What every suite shares: running an Effect to its end inside a uvu test.
 *
 * @module
 */
import { Cause, Effect, Exit, Scope } from "effect";
import { NodeContext } from "@effect/platform-node";
import { env } from "node:process";
import type { Test } from "uvu";

/** Seconds an effect may take in a test: an Effect that never ends would hang uvu, and a loaded machine is no failure. */
const DEFAULT_SECONDS = 300;

/** What all limits are multiplied by: SLOWER=10 on a machine that others keep busy. */
const SLOWER = Number(env["SLOWER"] ?? 1);

/**
 * Turns an effect into a uvu callback: scoped, with the Node services, bounded on the real clock; a failure is
 * rethrown as the error itself so that uvu can show its difference.
 *
 * @param effect what the test does
 * @param seconds the longest it may take
 */
export function effectTest<A, E>(
  effect: () => Effect.Effect<A, E, NodeContext.NodeContext | Scope.Scope>,
  seconds: number = DEFAULT_SECONDS,
): () => Promise<void> {
  return async () => {
    const exit = await Effect.runPromiseExit(
      effect().pipe(
        Effect.scoped,
        Effect.timeoutFail({
          duration: SLOWER * seconds * 1000,
          onTimeout: () => new Error(`The test did not end within ${SLOWER * seconds} s`),
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

/**
 * What the tests of a suite share, such as an open model: made before the first, released behind the last.
 *
 * @param test the suite
 * @returns the same for every test
 */
export function shared<A, E>(
  test: Pick<Test, "before" | "after">,
  make: Effect.Effect<A, E, NodeContext.NodeContext | Scope.Scope>,
): Effect.Effect<A> {
  const scope = Effect.runSync(Scope.make());
  let made: { readonly value: A } | undefined;
  test.before(async () => {
    const value = await Effect.runPromise(
      make.pipe(Scope.extend(scope), Effect.provide(NodeContext.layer)),
    );
    made = { value };
  });
  test.after(() => Effect.runPromise(Scope.close(scope, Exit.void)));
  return Effect.sync(() => made!.value);
}
