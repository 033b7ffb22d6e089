/**
 * A worker's slots: one for each job of a queue that is worked on at a time, each until it is done, fails, goes to another worker because
 * nothing was heard of it for too long, or is given back because this worker stops.
 *
 * @module
 */
import { Cause, Effect, Exit, Fiber, FiberSet, type Scope } from "effect";
import type { Address } from "./address.ts";
import { lastWords, LATE, type Logger, sparing } from "./bullmq.ts";
import { openSource, type Taken } from "./source.ts";

/** What {@linkcode openSlots} needs. */
export interface SlotsOptions {
  /** The run. */
  readonly run: string;
  /** Jobs at a time. */
  readonly slots: number;
  /** Milliseconds of silence after which a job goes to another worker. */
  readonly lock: number;
  /** What becomes of a job, as a message; fails with the reason where it is not one of the run. */
  readonly work: (job: Pick<Taken, "id" | "data">) => Effect.Effect<string, string>;
  /** The message that a job killed its workers. */
  readonly poisoned: (job: Pick<Taken, "id" | "data">, reason: string) => string;
  readonly log: Logger;
}

/** Milliseconds that giving back takes at most: programs are not given more to end. */
const GIVE_BACK = 3000;
/** How often a lock is renewed while it lasts. */
const RENEWALS = 3;

/** Works on jobs until the scope closes, and then gives back what is not finished. */
export function openSlots(
  address: Address,
  { run, slots, lock, work, poisoned, log }: SlotsOptions,
): Effect.Effect<void, never, Scope.Scope> {
  return Effect.gen(function* () {
    // made first and so ended last: what still waits for a server that is away fails once the source is closed
    const fibers = yield* FiberSet.make<void>();
    const source = yield* openSource(address, run, { lock, log });
    // one at a time waits for a job, as they share a connection
    const turn = yield* Effect.makeSemaphore(1);
    /** What is worked on, each by a slot. */
    const held = new Map<Taken, Fiber.RuntimeFiber<void>>();
    let stopping = false;
    const sayLate = sparing(log);

    /** Says what became of a job; the next one, if it came with the answer. */
    const conclude = (taken: Taken, exit: Exit.Exit<string, string>) =>
      Exit.match(exit, {
        onSuccess: (message) => source.finish(taken, message, !stopping),
        onFailure: (cause) =>
          Effect.as(
            Cause.isInterruptedOnly(cause)
              ? source.giveBack(taken)
              : source.putAside(taken, String(Cause.squash(cause))),
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
            held.set(taken, fiber);
            const exit = taken.poisonReason === undefined
              ? yield* Effect.exit(interruptible(work(taken)))
              : Exit.succeed(poisoned(taken, taken.poisonReason));
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
      sayLate(LATE);
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
      // jobs that can't be given back now will be missed when their locks run out
      lastWords(
        Effect.sync(() => stopping = true).pipe(
          Effect.zipRight(source.stop),
          Effect.zipRight(FiberSet.clear(fibers)),
        ),
        GIVE_BACK,
      )
    );
  });
}
