/**
 * A queue as its coordinator has it.
 *
 * @module
 */
import { Effect } from "effect";
import type { Address } from "./address.ts";
import * as BullMq from "./bullmq.ts";
import { registryOf } from "./run_registry.ts";

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

/** What a dispatcher needs. */
export interface DispatcherOptions {
  /** Called for every job that ends. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Results kept in the queue: more than can be on their way. */
  readonly kept: number;
  readonly log: BullMq.Logger;
}

/** The queue as its coordinator has it. */
export type Dispatcher = Effect.Effect.Success<ReturnType<typeof openDispatcher>>;

/** Opens a queue for a coordinator. */
export function openDispatcher(address: Address, { onOutcome, kept, log }: DispatcherOptions) {
  return Effect.gen(function* () {
    const { QueueEvents } = yield* BullMq.bullmq;
    const queue = yield* BullMq.openQueue(address, log);
    const registry = yield* registryOf(queue, address);
    const report = BullMq.reporter(address, log);
    const events = yield* Effect.acquireRelease(
      Effect.sync(() =>
        new QueueEvents(BullMq.NAME, { ...BullMq.connection(address), autorun: false })
      ),
      (events) => Effect.promise(() => BullMq.close(events)),
    );
    events.on("error", report);
    events.on(
      "completed",
      ({ jobId: id, returnvalue: value }) => onOutcome({ kind: "done", id, value }),
    );
    events.on(
      "failed",
      ({ jobId: id, failedReason: reason }) => onOutcome({ kind: "failed", id, reason }),
    );
    events.on("duplicated", ({ jobId: id }) => onOutcome({ kind: "known", id }));
    // it ends where it can't read an event
    yield* Effect.tryPromise({ try: () => events.run(), catch: (error) => report(error as Error) })
      .pipe(
        Effect.ignore,
        Effect.zipRight(Effect.sleep(BullMq.RECONNECT)),
        Effect.forever,
        Effect.forkScoped,
      );
    const query = BullMq.makeQuery(address);
    const clear = query(() => queue.obliterate({ force: true }));
    return {
      ...registry,
      /** Removes all jobs. */
      clear,
      end: (run: string) => Effect.zipRight(registry.end(run), clear),
      /** Adds jobs, each unless it is there. */
      put: (run: string, jobs: readonly NewJob[]) =>
        query(() =>
          queue.addBulk(jobs.map(({ id, data }) => ({
            name: run,
            data,
            opts: {
              jobId: id,
              attempts: ATTEMPTS,
              removeOnComplete: { count: kept },
              removeOnFail: true,
            },
          })))
        ),
      look: (id: string) =>
        Effect.map(query(() => queue.getJob(id)), (job): Found => {
          if (job === undefined) return { kind: "missing" };
          // one that failed for good is removed
          return job.finishedOn === undefined
            ? { kind: "open" }
            : { kind: "done", id, value: job.returnvalue };
        }),
      remove: (id: string) => query(() => queue.remove(id)),
    };
  });
}
