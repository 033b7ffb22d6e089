/**
 * Telling lack of memory from other failures.
 *
 * @module
 */
import { Cause } from "effect";

/** What ONNX Runtime and JavaScript say when memory does not suffice. */
const SAID =
  /Failed to allocate memory|bad_alloc|Array buffer allocation failed|Invalid typed array length/;

/** Whether an error says that memory did not suffice. */
export const isOutOfMemory = (error: { readonly message: string }): boolean =>
  SAID.test(error.message);

/** Whether a cause, a failure or a defect, is lack of memory. */
export const causedByMemory = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause);
  return error instanceof Error && isOutOfMemory(error);
};
