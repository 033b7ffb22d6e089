/**
 * Failures of what an engine uses as its own, and the lack of memory among them.
 *
 * @module
 */
import { Cause } from "effect";
import { type Failure, OutOfMemory } from "../../runtime/mod.ts";
import { EngineError } from "./engine.ts";

/** Any failure as an engine's. */
export const toEngineError = (cause: Failure): EngineError =>
  cause instanceof EngineError ? cause : new EngineError({ reason: cause.message, cause });

/** The lack of memory behind a cause: ONNX Runtime's, or JavaScript's where it cannot allocate an array. */
export function outOfMemory(cause: Cause.Cause<EngineError>): OutOfMemory | undefined {
  const error = Cause.squash(cause);
  if (error instanceof RangeError) return new OutOfMemory({ reason: error.message });
  return error instanceof EngineError && error.cause instanceof OutOfMemory
    ? error.cause
    : undefined;
}
