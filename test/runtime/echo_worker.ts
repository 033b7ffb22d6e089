/**
 * A worker for worker_test.ts: blocks, waits, fails, streams or dies as it is asked to.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { abort, exit } from "node:process";
import { type Handler, serve } from "../../lib/runtime/mod.ts";
import { EchoError } from "./echo_error.ts";

/** What the worker is asked to do. */
export type EchoRequest =
  | { readonly kind: "echo"; readonly value: number }
  | { readonly kind: "block"; readonly milliseconds: number }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "count"; readonly to: number }
  | { readonly kind: "fail" }
  | { readonly kind: "failStream" }
  | { readonly kind: "throw" }
  | { readonly kind: "exit" }
  | { readonly kind: "abort" };

let interrupted = 0;

/** What the worker is set up with. */
export interface EchoSetup {
  /** What it adds to each number. */
  readonly add?: number;
  /** Whether it refuses to start. */
  readonly broken?: boolean;
}

const handler = (setup: EchoSetup | undefined): Handler<EchoRequest, number> => (request) => {
  switch (request.kind) {
    case "echo":
      return Effect.succeed(request.value + (setup?.add ?? 0));
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
      return new EchoError({
        value: 18,
        cause: new EchoError({ value: 7, cause: new Error("not tagged") }),
      });
    case "failStream":
      return Stream.concat(Stream.make(1), new EchoError({ value: 18 }));
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
};

serve<EchoSetup | undefined, EchoRequest, number>((setup) =>
  setup?.broken ? new EchoError({ value: 0 }) : Effect.succeed(handler(setup))
);
