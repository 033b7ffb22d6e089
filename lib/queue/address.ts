/**
 * Where a queue is: the URL of a Redis or Valkey server, whose password nothing ever prints.
 *
 * @module
 */
import { Data, Effect, Either, Redacted } from "effect";

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
  /** Certificates (PEM) that vouch for the server's; those that the system trusts by default. */
  readonly ca: string | undefined;
  /** What coordinator and workers share, and sign jobs and results with; nothing is signed without one. */
  readonly secret: Redacted.Redacted<string> | undefined;
}

/** What a URL need not or can't hold. */
export interface AddressOptions {
  /** Used instead of the URL's, so that it need not stand on a command line. */
  readonly password?: Redacted.Redacted<string> | undefined;
  /** See {@linkcode Address.ca}. */
  readonly ca?: string | undefined;
  /** See {@linkcode Address.secret}; of {@linkcode SHORTEST_SECRET} characters or more. */
  readonly secret?: Redacted.Redacted<string> | undefined;
}

/** Characters of a secret that can't be guessed. */
const SHORTEST_SECRET = 16;

const DEFAULT_PORT = 6379;

/**
 * Reads a URL: `redis://[user[:password]@]host[:port][/database]`, or `rediss://` for TLS.
 *
 * @returns fails with {@linkcode QueueError}, which does not show the URL
 */
export function parseAddress(
  url: Redacted.Redacted<string>,
  { password, ca, secret: shared }: AddressOptions = {},
): Either.Either<Address, QueueError> {
  const refuse = (reason: string) =>
    Either.left(
      new QueueError({
        reason:
          `Cannot use the queue's address as ${reason}: it must be redis://HOST:PORT/DATABASE, or rediss:// for TLS`,
      }),
    );
  if (shared !== undefined && Redacted.value(shared).length < SHORTEST_SECRET) {
    return Either.left(
      new QueueError({
        reason: "Cannot use the queue's secret as it is too easy to guess: " +
          `it must have ${SHORTEST_SECRET} characters or more`,
      }),
    );
  }
  let parsed: URL;
  try {
    parsed = new URL(Redacted.value(url));
  } catch {
    return refuse("it is not a URL");
  }
  const { protocol, hostname, port, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") return refuse(`its scheme is '${protocol}'`);
  if (hostname === "") return refuse("it names no host");
  if (!/^(\/\d{0,4})?$/.test(pathname)) return refuse("its path is not the number of a database");
  const [user, secret] = [parsed.username, parsed.password].map(decoded);
  if (user === undefined || secret === undefined) {
    return refuse("'%' stands in its user or password other than as %25");
  }
  const database = Number(pathname.slice(1));
  const number = port === "" ? DEFAULT_PORT : Number(port);
  return Either.right({
    shown: `${protocol}//${hostname}:${number}/${database}`,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: number,
    database,
    tls: protocol === "rediss:",
    username: user === "" ? undefined : user,
    password: password ?? (secret === "" ? undefined : Redacted.make(secret)),
    ca,
    secret: shared,
  });
}

/** Whether a server is on this machine, so that only who is logged in here can reach it. */
const isLocal = ({ host }: Address): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** A part of a URL without its codes, or undefined where one is wrong. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Servers that were warned of: a program says it once. */
const warned = new Set<string>();

/** Warns of a server on another machine that is used without a secret. */
export const warnUnprotected = (
  address: Address,
  log: (message: string) => void,
): Effect.Effect<void> =>
  Effect.sync(() => {
    if (address.secret !== undefined || isLocal(address) || warned.has(address.shown)) return;
    warned.add(address.shown);
    log(
      `Anybody who can write to ${address.shown} can change what this run computes: ` +
        "give coordinator and workers one DPC_QUEUE_SECRET",
    );
  });
