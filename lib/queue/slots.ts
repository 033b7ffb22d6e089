/**
 * A worker's slots: one for each job of a queue that is worked on at a time, each until it is done, fails, goes to another worker because
 * nothing was heard of it for too long, or is given back because this worker stops.
 *
 * @module
 */
import { Cause, Effect, Exit, Fiber, FiberSet, type Scope } from "effect";
import type { Address } from "./address.ts";
import { LATE, type Logger } from "./bullmq.ts";
import { openSource, type Taken } from "./source.ts";

/** What {@linkcode openSlots} needs. */
export interface SlotsOptions {
  /** The run; jobs of another are given back. */
  readonly run: string;
  /** Jobs at a time. */
  readonly slots: number;
  /** Milliseconds of silence after which a job goes to another worker. */
  readonly lock: number;
  /** Does a job; its failure is tried again elsewhere. */
  readonly work: (data: unknown) => Effect.Effect<unknown, Error>;
  readonly log: Logger;
}

/** Milliseconds that giving back takes at most: programs are not given more to end. */
const GIVE_BACK = 3000;
/** How often a lock is renewed while it lasts. */
const RENEWALS = 3;
/** Milliseconds to leave a queue alone that has nothing for this worker. */
const PAUSE = 1000;

/** Works on jobs until the scope closes, and then gives back what is not finished. */
export function openSlots(
  address: Address,
  { run, slots, lock, work, log }: SlotsOptions,
): Effect.Effect<void, never, Scope.Scope> {
  return Effect.gen(function* () {
    // made first and so ended last: what still waits for a server that is away fails once the source is closed
    const fibers = yield* FiberSet.make<void>();
    const source = yield* openSource(address, { lock, log });
    // one at a time waits for a job, as they share a connection
    const turn = yield* Effect.makeSemaphore(1);
    /** What is worked on, each by a slot. */
    const held = new Map<Taken, Fiber.RuntimeFiber<void>>();
    let stopping = false;

    /** Says what became of a job; the next one, if it came with the answer. */
    const conclude = (taken: Taken, exit: Exit.Exit<unknown, Error>) =>
      Exit.match(exit, {
        onSuccess: (value) => source.finish(taken, value, !stopping),
        onFailure: (cause) =>
          Effect.as(
            Cause.isInterruptedOnly(cause)
              ? source.giveBack(taken)
              : source.fail(taken, Cause.squash(cause) as Error),
            undefined,
          ),
      });

    const slot: Effect.Effect<void> = Effect.uninterruptibleMask((interruptible) =>
      Effect.withFiberRuntime((fiber) =>
        Effect.gen(function* () {
          let taken: Taken | undefined;
          while (!stopping) {
            taken ??= yield* turn.withPermits(1)(source.take);
            if (taken === undefined) continue;
            if (taken.run !== run) {
              yield* source.giveBack(taken);
              yield* Effect.sleep(PAUSE);
              taken = undefined;
              continue;
            }
            held.set(taken, fiber);
            const exit = taken.poisonReason === undefined
              ? yield* Effect.exit(interruptible(work(taken.data)))
              : Exit.fail(new Error(taken.poisonReason));
            if (!held.delete(taken)) return;
            taken = yield* conclude(taken, exit);
          }
          if (taken !== undefined) yield* source.giveBack(taken);
        })
      )
    );

    /** Leaves what went to another worker: someone else takes the slot. */
    const leave = (taken: Taken) => {
      const fiber = held.get(taken);
      if (fiber === undefined) return Effect.void;
      held.delete(taken);
      log(LATE);
      return Effect.zipRight(Fiber.interrupt(fiber), FiberSet.run(fibers, slot));
    };
    const renew = Effect.gen(function* () {
      if (held.size > 0) {
        yield* Effect.forEach(yield* source.keep([...held.keys()]), leave, { discard: true });
      }
    });

    yield* Effect.replicateEffect(FiberSet.run(fibers, slot), slots, { discard: true });
    yield* Effect.forkScoped(Effect.forever(Effect.delay(renew, lock / RENEWALS)));
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => stopping = true).pipe(
        Effect.zipRight(source.stop),
        Effect.zipRight(FiberSet.clear(fibers)),
        // jobs that can't be given back now will be missed when their locks run out
        Effect.disconnect,
        Effect.timeoutOption(GIVE_BACK),
        // in a fiber of its own: a finalizer can't be interrupted, so no time limit would end it
        Effect.interruptible,
        Effect.forkDaemon,
        Effect.flatMap(Fiber.await),
      )
    );
  });
}
