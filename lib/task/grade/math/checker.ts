/**
 * The symbolic check as a scoped resource: comparisons run in a worker thread that is ended when one takes too long.
 *
 * @module
 */
import { Effect, ExecutionStrategy, Exit, Fiber, Scope } from "effect";
import process from "node:process";
import { type RequestError, spawn, type Worker, type WorkerDied } from "../../../runtime/mod.ts";
import type { Outcome } from "./outcome.ts";

/** How a comparison ended; "timed out" and "failed" decide nothing. */
export type Checked = Outcome | "timed out" | "failed";

/** Compares answers in a worker. */
export interface Checker {
  /** Compares two answers in their normal spelling; never fails, and ends within 2 s of processor time once the worker runs. */
  readonly compare: (gold: string, answer: string) => Effect.Effect<Checked>;
}

/** A request to the worker, which answers with an {@linkcode Outcome}. */
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
/** Milliseconds of processor time after which a successor is started, to be ready when a comparison runs into its limit. */
const SUSPICIOUS = 300;
/** MiB of heap; a power tower fills any. */
const MEMORY = 512;

const ENTRY = new URL("./checker_worker.ts", import.meta.url);

/** The worker starts with the first comparison and ends with the scope. Comparisons run one at a time. */
export function makeChecker(): Effect.Effect<Checker, never, Scope.Scope> {
  return Effect.gen(function* () {
    const lock = yield* Effect.makeSemaphore(1);
    const start = startWorker(yield* Effect.scope);
    let current: Starting | undefined;
    let spare: Starting | undefined;
    const prepareSpare = Effect.suspend(() =>
      spare === undefined ? Effect.map(start, (starting) => void (spare = starting)) : Effect.void
    );
    const replace = ({ end }: Starting) =>
      Effect.gen(function* () {
        // not awaited: a thread deep in a computation may take its time to end
        yield* Effect.forkDaemon(end);
        current = spare ?? (yield* start);
        spare = undefined;
      });
    const compare = (request: CheckRequest) =>
      Effect.gen(function* () {
        const asked = current ??= yield* start;
        const meanwhile = Effect.zipRight(spend(SUSPICIOUS), prepareSpare);
        const checked = yield* ask(asked, request, meanwhile).pipe(
          Effect.onInterrupt(() => replace(asked)),
        );
        if (checked === "timed out" || checked === "failed") yield* replace(asked);
        return checked;
      });
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

/** A worker that runs, or will soon. */
interface Starting {
  readonly worker: Fiber.Fiber<Worker<CheckRequest, Outcome>, WorkerDied | RequestError>;
  /** Ends it, in the midst of a comparison too. */
  readonly end: Effect.Effect<void>;
}

function startWorker(scope: Scope.Scope): Effect.Effect<Starting> {
  return Effect.gen(function* () {
    const own = yield* Scope.fork(scope, ExecutionStrategy.sequential);
    const started = spawn<CheckRequest, Outcome>(ENTRY, { heap: MEMORY }).pipe(
      Effect.tap(({ kill }) => Effect.addFinalizer(() => kill)),
      Scope.extend(own),
    );
    return {
      worker: yield* Effect.forkIn(Effect.interruptible(started), own),
      end: Scope.close(own, Exit.void),
    };
  });
}

const within = <A, E>(effect: Effect.Effect<A, E>, milliseconds: number) =>
  Effect.raceFirst(effect, Effect.as(spend(milliseconds), "timed out" as const));

/** Asks once the worker is ready; `meanwhile` runs beside the comparison and ends with it. */
function ask(
  { worker }: Starting,
  request: CheckRequest,
  meanwhile: Effect.Effect<void>,
): Effect.Effect<Checked> {
  return within(Fiber.join(worker), START_LIMIT).pipe(
    Effect.flatMap((started) =>
      started === "timed out" ? Effect.succeed(started) : Effect.race(
        within(started.execute(request), LIMIT),
        Effect.zipRight(meanwhile, Effect.never),
      )
    ),
    Effect.orElseSucceed(() => "failed" as const),
  );
}
