/**
 * Telling lack of memory from other failures of an engine.
 *
 * @module
 */
import { Cause } from "effect";
import { OutOfMemory } from "../../runtime/mod.ts";
import { EngineError } from "./engine.ts";

/** The lack of memory behind a cause: ONNX Runtime's, or JavaScript's where it cannot allocate an array. */
export function outOfMemory(cause: Cause.Cause<EngineError>): OutOfMemory | undefined {
  const error = Cause.squash(cause);
  if (error instanceof RangeError) return new OutOfMemory({ reason: error.message });
  return error instanceof EngineError && error.cause instanceof OutOfMemory
    ? error.cause
    : undefined;
}
