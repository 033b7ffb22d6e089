/**
 * The queue itself: BullMQ on Redis or Valkey. The only import of bullmq (and, through it, of ioredis). BullMQ packs what it sends
 * by msgpackr, whose optional native part msgpackr-extract is held at 3.0.3 in package.json: the newest for which every platform's
 * package is published. Its prebuilt binary is a package of its own, so no install script has to run.
 *
 * @module
 */
import { type ConnectionOptions, type Job, Queue, QueueEvents, WaitingError, Worker } from "bullmq";
import { Cause, Effect, Exit, Fiber, FiberSet, Redacted, type Scope } from "effect";
import { type Address, QueueError } from "./address.ts";

/** Name of the queue; with the prefix, the start of all its keys. */
const NAME = "examples";
const PREFIX = "dpc";

/** Keys beside BullMQ's own. */
const PLAN = `${PREFIX}:plan`;
const RUN = `${PREFIX}:run`;
const COORDINATOR = `${PREFIX}:coordinator`;

/** Milliseconds for a server to answer at first. */
const CONNECT = 10_000;
/** Milliseconds between two attempts to reach a server that went away. */
const RECONNECT = 1000;
/** How often an example is tried when it fails. */
const ATTEMPTS = 3;
/** How many workers may die over an example before it counts as what killed them. */
const DEATHS = 20;
/** Milliseconds that a worker takes at most to give back what it has: programs are not given more to end. */
const GIVE_BACK = 3000;
/** Milliseconds to close a connection in order. */
const FAREWELL = 500;

/** Says what people should know: the server is out of reach, a late result was dropped. */
export type Notice = (message: string) => void;

/** What became of a job. */
export type Outcome =
  | { readonly kind: "done"; readonly id: string; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: string; readonly reason: string }
  /** It was there before it was put: look it up. */
  | { readonly kind: "known"; readonly id: string };

/** What a look at a job finds. */
export type Found = Outcome | { readonly kind: "open" } | { readonly kind: "missing" };

/** An effect that the server may refuse. */
type Asked<A> = Effect.Effect<A, QueueError>;

/** The run that a queue serves. */
export interface Board {
  /** The id of the run, that of an ended one included; undefined where there is none. */
  readonly run: Asked<{ readonly id: string; readonly ended: boolean } | undefined>;
  /** The text of its plan. */
  readonly plan: Asked<string | undefined>;
}

/** The queue as its coordinator has it. */
export interface Dispatcher extends Board {
  /** The run of the coordinator that lives now, if one does. */
  readonly coordinator: Asked<string | undefined>;
  /** Writes the plan. */
  readonly announce: (run: string, plan: string) => Asked<void>;
  /** Says that the coordinator lives, for so many milliseconds. */
  readonly beat: (run: string, milliseconds: number) => Asked<void>;
  /** Removes all jobs. */
  readonly clear: Asked<void>;
  /** Says for so many milliseconds that the run is over, and removes the rest. */
  readonly end: (run: string, milliseconds: number) => Asked<void>;
  /** Adds a job, unless it is there. */
  readonly put: (run: string, id: string, data: unknown) => Asked<void>;
  readonly look: (id: string) => Asked<Found>;
  readonly remove: (id: string) => Asked<void>;
}

/** What a dispatcher needs. */
export interface DispatcherOptions {
  /** Called for every job that ends. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Results kept in the queue: more than can be on their way. */
  readonly kept: number;
  readonly notice: Notice;
}

/** Opens a queue for a coordinator. */
export function openDispatcher(
  address: Address,
  { onOutcome, kept, notice }: DispatcherOptions,
): Effect.Effect<Dispatcher, QueueError, Scope.Scope> {
  return Effect.gen(function* () {
    const queue = yield* openQueue(address, notice);
    const client = yield* Effect.promise(() => queue.backend.client);
    const events = yield* Effect.acquireRelease(
      Effect.sync(() => new QueueEvents(NAME, { ...connection(address), prefix: PREFIX })),
      (events) => Effect.promise(() => close(events, FAREWELL)),
    );
    listen(events, address, notice);
    events.on(
      "completed",
      ({ jobId, returnvalue }) => onOutcome({ kind: "done", id: jobId, value: returnvalue }),
    );
    events.on(
      "failed",
      ({ jobId, failedReason }) => onOutcome({ kind: "failed", id: jobId, reason: failedReason }),
    );
    events.on("duplicated", ({ jobId }) => onOutcome({ kind: "known", id: jobId }));
    const options = {
      attempts: ATTEMPTS,
      removeOnComplete: { count: kept },
      removeOnFail: true,
    };
    const ask = asker(address);
    const clear = ask(() => queue.obliterate({ force: true }));
    return {
      ...board(client, ask),
      coordinator: ask(async () => await client.get(COORDINATOR) ?? undefined),
      announce: (run, plan) =>
        ask(async () => {
          await client.set(PLAN, plan);
          await client.set(RUN, run);
        }),
      beat: (run, milliseconds) => ask(() => client.set(COORDINATOR, run, { PX: milliseconds })),
      clear,
      end: (run, milliseconds) =>
        ask(async () => {
          await client.set(RUN, ENDED + run, { PX: milliseconds });
          await client.del(PLAN, COORDINATOR);
          await queue.obliterate({ force: true });
        }),
      put: (run, id, data) => ask(() => queue.add(run, data, { ...options, jobId: id })),
      look: (id) => Effect.map(ask(() => queue.getJob(id)), (job) => found(id, job)),
      remove: (id) => ask(() => queue.remove(id)),
    };
  });
}

/** The queue as a worker has it. */
export interface WorkerOptions {
  /** The run; jobs of another are given back. */
  readonly run: string;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** Milliseconds of silence after which a job goes to another worker. */
  readonly lock: number;
  /** Does a job; its failure is tried again elsewhere. */
  readonly work: (data: unknown) => Effect.Effect<unknown, Error>;
  readonly notice: Notice;
}

/** Opens a queue to look at the run that it serves. */
export function openBoard(
  address: Address,
  notice: Notice,
): Effect.Effect<Board, QueueError, Scope.Scope> {
  return Effect.gen(function* () {
    const queue = yield* openQueue(address, notice);
    return board(yield* Effect.promise(() => queue.backend.client), asker(address));
  });
}

/** Works on jobs until the scope closes, and then gives back what is not finished. */
export function openWorker(
  address: Address,
  { run, concurrency, lock, work, notice }: WorkerOptions,
): Effect.Effect<void, never, Scope.Scope> {
  return Effect.gen(function* () {
    const fibers = yield* FiberSet.make<unknown, Error>();
    const fork = yield* FiberSet.runtime(fibers)<never>();
    const perform = async (job: Job, token: string | undefined): Promise<unknown> => {
      if (job.name !== run) {
        await job.moveToWait(token!);
        throw new WaitingError();
      }
      const exit = await Effect.runPromise(Fiber.await(fork(work(job.data))));
      if (Exit.isSuccess(exit)) return exit.value;
      if (!Cause.isInterruptedOnly(exit.cause)) throw Cause.squash(exit.cause);
      await job.moveToWait(token!);
      throw new WaitingError();
    };
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const worker = new Worker(NAME, perform, {
          ...connection(address),
          prefix: PREFIX,
          concurrency,
          lockDuration: lock,
          stalledInterval: lock / 2,
          maxStalledCount: DEATHS,
          runRetryDelay: RECONNECT,
        });
        listen(worker, address, notice);
        return worker;
      }),
      (worker) =>
        Effect.promise(async () => {
          await worker.pause(true);
          await Effect.runPromise(FiberSet.clear(fibers));
          // jobs that can't be given back now will be missed when their locks run out
          await close(worker, GIVE_BACK);
        }),
    );
  });
}

/** What stands before the id of a run that is over. */
const ENDED = "ended:";

/** Closes a part in order or, where the server does not answer in time, without it. */
function close(
  part: {
    readonly close: () => Promise<void>;
    readonly backend: { readonly disconnect: () => Promise<void> };
  },
  milliseconds: number,
): Promise<void> {
  const tooLong = new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const disconnect = () => void part.backend.disconnect().catch(() => {});
  return Promise.race([part.close(), tooLong.then(disconnect)]).catch(() => {});
}

/** Asks the server; a refusal is an error that names it. */
function asker({ shown }: Address) {
  return <A>(request: () => Promise<A>): Asked<A> =>
    Effect.tryPromise({
      try: request,
      catch: (error) =>
        new QueueError({ reason: `Cannot use the queue at ${shown}: ${(error as Error).message}` }),
    });
}

function board(
  client: { readonly get: (key: string) => Promise<string | null> },
  ask: ReturnType<typeof asker>,
): Board {
  return {
    run: ask(async () => {
      const run = await client.get(RUN);
      if (run === null) return undefined;
      const ended = run.startsWith(ENDED);
      return { id: ended ? run.slice(ENDED.length) : run, ended };
    }),
    plan: ask(async () => await client.get(PLAN) ?? undefined),
  };
}

function found(id: string, job: Job | undefined): Found {
  if (job === undefined) return { kind: "missing" };
  // one that failed for good is removed
  return job.finishedOn === undefined
    ? { kind: "open" }
    : { kind: "done", id, value: job.returnvalue };
}

const connection = (
  { host, port, database, tls, username, password }: Address,
): { readonly connection: ConnectionOptions } => ({
  connection: {
    host,
    port,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Redacted.value(password) }),
    ...(tls ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
    retryStrategy: () => RECONNECT,
  },
});

/** Connects, or says why not: later the connection mends itself, but at first a wrong address should not wait for ever. */
function openQueue(
  address: Address,
  notice: Notice,
): Effect.Effect<Queue, QueueError, Scope.Scope> {
  return Effect.gen(function* () {
    let reason = `it did not answer within ${CONNECT / 1000} s`;
    const queue = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const queue = new Queue(NAME, { ...connection(address), prefix: PREFIX });
        queue.on("error", ({ message }) => reason = message);
        return queue;
      }),
      (queue) => Effect.promise(() => close(queue, FAREWELL)),
    );
    yield* Effect.tryPromise(() => queue.waitUntilReady()).pipe(
      Effect.timeout(CONNECT),
      Effect.mapError(() =>
        new QueueError({ reason: `Cannot reach the queue at ${address.shown}: ${reason}` })
      ),
    );
    queue.removeAllListeners("error");
    listen(queue, address, notice);
    return queue;
  });
}

/** Turns what BullMQ emits into notices, each once in a row. */
function listen(
  source: { on: (event: "error", listener: (error: Error) => void) => unknown },
  { shown }: Address,
  notice: Notice,
): void {
  let last = "";
  source.on("error", (error) => {
    // the system's codes are words, those of BullMQ's scripts numbers: a job that is another's by now
    const { code } = error as { readonly code?: unknown };
    const message = typeof code === "string" && code.startsWith("E")
      ? `The queue at ${shown} is out of reach (${code}): waiting for it`
      : typeof code === "number" || error.message.startsWith("could not renew lock")
      ? "An example was not heard of for too long and went to another worker"
      : `The queue at ${shown} says: ${error.message.split("\n")[0]}`;
    if (message !== last) notice(message);
    last = message;
  });
}
