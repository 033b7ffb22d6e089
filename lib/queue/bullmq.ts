/**
 * The queue itself: BullMQ on Redis or Valkey. The only import of bullmq (and, through it, of ioredis). BullMQ packs what it sends
 * by msgpackr, whose optional native part msgpackr-extract is held at 3.0.3 in package.json: the newest for which every platform's
 * package is published. Its prebuilt binary is a package of its own, so no install script has to run.
 *
 * @module
 */
import { type ConnectionOptions, Job, Queue, QueueEvents, Worker } from "bullmq";
import { Effect, Redacted, type Scope } from "effect";
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
/** Milliseconds to close a connection in order. */
const FAREWELL = 500;

/** Said of a job that a worker had and that its lock did not keep. */
export const LATE = "An example was not heard of for too long and went to another worker";

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

/** A job to add. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
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
  /** Adds jobs, each unless it is there. */
  readonly put: (run: string, jobs: readonly NewJob[]) => Asked<void>;
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
    events.on("error", reporter(address, notice));
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
      put: (run, jobs) =>
        ask(() =>
          queue.addBulk(
            jobs.map(({ id, data }) => ({ name: run, data, opts: { ...options, jobId: id } })),
          )
        ),
      look: (id) => Effect.map(ask(() => queue.getJob(id)), (job) => found(id, job)),
      remove: (id) => ask(() => queue.remove(id)),
    };
  });
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

/** A job that a worker has until its lock runs out. */
export interface Taken {
  /** The run it is of. */
  readonly run: string;
  readonly data: unknown;
  /** Why it has to fail at once: too many workers died over it. */
  readonly deadly: string | undefined;
  readonly job: Job;
}

/** The jobs of a queue as a worker takes them; it mends its connection and never fails. */
export interface Source {
  /** Takes a job; waits some seconds for one, but no longer than until {@linkcode Source.stop}. */
  readonly take: Effect.Effect<Taken | undefined>;
  /** Records the result of a job, and takes the next if there is one and it is wanted. */
  readonly finish: (
    taken: Taken,
    value: unknown,
    next: boolean,
  ) => Effect.Effect<Taken | undefined>;
  /** Lets a job be tried again, or fail. */
  readonly fail: (taken: Taken, error: Error) => Effect.Effect<void>;
  readonly giveBack: (taken: Taken) => Effect.Effect<void>;
  /** Keeps jobs for another while; returns those that went to another worker. */
  readonly keep: (all: readonly Taken[]) => Effect.Effect<readonly Taken[]>;
  /** Takes no more. */
  readonly stop: Effect.Effect<void>;
}

/**
 * Opens a queue to take jobs from. BullMQ's own loop is not used: it takes as many jobs as it may, one after the other, before it
 * works on the first and keeps its lock, so that a slow server makes it lose all of them again and again.
 *
 * @param lock milliseconds of silence after which a job goes to another worker
 */
export function openSource(
  address: Address,
  { lock, notice }: { readonly lock: number; readonly notice: Notice },
): Effect.Effect<Source, never, Scope.Scope> {
  return Effect.gen(function* () {
    const report = reporter(address, notice);
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const worker = new Worker(NAME, null, {
          ...connection(address),
          prefix: PREFIX,
          lockDuration: lock,
          stalledInterval: lock / 2,
          maxStalledCount: DEATHS,
        });
        worker.on("error", report);
        void worker.startStalledCheckTimer();
        return worker;
      }),
      (worker) => Effect.promise(() => close(worker, FAREWELL)),
    );
    const tried = <A>(request: () => Promise<A>, patience = 0): Effect.Effect<A | undefined> =>
      Effect.catchAll(
        Effect.tryPromise({ try: request, catch: (error) => error as Error }),
        (error) => Effect.delay(Effect.sync(() => void report(error)), patience),
      );
    const taken = (job: Job): Taken => ({
      run: job.name,
      data: job.data,
      deadly: job.deferredFailure,
      job,
    });
    let tokens = 0;
    return {
      take: Effect.map(
        tried(() => worker.getNextJob(`${worker.id}:${tokens++}`), RECONNECT),
        (job) => job && taken(job),
      ),
      finish: ({ job }, value, next) =>
        tried(async () => {
          const more = await job.moveToCompleted(value, job.token!, next);
          const [data, id] = Array.isArray(more) ? more : [];
          if (!data) return undefined;
          const following = Job.fromJSON(worker, data, id);
          following.token = job.token!;
          return taken(following);
        }),
      fail: ({ job }, error) => tried(() => job.moveToFailed(error, job.token!, false)),
      giveBack: ({ job }) => tried(() => job.moveToWait(job.token!)),
      keep: (all) =>
        Effect.map(
          tried(() =>
            worker.extendJobLocks(
              all.map(({ job }) => job.id!),
              all.map(({ job }) => job.token!),
              lock,
            )
          ),
          (gone = []) => all.filter(({ job }) => gone.includes(job.id!)),
        ),
      stop: Effect.promise(async () => {
        await worker.pause(true);
        // wakes who waits for a job
        await worker.backend.disconnectBlocking();
      }),
    };
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
  { host, port, database, tls, username, password, ca }: Address,
): { readonly connection: ConnectionOptions } => ({
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
    queue.on("error", reporter(address, notice));
    return queue;
  });
}

/** Turns errors of BullMQ into notices, each once in a row. */
function reporter({ shown }: Address, notice: Notice): (error: Error) => void {
  let last = "";
  return (error) => {
    // the system's codes are words, those of BullMQ's scripts numbers: a job that is another's by now
    const { code } = error as { readonly code?: unknown };
    const message = typeof code === "string" && code.startsWith("E")
      ? `The queue at ${shown} is out of reach (${code}): waiting for it`
      : typeof code === "number"
      ? LATE
      : `The queue at ${shown} says: ${error.message.split("\n")[0]}`;
    if (message !== last) notice(message);
    last = message;
  };
}
