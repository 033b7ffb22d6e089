/**
 * The error of echo_worker.ts.
 *
 * @module
 */
import { Data } from "effect";

/** What the worker fails with. */
export class EchoError extends Data.TaggedError("EchoError")<{
  readonly value: number;
  readonly cause?: unknown;
}> {
  override get message(): string {
    return `Cannot echo ${this.value} as asked`;
  }
}
