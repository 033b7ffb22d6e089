/**
 * Where a queue is: the URL of a Redis or Valkey server, whose password nothing ever prints.
 *
 * @module
 */
import { Data, Either, Redacted } from "effect";

/** A queue that can't be used; the message names its server and never a password. */
export class QueueError extends Data.TaggedError("QueueError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** A server and what it asks for. */
export interface Address {
  /** For people: the URL without user and password. */
  readonly shown: string;
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Number of the database, from 0. */
  readonly database: number;
  /** Whether the connection is encrypted (rediss://); certificates are checked. */
  readonly tls: boolean;
  /** Of the server's access control list, where it has one. */
  readonly username: string | undefined;
  /** Where the server asks for one. */
  readonly password: Redacted.Redacted<string> | undefined;
}

const DEFAULT_PORT = 6379;

/**
 * Reads a URL: `redis://[user[:password]@]host[:port][/database]`, or `rediss://` for TLS.
 *
 * @param password used instead of the URL's, so that it need not stand on a command line
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either, Redacted } from "effect";
 * import { parseAddress } from "dynamic-prompt-corruption/queue";
 *
 * const url = Redacted.make("redis://worker:secret@queue.example:6379/0");
 * const { host, shown } = Either.getOrThrow(parseAddress(url));
 * assert.equal(host, "queue.example");
 * assert.ok(!shown.includes("secret"));
 * ```
 */
export function parseAddress(
  url: Redacted.Redacted<string>,
  password?: Redacted.Redacted<string>,
): Either.Either<Address, QueueError> {
  const refuse = (reason: string) =>
    Either.left(
      new QueueError({
        reason:
          `Cannot use --queue as ${reason}: it must be redis://HOST:PORT/DATABASE, or rediss:// for TLS`,
      }),
    );
  let parsed: URL;
  try {
    parsed = new URL(Redacted.value(url));
  } catch {
    return refuse("it is no URL");
  }
  const { protocol, hostname, port, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") return refuse(`its scheme is '${protocol}'`);
  if (hostname === "") return refuse("it names no host");
  if (!/^(\/\d{0,4})?$/.test(pathname)) return refuse("its path is no number of a database");
  const given = password ??
    (parsed.password === "" ? undefined : Redacted.make(decodeURIComponent(parsed.password)));
  const database = Number(pathname.slice(1));
  const number = port === "" ? DEFAULT_PORT : Number(port);
  return Either.right({
    shown: `${protocol}//${hostname}:${number}/${database}`,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: number,
    database,
    tls: protocol === "rediss:",
    username: parsed.username === "" ? undefined : decodeURIComponent(parsed.username),
    password: given,
  });
}
