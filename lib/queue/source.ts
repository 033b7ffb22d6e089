/**
 * The jobs of a queue as a worker takes them.
 *
 * @module
 */
import { Effect } from "effect";
import type { Address } from "./address.ts";
import * as BullMq from "./bullmq.ts";

/** How many workers may die over an example before it counts as what killed them. */
const DEATHS = 20;

/** A job that a worker has until its lock runs out. */
export interface Taken {
  /** The run it is of. */
  readonly run: string;
  readonly data: unknown;
  /** Why it has to fail at once: too many workers died over it. */
  readonly poisonReason: string | undefined;
  readonly job: BullMq.Job;
}

/**
 * Opens a queue to take jobs from; it mends its connection and never fails. BullMQ's own loop is not used: it takes as many jobs as it may, one after the other, before it
 * works on the first and keeps its lock, so that a slow server makes it lose all of them again and again.
 *
 * @param lock milliseconds of silence after which a job goes to another worker
 */
export function openSource(
  address: Address,
  { lock, log }: { readonly lock: number; readonly log: BullMq.Logger },
) {
  return Effect.gen(function* () {
    const { Job, Worker } = yield* BullMq.bullmq;
    const report = BullMq.reporter(address, log);
    /** Ends the waiting for each answer of the server that has not come. */
    const waiting = new Set<() => void>();
    let closed = false;
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const worker = new Worker(BullMq.NAME, null, {
          ...BullMq.connection(address),
          lockDuration: lock,
          stalledInterval: lock / 2,
          maxStalledCount: DEATHS,
        });
        worker.on("error", report);
        void worker.startStalledCheckTimer();
        return worker;
      }),
      (worker) =>
        Effect.promise(async () => {
          await BullMq.close(worker);
          // the client does not end what it was asked while the server is away
          closed = true;
          for (const end of waiting) end();
        }),
    );
    const answer = <A>(request: () => Promise<A>): Effect.Effect<A | undefined, Error> =>
      Effect.async((resume) => {
        if (closed) return resume(Effect.succeed(undefined));
        const end = (result: Effect.Effect<A | undefined, Error> = Effect.succeed(undefined)) => {
          waiting.delete(end);
          resume(result);
        };
        waiting.add(end);
        request().then(
          (value) => end(Effect.succeed(value)),
          (error: Error) => end(Effect.fail(error)),
        );
      });
    const tried = <A>(request: () => Promise<A>, pause = 0): Effect.Effect<A | undefined> =>
      Effect.catchAll(
        answer(request),
        (error) => Effect.delay(Effect.sync(() => void report(error)), pause),
      );
    const taken = (job: BullMq.Job): Taken => ({
      run: job.name,
      data: job.data,
      poisonReason: job.deferredFailure,
      job,
    });
    let tokens = 0;
    return {
      /** Takes a job; waits some seconds for one, but no longer than until `stop`. */
      take: Effect.map(
        tried(() => worker.getNextJob(`${worker.id}:${tokens++}`), BullMq.RECONNECT),
        (job) => job && taken(job),
      ),
      /** Records the result of a job, and takes the next if there is one and it is wanted. */
      finish: ({ job }: Taken, value: unknown, next: boolean) =>
        tried(async () => {
          const more = await job.moveToCompleted(value, job.token!, next);
          const [data, id] = Array.isArray(more) ? more : [];
          if (!data) return undefined;
          const following = Job.fromJSON(worker, data, id);
          following.token = job.token!;
          return taken(following);
        }),
      /** Lets a job be tried again, or fail. */
      fail: ({ job }: Taken, error: Error) =>
        Effect.asVoid(tried(() => job.moveToFailed(error, job.token!, false))),
      giveBack: ({ job }: Taken) => Effect.asVoid(tried(() => job.moveToWait(job.token!))),
      /** Keeps jobs for another while; returns those that went to another worker. */
      keep: (all: readonly Taken[]) => {
        const [ids, tokens] = [all.map(({ job }) => job.id!), all.map(({ job }) => job.token!)];
        return Effect.map(
          tried(() => worker.extendJobLocks(ids, tokens, lock)),
          (gone = []) => all.filter(({ job }) => gone.includes(job.id!)),
        );
      },
      /** Takes no more. */
      stop: Effect.promise(async () => {
        await worker.pause(true);
        // wakes who waits for a job
        await worker.backend.disconnectBlocking();
      }),
    };
  });
}
