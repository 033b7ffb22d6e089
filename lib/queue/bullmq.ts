/**
 * BullMQ on Redis or Valkey, and how to reach it. The only import of bullmq (and, through it, of ioredis). BullMQ packs what it sends
 * by msgpackr, whose optional native part msgpackr-extract is held at 3.0.3 in package.json: the newest for which every platform's
 * package is published. Its prebuilt binary is a package of its own, so no install script has to run.
 *
 * @module
 */
import type { ConnectionOptions, Job, Queue } from "bullmq";
import { Effect, Fiber, Redacted, type Scope } from "effect";
import { type Address, QueueError } from "./address.ts";

export type { Job, Queue };

/** The package, loaded when a queue is opened: most programs never open one, and start faster without its 250 modules. */
export const bullmq: Effect.Effect<typeof import("bullmq")> = Effect.promise(() =>
  import("bullmq")
);

/** Start of all keys. A queue has the name of its run, so that runs on one server don't meet. */
export const PREFIX = "dpc";
/** Name of the queue that never has jobs, opened to see which runs there are. */
export const NO_RUN = "none";

/** Milliseconds for a server to answer at first. */
const CONNECT = 10_000;
/** Milliseconds for it to answer later: requests wait while it is away. */
const ANSWER = 60_000;
/** Milliseconds between two attempts to reach a server that went away. */
export const RECONNECT = 1000;
/** Milliseconds to close a connection in order. */
const CLOSE = 500;

/** Said of a job that a worker had and that its lock did not keep. */
export const LATE = "Nothing was heard of an example for too long, so it went to another worker";

/** Says what people should know: the server is out of reach, a late result was dropped. */
export type Logger = (message: string) => void;

/** An effect that the server may refuse. */
export type QueryResult<A> = Effect.Effect<A, QueueError>;

/** The connection of every part of BullMQ. */
export const connection = (
  { host, port, database, tls, username, password, ca }: Address,
): { readonly connection: ConnectionOptions; readonly prefix: string } => ({
  prefix: PREFIX,
  connection: {
    host,
    port,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Redacted.value(password) }),
    ...(tls ? { tls: ca === undefined ? {} : { ca } } : {}),
    maxRetriesPerRequest: null,
    retryStrategy: () => RECONNECT,
  },
});

/** Connects, or says why not: later the connection mends itself, but at first a wrong address should not wait for ever. */
export function openQueue(
  address: Address,
  name: string,
  log: Logger,
): Effect.Effect<Queue, QueueError, Scope.Scope> {
  return Effect.gen(function* () {
    const { Queue } = yield* bullmq;
    let reason = `it did not answer within ${CONNECT / 1000} s`;
    const queue = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const queue = new Queue(name, { ...connection(address), skipMetasUpdate: name === NO_RUN });
        queue.on("error", ({ message }) => reason = message);
        return queue;
      }),
      (queue) => Effect.promise(() => close(queue)),
    );
    yield* Effect.tryPromise(() => queue.waitUntilReady()).pipe(
      Effect.timeout(CONNECT),
      Effect.mapError(() =>
        new QueueError({ reason: `Cannot reach the queue at ${address.shown}: ${reason}` })
      ),
    );
    queue.removeAllListeners("error");
    queue.on("error", reporter(address, log));
    return queue;
  });
}

/** What commands of one's own are sent by. */
export type Client = Awaited<Queue["backend"]["client"]>;

/** Of an open queue. */
export const clientOf = (queue: Queue): Effect.Effect<Client> =>
  Effect.promise(() => queue.backend.client);

/** Closes a part in order or, where the server does not answer in time, without it. */
export function close(
  part: {
    readonly close: () => Promise<void>;
    readonly backend: { readonly disconnect: () => Promise<void> };
  },
): Promise<void> {
  const tooLong = new Promise<void>((resolve) => setTimeout(resolve, CLOSE));
  const disconnect = () => void part.backend.disconnect().catch(() => {});
  return Promise.race([part.close(), tooLong.then(disconnect)]).catch(() => {});
}

/** Asks the server; a refusal is an error that names it. */
export function makeQuery({ shown }: Address) {
  return <A>(request: () => Promise<A>): QueryResult<A> =>
    Effect.tryPromise({
      try: () => within(request(), ANSWER),
      catch: (error) =>
        new QueueError({
          reason: `Cannot use the queue at ${shown}: ${refusalOf(error as Error)}`,
        }),
    });
}

/** An answer, or an error where it does not come in time; also where nothing can be interrupted, as at the end of a scope. */
function within<A>(answer: Promise<A>, milliseconds: number): Promise<A> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it did not answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** The last that is asked of a server, in so many milliseconds: in a fiber of its own, as a finalizer can't be interrupted. */
export const lastWords = <A, E>(
  effect: Effect.Effect<A, E>,
  milliseconds: number,
): Effect.Effect<void> =>
  effect.pipe(
    Effect.disconnect,
    Effect.timeoutOption(milliseconds),
    Effect.ignore,
    Effect.interruptible,
    Effect.forkDaemon,
    Effect.flatMap(Fiber.await),
  );

/** What a server says that refuses something, without the place in a script of ours. */
const refusalOf = ({ message }: Error): string =>
  message.split("\n")[0]!.replace(/,? script: [0-9a-f]{40}.*/, "");

/** Milliseconds for which what was said is not said again: a server may refuse for days, once a second and in several words in turn. */
const QUIET = 3_600_000;
/** Notices that are remembered. */
const REMEMBERED = 100;

/** Says nothing that it said within the last hour. */
export function sparing(log: Logger): Logger {
  const said = new Map<string, number>();
  return (message) => {
    const now = performance.now();
    if (now - (said.get(message) ?? -Infinity) < QUIET) return;
    if (said.size >= REMEMBERED) said.clear();
    said.set(message, now);
    log(message);
  };
}

/** Turns errors of BullMQ into notices, each once an hour. */
export function reporter({ shown }: Address, log: Logger): (error: Error) => void {
  const say = sparing(log);
  return (error) => {
    // the system's codes are words, those of BullMQ's scripts numbers: a job that is another's by now
    const { code } = error as { readonly code?: unknown };
    const message = typeof code === "string" && code.startsWith("E")
      ? `The queue at ${shown} is out of reach (${code}): waiting for it`
      : typeof code === "number"
      ? LATE
      : `The queue at ${shown} says: ${refusalOf(error)}`;
    say(message);
  };
}
