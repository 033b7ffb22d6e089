/**
 * The coordinator's side of a queue: the {@linkcode Evaluator} whose units are worked on by whatever workers there are.
 *
 * A unit is put under an id made of its sample's, so putting it again, after a restart of anything, finds the job or the result that
 * is there. Its result comes as an event; as events can be lost with a connection, what has not been heard of for a while is
 * looked up. Results stay in the queue until more have followed than can be on their way: a coordinator that is killed and started
 * again finds those that it did not record.
 *
 * @module
 */
import { Deferred, Effect, Exit, Layer, Option, Queue as Mailbox, Schedule } from "effect";
import { randomUUID } from "node:crypto";
import { Evaluator } from "../arm/mod.ts";
import { EngineError } from "../model/mod.ts";
import { sampleId } from "../results/mod.ts";
import { type Address, QueueError, warnUnprotected } from "./address.ts";
import { lastWords, type Logger, sparing } from "./bullmq.ts";
import { type Dispatcher, openDispatcher } from "./dispatcher.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import type { JudgeOptions } from "./judge.ts";
import { jobId, type Plan, runId } from "./messages.ts";
import { sealOf } from "./seal.ts";

/** How a run is given away. */
export interface CoordinatorOptions extends JudgeOptions {
  /** The server. */
  readonly address: Address;
  /** What workers must know. */
  readonly plan: Plan;
  /** Units in the queue at a time: more than all workers together take. 4096 by default. */
  readonly lookAhead?: number;
  /** Seconds that it goes on without any worker, or without its server; a week by default. */
  readonly waitTimeout?: number;
  /** Says what people should know. */
  readonly log: Logger;
}

/** Units in the queue: enough for a hundred machines with batches of 32. */
const LOOK_AHEAD = 4096;
/** Milliseconds between two signs of life, and after which there is none. */
const HEARTBEAT = { every: 5000, lasts: 15_000 };
/** Milliseconds between two looks at what has not been heard of. */
const SWEEP = 10_000;
/** Jobs that are put at a time. */
const PUTS = 256;
/** Milliseconds between two tries to put them. */
const PUT_RETRY = 5000;
/** Seconds that a coordinator goes on by itself. */
export const WAIT_FOR_WORKERS: number = 7 * 24 * 3600;
/** Seconds after which it says that there are no workers, and that those that there are finish nothing. */
const NOTICE = { nobody: 30, nothing: 1800 };
/** How often the end of a run is told to a server that can't take it, and milliseconds between. */
const END = { times: 3, pause: 1000 };

/**
 * An evaluator that gives units to workers; when it ends in success, it tells them so. Of two processes with the same run, the one that
 * was started last has it, and the other's `lost` fails.
 *
 * @returns fails with {@linkcode QueueError} where the server is out of reach
 *
 * @example
 * ```ts ignore
 * import { Effect, Redacted } from "effect";
 * import { codeHash, coordinator, parseAddress } from "dynamic-prompt-corruption/queue";
 * import { configurationHash } from "dynamic-prompt-corruption/run";
 * import { Arm, type Evaluator } from "dynamic-prompt-corruption/arm";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { gsm8k } from "dynamic-prompt-corruption/task";
 *
 * const promptArms = [{ prompt: NO_PROMPT, arms: [Arm.make({ name: "base", prompted: false })] }];
 * // the same run, with its units worked on elsewhere
 * export const elsewhere = <A, E, R>(run: Effect.Effect<A, E, R | Evaluator>, model: string, tokenizer: string) =>
 *   Effect.gen(function* () {
 *     const plan = {
 *       format: 1,
 *       configuration: configurationHash({ task: "gsm8k", data: "test.jsonl" }), // of the run
 *       model, // its fingerprint
 *       tokenizer, // the hash of its files
 *       code: yield* codeHash({ effect: "3.22.4" }),
 *       task: "gsm8k",
 *       seed: 0,
 *       prompts: [],
 *       arms: ["base"],
 *     } as const;
 *     const secret = Redacted.make("what the workers have in DPC_QUEUE_SECRET");
 *     const address = yield* parseAddress(Redacted.make("redis://127.0.0.1:6379/0"), { secret });
 *     const queue = coordinator({ address, plan, task: gsm8k, promptArms, log: console.error });
 *     return yield* Effect.provide(run, queue);
 *   });
 * ```
 */
export function coordinator(
  options: CoordinatorOptions,
): Layer.Layer<Evaluator, QueueError> {
  return Layer.scoped(
    Evaluator,
    Effect.gen(function* () {
      const { address, plan, lookAhead = LOOK_AHEAD, waitTimeout = WAIT_FOR_WORKERS, log } =
        options;
      yield* warnUnprotected(address, log);
      const run = runId(plan);
      const seal = sealOf(address.secret, run);
      const text = seal.close("plan", "", plan);
      const inbox = yield* openInbox(options, seal);
      const queue = yield* openDispatcher(address, run, {
        onNews: inbox.offer,
        kept: 2 * lookAhead,
        log,
      });
      const { owned, lost } = yield* keepRun(queue, inbox, {
        address,
        run,
        text,
        waitTimeout,
        log,
      });
      const sayRefused = sparing(log);
      yield* background(
        Effect.flatMap(
          Mailbox.takeBetween(inbox.puts, 1, PUTS),
          (jobs) =>
            Effect.zipRight(owned, queue.put([...jobs])).pipe(
              Effect.tapError(({ reason }) => Effect.sync(() => sayRefused(reason))),
              Effect.retry(Schedule.spaced(PUT_RETRY)),
            ),
        ),
      );
      yield* inbox.serve(queue, owned);
      yield* background(Effect.delay(inbox.sweep, SWEEP));

      return {
        lookAhead,
        lost,
        evaluate: (unit) =>
          Effect.async((resume) => {
            const id = jobId(sampleId(unit.example, unit.prompt));
            return Effect.sync(inbox.expect(id, unit, resume));
          }),
      };
    }),
  );
}

/** What is needed to keep a run. */
interface KeepOptions
  extends Required<Pick<CoordinatorOptions, "address" | "waitTimeout" | "log">> {
  readonly run: string;
  /** The plan as workers get it. */
  readonly text: string;
}

/**
 * Takes a run and keeps it until the scope closes, and then says how it ended.
 *
 * @returns `owned` waits until the run is known to be this process's, and `lost` fails once it is another's, or nobody comes
 */
function keepRun(
  queue: Dispatcher,
  inbox: Inbox,
  { address: { shown }, run, text, waitTimeout, log }: KeepOptions,
) {
  return Effect.gen(function* () {
    const { claim, known } = yield* queue.take(run, randomUUID(), text, HEARTBEAT.lasts);
    // what a coordinator leaves that is killed while it removes jobs is a queue that gives none
    if (!known) yield* queue.clear;
    yield* Effect.forkScoped(Effect.ignore(queue.clearAbandoned));
    const lost = yield* Deferred.make<never, EngineError>();
    const lose = (reason: string) =>
      Deferred.fail(lost, new EngineError({ reason: `Cannot go on as ${reason}` }));
    const beat = queue.beat(run, claim, text, HEARTBEAT.lasts);
    const oneAtATime = (yield* Effect.makeSemaphore(1)).withPermits(1);
    /** When the run was last known to be this process's, by a clock that goes on while a machine sleeps. */
    let confirmed = Date.now();
    let ending = false;
    const owned = Effect.repeat(
      Effect.suspend(() =>
        Date.now() - confirmed < HEARTBEAT.lasts
          ? Effect.succeed(true)
          : Effect.as(Effect.sleep(100), false)
      ),
      { until: (isOwned) => isOwned },
    );
    const stay = Effect.gen(function* () {
      if (ending) return 0;
      const found = yield* beat;
      if (found === "taken") {
        yield* lose(`another process has taken over this run at ${shown}: it was started later`);
      }
      // a server that restarted without its memory, or somebody else's plan
      if (found === "lost") yield* queue.announce(run, text);
      const slept = Date.now() - confirmed > HEARTBEAT.lasts;
      if (found !== "taken") confirmed = Date.now();
      if (slept) yield* inbox.lookAtAll;
      return yield* queue.workers(run);
    });
    /** Beats since something was last as it should be: a process that sleeps counts none. */
    const beats = { server: 0, workers: 0 };
    const after = (count: number) => count * HEARTBEAT.every / 1000;
    yield* background(Effect.gen(function* () {
      yield* Effect.sleep(HEARTBEAT.every);
      const workers = yield* Effect.option(oneAtATime(stay));
      beats.server = Option.isSome(workers) ? 0 : beats.server + 1;
      beats.workers = Option.contains(workers, 0) && inbox.waiting() > 0 ? beats.workers + 1 : 0;
      if (after(beats.workers) === NOTICE.nobody) {
        log(`No worker works for the run at ${shown}: waiting for one (dpc worker --queue)`);
      }
      if (inbox.idleFor() > NOTICE.nothing * 1000 && beats.workers + beats.server === 0) {
        inbox.touch();
        log(`No example was finished for ${NOTICE.nothing} s, though ${shown} has workers`);
      }
      if (after(beats.server) > waitTimeout) {
        yield* lose(`the queue at ${shown} did not answer for ${waitTimeout} s`);
      }
      if (after(beats.workers) > waitTimeout) {
        yield* lose(`no worker came to ${shown} for ${waitTimeout} s`);
      }
    }));
    yield* Effect.addFinalizer((exit) => {
      ending = true;
      const end = Exit.isSuccess(exit)
        ? Effect.retry(queue.end, { times: END.times, schedule: Schedule.spaced(END.pause) })
        : queue.release(run, claim);
      // only who has the run still ends it
      const last = Effect.flatMap(beat, (found) => found === "taken" ? Effect.void : end);
      return lastWords(oneAtATime(last), LAST_WORDS);
    });
    return { owned, lost: Deferred.await(lost) };
  });
}

/** Milliseconds to tell a server how a run ended. */
const LAST_WORDS = 6000;

/** Does something again and again until the scope ends; what the server refuses now it may do later. */
const background = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.forkScoped(Effect.forever(Effect.ignore(effect)));
