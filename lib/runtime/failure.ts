/**
 * Failures on their way out of a worker: `{ _tag, message, ...data }` on the wire, an instance of the caller's class at its end.
 *
 * @module
 */
import { Data } from "effect";

/** Anything that fails with a tag, and a line to read. */
export interface Failure {
  /** Which error it is. */
  readonly _tag: string;
  /** What went wrong, in a line. */
  readonly message: string;
}

/** A failure of a worker whose class the caller does not name; its tag and data are kept. */
export class RequestError extends Data.TaggedError("RequestError")<{
  readonly reason: string;
  readonly failure: Failure;
}> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** Classes of the errors that a caller knows, by tag. */
export type KnownErrors<E extends Failure> = {
  readonly [Tag in E["_tag"]]: new (data: never) => Extract<E, { readonly _tag: Tag }>;
};

/** A failure as plain data, with the failure that caused it. */
export function encodeFailure(failure: Failure): Failure {
  const { _tag, message } = failure;
  const cause = "cause" in failure && isFailure(failure.cause)
    ? encodeFailure(failure.cause)
    : null;
  return { ...failure, _tag, message, ...(cause === null ? {} : { cause }) };
}

/** The error that was encoded, of the caller's class where there is one. */
export function decodeFailure<E extends Failure>(
  encoded: Failure & { readonly cause?: Failure },
  known: Partial<KnownErrors<E>>,
): E | RequestError {
  const { _tag, message, cause, ...data } = encoded;
  const Known = known[_tag as E["_tag"]] as (new (data: object) => E) | undefined;
  if (Known === undefined) return new RequestError({ reason: message, failure: encoded });
  return new Known({ ...data, ...(cause ? { cause: decodeFailure(cause, known) } : {}) });
}

/** Whether it is an error with a tag. */
const isFailure = (error: unknown): error is Failure =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string";
