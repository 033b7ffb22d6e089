/**
 * A worker for worker_test.ts: blocks, waits, fails, streams or dies as it is asked to.
 *
 * @module
 */
import { Data, Effect, Stream } from "effect";
import { abort, exit } from "node:process";
import { serve } from "../../lib/runtime/mod.ts";

/** What the worker is asked to do. */
export type EchoRequest =
  | { readonly kind: "echo"; readonly value: number }
  | { readonly kind: "block"; readonly milliseconds: number }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "count"; readonly to: number }
  | { readonly kind: "fail" }
  | { readonly kind: "throw" }
  | { readonly kind: "exit" }
  | { readonly kind: "abort" };

class EchoError extends Data.TaggedError("EchoError")<{ readonly message: string }> {}

let interrupted = 0;

serve<EchoRequest, number>(Effect.succeed((request) => {
  switch (request.kind) {
    case "echo":
      return Effect.succeed(request.value);
    case "block":
      return Effect.sync(() => {
        const end = performance.now() + request.milliseconds;
        while (performance.now() < end);
        return request.milliseconds;
      });
    case "wait":
      return Effect.as(Effect.sleep(request.milliseconds), request.milliseconds).pipe(
        Effect.onInterrupt(() => Effect.sync(() => interrupted++)),
      );
    case "interrupted":
      return Effect.sync(() => interrupted);
    case "count":
      return Stream.range(1, request.to);
    case "fail":
      return Effect.fail(new EchoError({ message: "Cannot echo as asked" }));
    case "throw":
      return Effect.sync(() => {
        setImmediate(() => {
          throw new Error("out of the blue");
        });
        return 0;
      }).pipe(Effect.zipRight(Effect.never));
    case "exit":
      return Effect.sync(() => exit(3));
    case "abort":
      return Effect.sync(() => abort());
  }
}));
