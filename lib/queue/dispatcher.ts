/**
 * A queue as its coordinator has it.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import type { Address, QueueError } from "./address.ts";
import { type Writer, writerOf } from "./board.ts";
import {
  type Asked,
  asker,
  bullmq,
  close,
  connection,
  type Job,
  NAME,
  type Notice,
  openQueue,
  RECONNECT,
  reporter,
} from "./bullmq.ts";

/** How often an example is tried when it fails. */
const ATTEMPTS = 3;

/** What became of a job. */
export type Outcome =
  | { readonly kind: "done"; readonly id: string; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: string; readonly reason: string }
  /** It was there before it was put: look it up. */
  | { readonly kind: "known"; readonly id: string };

/** What a look at a job finds. */
export type Found = Outcome | { readonly kind: "open" } | { readonly kind: "missing" };

/** A job to add. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
}

/** The queue as its coordinator has it. */
export interface Dispatcher extends Writer {
  /** Removes all jobs. */
  readonly clear: Asked<void>;
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
    const { QueueEvents } = yield* bullmq;
    const queue = yield* openQueue(address, notice);
    const writer = yield* writerOf(queue, address);
    const report = reporter(address, notice);
    const events = yield* Effect.acquireRelease(
      Effect.sync(() => new QueueEvents(NAME, { ...connection(address), autorun: false })),
      (events) => Effect.promise(() => close(events)),
    );
    events.on("error", report);
    events.on(
      "completed",
      ({ jobId, returnvalue }) => onOutcome({ kind: "done", id: jobId, value: returnvalue }),
    );
    events.on(
      "failed",
      ({ jobId, failedReason }) => onOutcome({ kind: "failed", id: jobId, reason: failedReason }),
    );
    events.on("duplicated", ({ jobId }) => onOutcome({ kind: "known", id: jobId }));
    // it ends where it can't read an event
    yield* Effect.forkScoped(Effect.forever(
      Effect.ignore(
        Effect.tryPromise({ try: () => events.run(), catch: (error) => report(error as Error) }),
      ).pipe(Effect.zipRight(Effect.sleep(RECONNECT))),
    ));
    const options = {
      attempts: ATTEMPTS,
      removeOnComplete: { count: kept },
      removeOnFail: true,
    };
    const ask = asker(address);
    const clear = ask(() => queue.obliterate({ force: true }));
    return {
      ...writer,
      clear,
      end: (run) => Effect.zipRight(writer.end(run), clear),
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

function found(id: string, job: Job | undefined): Found {
  if (job === undefined) return { kind: "missing" };
  // one that failed for good is removed
  return job.finishedOn === undefined
    ? { kind: "open" }
    : { kind: "done", id, value: job.returnvalue };
}
