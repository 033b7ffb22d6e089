/**
 * The symbolic check as a scoped resource: comparisons run in a worker thread that is ended when one takes too long.
 *
 * @module
 */
import { Deferred, Effect, FiberId, type Scope } from "effect";
import process from "node:process";
import { Worker } from "node:worker_threads";
import type { Outcome } from "./outcome.ts";

/** How a comparison ended; "timed out" and "failed" decide nothing. */
export type Checked = Outcome | "timed out" | "failed";

/** Compares answers in a worker. */
export interface Checker {
  /** Compares two answers in their normal spelling; never fails, and ends within 2 s of processor time once the worker runs. */
  readonly compare: (gold: string, answer: string) => Effect.Effect<Checked>;
}

/** A request to the worker; it answers with an {@link Outcome}, and says "ready" once at the start. */
export interface CheckRequest {
  readonly gold: string;
  readonly answer: string;
}

/**
 * Milliseconds of processor time that one comparison may take, and that the worker may take to start: the clock would say "timed out" of
 * anything on a machine that is busy with something else.
 */
const LIMIT = 2000;
const START_LIMIT = 20_000;
/** Milliseconds by the clock after which it is over anyway. */
const LONGEST = 300_000;
/** Milliseconds from one look at the time spent to the next. */
const LOOK = 250;
/** Milliseconds after which a successor is started, to be ready when a comparison runs into its limit. */
const SUSPICIOUS = 300;
/** MiB of heap; a power tower fills any. */
const MEMORY = 512;

/** Starts a TypeScript module in a thread, under Node by tsx. */
const BOOT = new URL("../../../runtime/worker_boot.mjs", import.meta.url);
const ENTRY = new URL("./checker_worker.ts", import.meta.url);

/** Starts the worker; it ends with the scope. Comparisons run one at a time. */
export function makeChecker(): Effect.Effect<Checker, never, Scope.Scope> {
  return Effect.gen(function* () {
    const lock = yield* Effect.makeSemaphore(1);
    let thread = startThread();
    let spare: Thread | undefined;
    yield* Effect.addFinalizer(() =>
      Effect.promise(() => Promise.all([thread.worker.terminate(), spare?.worker.terminate()]))
    );
    const prepareSpare = Effect.sync(() => {
      spare ??= startThread();
    });
    const replace = Effect.sync(() => {
      // Not awaited: a thread deep in a computation may take its time to end.
      void thread.worker.terminate();
      thread = spare ?? startThread();
      spare = undefined;
    });
    const compare = (request: CheckRequest) =>
      Effect.suspend(() => thread.ask(request, Effect.delay(prepareSpare, SUSPICIOUS))).pipe(
        Effect.tap((checked) =>
          checked === "timed out" || checked === "failed" ? replace : Effect.void
        ),
        Effect.onInterrupt(() => replace),
      );
    return { compare: (gold, answer) => lock.withPermits(1)(compare({ gold, answer })) };
  });
}

/** Waits until this process has spent so much processor time, and at least as long. */
function spend(milliseconds: number): Effect.Effect<void> {
  return Effect.suspend(() => {
    const before = process.cpuUsage();
    const start = performance.now();
    const isSpent = () => {
      const { user, system } = process.cpuUsage(before);
      return user + system >= milliseconds * 900 || performance.now() - start >= LONGEST;
    };
    const wait = Effect.repeat(Effect.sleep(LOOK), { until: isSpent });
    return Effect.zipRight(Effect.sleep(milliseconds - LOOK), wait);
  });
}

interface Thread {
  readonly worker: Worker;
  /** Asks once the worker is ready; `meanwhile` runs beside the comparison and ends with it. */
  readonly ask: (request: CheckRequest, meanwhile: Effect.Effect<void>) => Effect.Effect<Checked>;
}

function startThread(): Thread {
  const worker = new Worker(BOOT, {
    workerData: { entry: ENTRY.href },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
  // A program that has nothing else left to do need not wait for it.
  worker.unref();
  const ready = Deferred.unsafeMake<void>(FiberId.none);
  const dead = Deferred.unsafeMake<"failed">(FiberId.none);
  let answer = (_: Outcome) => {};
  worker.on("message", (message: "ready" | Outcome) => {
    if (message === "ready") Deferred.unsafeDone(ready, Effect.void);
    else answer(message);
  });
  const die = () => Deferred.unsafeDone(dead, Effect.succeed("failed" as const));
  worker.on("error", die);
  worker.on("exit", die);
  const reply = (request: CheckRequest) =>
    Effect.async<Checked>((resume) => {
      answer = (outcome) => resume(Effect.succeed(outcome));
      worker.postMessage(request);
    });
  const within = <A>(effect: Effect.Effect<A>, milliseconds: number) =>
    Effect.raceFirst(effect, Effect.as(spend(milliseconds), "timed out" as const));
  return {
    worker,
    ask: (request, meanwhile) =>
      within(Deferred.await(ready), START_LIMIT).pipe(
        Effect.flatMap((started) =>
          started === "timed out"
            ? Effect.succeed(started)
            : Effect.race(within(reply(request), LIMIT), Effect.zipRight(meanwhile, Effect.never))
        ),
        Effect.raceFirst(Deferred.await(dead)),
      ),
  };
}
