/**
 * The error of this module.
 *
 * @module
 */
import { Data } from "effect";

/** A gradient that does not exist; the message names the operator in the way. */
export class GradientError extends Data.TaggedError("GradientError")<{
  readonly op: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot differentiate ${this.op} as ${this.reason}`;
  }
}
