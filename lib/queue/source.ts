/**
 * The jobs of a queue as a worker takes them.
 *
 * @module
 */
import { Effect } from "effect";
import type { Address } from "./address.ts";
import * as BullMq from "./bullmq.ts";
import { registryOf } from "./run_registry.ts";

/** How many workers may die over an example before it counts as what killed them. */
const DEATHS = 20;

/** A job that a worker has until its lock runs out. */
export interface Taken {
  readonly id: string;
  /** Anything: others may have put it. */
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
  run: string,
  { lock, log }: { readonly lock: number; readonly log: BullMq.Logger },
) {
  return Effect.gen(function* () {
    const { Job, UnrecoverableError, Worker } = yield* BullMq.bullmq;
    const report = BullMq.reporter(address, log);
    /** Ends the waiting for each answer of the server that has not come. */
    const waiting = new Set<() => void>();
    let closed = false;
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const worker = new Worker(run, null, {
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
    const registry = registryOf(
      yield* Effect.promise(() => worker.backend.client),
      address,
    );
    const taken = (job: BullMq.Job): Taken => ({
      id: job.id ?? "",
      data: job.data,
      poisonReason: job.deferredFailure && `${DEATHS} workers died over it`,
      job,
    });
    /** Puts aside what could be taken and not read, so that it is not taken again and again. */
    const readable = (token: string, request: () => Promise<BullMq.Job | undefined>) =>
      Effect.catchIf(answer(request), isUnreadable, (error) =>
        Effect.as(
          Effect.ignore(Effect.map(
            registry.call<readonly string[]>(
              "drop",
              [worker.keys.active!, worker.keys.events!],
              [worker.toKey(""), token],
            ),
            (dropped) => dropped.length > 0 && log(`${PUT_ASIDE}: ${error.message}`),
          )),
          undefined,
        ));
    const tried = <A>(
      request: Effect.Effect<A | undefined, Error>,
      pause = 0,
    ): Effect.Effect<A | undefined> =>
      Effect.catchAll(
        request,
        (error) => Effect.delay(Effect.sync(() => void report(error)), pause),
      );
    let tokens = 0;
    return {
      registry,
      /** Takes a job; waits some seconds for one, but no longer than until `stop`. */
      take: Effect.suspend(() => {
        const token = `${worker.id}:${tokens++}`;
        return Effect.map(
          tried(readable(token, () => worker.getNextJob(token)), BullMq.RECONNECT),
          (job) => job && taken(job),
        );
      }),
      /** Records the result of a job, and takes the next if there is one and it is wanted. */
      finish: ({ job }: Taken, value: string, next: boolean) =>
        Effect.map(
          tried(readable(job.token!, async () => {
            const more = await job.moveToCompleted(value, job.token!, next);
            const [data, id] = Array.isArray(more) ? more : [];
            if (!data) return undefined;
            const following = Job.fromJSON(worker, data, id);
            following.token = job.token!;
            return following;
          })),
          (job) => job && taken(job),
        ),
      /** Puts aside what is not a job of the run. */
      putAside: ({ job }: Taken, reason: string) => {
        log(`${PUT_ASIDE}: ${reason}`);
        return Effect.asVoid(
          tried(answer(() => job.moveToFailed(new UnrecoverableError(reason), job.token!, false))),
        );
      },
      giveBack: ({ job }: Taken) => Effect.asVoid(tried(answer(() => job.moveToWait(job.token!)))),
      /** Keeps jobs for another while; returns those that went to another worker. */
      keep: (all: readonly Taken[]) => {
        const [ids, tokens] = [all.map(({ id }) => id), all.map(({ job }) => job.token!)];
        return Effect.map(
          tried(answer(() => worker.extendJobLocks(ids, tokens, lock))),
          (gone = []) => all.filter(({ id }) => gone.includes(id)),
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

/** Said of what a worker takes out of the queue for good; the coordinator puts its own jobs again. */
const PUT_ASIDE = "Put aside what is not an example of this run";

/** Whether an error comes of what a job holds: it is neither the server's nor the connection's. */
const isUnreadable = (error: Error): boolean =>
  error.name === "ReplyError"
    ? error.message.includes("WRONGTYPE")
    : error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError;
