/**
 * Messages of a run as text with a signature, where coordinator and workers share a secret: what anybody else writes to the server is
 * then told from it. A signature covers run, kind and job, so that a message cannot be put in another's place.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Either, Redacted } from "effect";
import { decode, MAX_LINE_BYTES, parseJson, Schema } from "../schema/mod.ts";

/** What a message is. */
export type Kind = "plan" | "job" | "result";

/** Why a message cannot be used. */
export interface Unusable {
  /** Whether it was written by somebody without the secret: then it says nothing of the workers. */
  readonly forged: boolean;
  /** Completes "as ...". */
  readonly reason: string;
}

/** Signs and opens the messages of a run. */
export interface Seal {
  readonly close: (kind: Kind, job: string, body: unknown) => string;
  readonly open: (kind: Kind, job: string, message: unknown) => Either.Either<unknown, Unusable>;
}

/** Most characters of a message: of an example or its result as of a line of samples.jsonl; a plan has the vectors of all prompts. */
const LONGEST: Readonly<Record<Kind, number>> = {
  plan: 2 ** 28,
  job: MAX_LINE_BYTES,
  result: MAX_LINE_BYTES,
};

const Sealed = Schema.Struct({
  body: Schema.String,
  signature: Schema.optionalWith(Schema.String, { exact: true }),
});

/** Of a run; without a secret nothing is signed and nothing asked to be. */
export function sealOf(secret: Redacted.Redacted<string> | undefined, run: string): Seal {
  const sign = (kind: Kind, job: string, body: string) =>
    secret && createHmac("sha256", Redacted.value(secret))
      .update(JSON.stringify([run, kind, job, body])).digest("hex");
  return {
    close: (kind, job, content) => {
      const body = JSON.stringify(content);
      return JSON.stringify({ body, signature: sign(kind, job, body) });
    },
    open: (kind, job, message) => {
      const unusable = (reason: string): Unusable => ({ forged: secret !== undefined, reason });
      if (typeof message !== "string") return Either.left(unusable("it is not a message"));
      if (message.length > LONGEST[kind]) return Either.left(unusable("it is too long"));
      return parseJson(Buffer.from(message)).pipe(
        Either.flatMap(decode(Sealed)),
        Either.mapLeft(unusable),
        Either.flatMap(({ body, signature }) =>
          isSame(sign(kind, job, body), signature)
            // what is signed badly is the fault of who has the secret
            ? Either.mapLeft(parseJson(Buffer.from(body)), (reason) => ({ forged: false, reason }))
            : Either.left(unusable(
              signature === undefined ? "it is not signed" : "its signature is not of this secret",
            ))
        ),
      );
    },
  };
}

/** Whether a signature is the right one; any is where none is asked for. */
function isSame(wanted: string | undefined, found: string | undefined): boolean {
  if (wanted === undefined) return true;
  const [a, b] = [Buffer.from(wanted), Buffer.from(found ?? "")];
  return a.length === b.length && timingSafeEqual(a, b);
}
