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
import { Effect, Either, Exit, Layer, Queue as Mailbox, Schedule } from "effect";
import { randomUUID } from "node:crypto";
import { Evaluator, type Unit } from "../arm/mod.ts";
import { type Sample, sampleId } from "../results/mod.ts";
import { EngineError } from "../model/mod.ts";
import { type Address, QueueError } from "./address.ts";
import type { Coordinating } from "./run_registry.ts";
import type { Logger } from "./bullmq.ts";
import { type Dispatcher, type NewJob, openDispatcher, type Outcome } from "./dispatcher.ts";
import { jobId, type Plan, readSample, runId } from "./messages.ts";

/** How a run is given away. */
export interface CoordinatorOptions {
  /** The server. */
  readonly address: Address;
  /** What workers must know. */
  readonly plan: Plan;
  /** Units in the queue at a time: more than all workers together take. 4096 by default. */
  readonly lookAhead?: number;
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
/** Jobs that are looked up at a time. */
const LOOKUPS = 32;

/** A unit whose result is waited for. */
interface Pending {
  readonly unit: Unit;
  /** Hands over what became of it, once. */
  readonly answer: (result: Effect.Effect<Sample, EngineError>) => void;
  /** Whether a sweep has passed since it was put. */
  old: boolean;
}

/**
 * An evaluator that gives units to workers; when it ends in success, it tells them so.
 *
 * @returns fails with {@linkcode QueueError} where the server is out of reach or serves another run
 *
 * @example
 * ```ts ignore
 * import { Effect, Redacted } from "effect";
 * import { codeHash, coordinator, parseAddress } from "dynamic-prompt-corruption/queue";
 * import { configurationHash } from "dynamic-prompt-corruption/run";
 * import { type Evaluator } from "dynamic-prompt-corruption/arm";
 *
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
 *     const address = yield* parseAddress(Redacted.make("redis://127.0.0.1:6379/0"));
 *     return yield* Effect.provide(run, coordinator({ address, plan, log: console.error }));
 *   });
 * ```
 */
export function coordinator(
  options: CoordinatorOptions,
): Layer.Layer<Evaluator, QueueError> {
  return Layer.scoped(
    Evaluator,
    Effect.gen(function* () {
      const { address, plan, lookAhead = LOOK_AHEAD, log } = options;
      const text = JSON.stringify(plan);
      const run = runId(text);
      const pending = new Map<string, Pending>();
      const lookups = yield* Mailbox.unbounded<string>();
      const dispatcher = yield* openDispatcher(address, {
        onOutcome: (outcome) => settle(pending.get(outcome.id), outcome, lookups),
        kept: 2 * lookAhead,
        log,
      });
      const self = { run, process: randomUUID() };
      yield* take(dispatcher, address, self);
      const announce = dispatcher.announce(run, text);
      yield* announce;
      /** Who has the queue: this one may have slept for so long that another took it. */
      const owner = Effect.map(dispatcher.coordinator, (living = self) => living);
      yield* Effect.addFinalizer((exit) =>
        Exit.isSuccess(exit)
          ? owner.pipe(
            // another process with the same run needs the workers still
            Effect.flatMap(({ process }) =>
              process === self.process ? dispatcher.end(run) : Effect.void
            ),
            Effect.ignore,
          )
          : Effect.void
      );
      const beat = Effect.gen(function* () {
        const { run: other, process } = yield* owner;
        if (other !== run) {
          log(`Waiting for the end of another run that took the queue at ${address.shown}`);
        }
        if (process !== self.process) return;
        yield* dispatcher.beat(self, HEARTBEAT.lasts);
        const served = yield* dispatcher.run;
        // a server that restarted without its memory, or another run that is over
        if (served?.id !== run || served.state !== "open") yield* announce;
      });
      yield* background(Effect.delay(beat, HEARTBEAT.every));

      const puts = yield* Mailbox.unbounded<NewJob>();
      const put = (id: string, data: Unit) => Mailbox.unsafeOffer(puts, { id, data });
      yield* background(
        Effect.flatMap(
          Mailbox.takeBetween(puts, 1, PUTS),
          (jobs) =>
            dispatcher.put(run, [...jobs]).pipe(
              Effect.tapError(({ reason }) => Effect.sync(() => log(reason))),
              Effect.retry(Schedule.spaced(PUT_RETRY)),
            ),
        ),
      );
      const look = (id: string) =>
        Effect.gen(function* () {
          const found = yield* dispatcher.look(id);
          const waiting = pending.get(id);
          if (waiting === undefined || found.kind === "open") return;
          if (found.kind === "missing") put(id, waiting.unit);
          else if (settle(waiting, found, lookups) === "refused") yield* dispatcher.remove(id);
        });
      yield* Effect.replicateEffect(
        background(Effect.flatMap(Mailbox.take(lookups), look)),
        LOOKUPS,
      );
      const sweep = Effect.gen(function* () {
        if ((yield* owner).run !== run) return;
        for (const [id, each] of pending) {
          if (each.old) Mailbox.unsafeOffer(lookups, id);
          each.old = true;
        }
      });
      yield* background(Effect.delay(sweep, SWEEP));

      return {
        lookAhead,
        evaluate: (unit) =>
          Effect.async((resume) => {
            const id = jobId(sampleId(unit.example, unit.prompt));
            const forget = () => pending.delete(id);
            const answer: Pending["answer"] = (result) => {
              forget();
              resume(result);
            };
            pending.set(id, { unit, answer, old: false });
            put(id, unit);
            return Effect.sync(forget);
          }),
      };
    }),
  );
}

/** Takes the queue for a run, unless another lives there. */
function take(dispatcher: Dispatcher, address: Address, self: Coordinating) {
  return Effect.gen(function* () {
    const living = yield* dispatcher.coordinator;
    if (living !== undefined && living.run !== self.run) {
      return yield* new QueueError({
        reason: `Cannot use the queue at ${address.shown} as another run is using it: ` +
          "wait for its end, or give another number of a database in the URL",
      });
    }
    yield* dispatcher.beat(self, HEARTBEAT.lasts);
    const former = yield* dispatcher.run;
    // what a coordinator leaves that is killed while it removes jobs is a queue that gives none
    if (former?.id !== self.run || former.state !== "open") yield* dispatcher.clear;
  });
}

/** Hands a result to who waits for it. */
function settle(
  waiting: Pending | undefined,
  outcome: Outcome,
  lookups: Mailbox.Queue<string>,
): "settled" | "refused" {
  if (waiting === undefined) return "settled"; // a second result of an example that is recorded
  const { unit, answer } = waiting;
  switch (outcome.kind) {
    case "known":
      Mailbox.unsafeOffer(lookups, outcome.id);
      return "settled";
    case "failed":
      answer(new EngineError({ reason: outcome.reason }));
      return "settled";
    case "done": {
      const read = Either.flatMap(readSample(outcome.value), (sample) => sampleOf(unit, sample));
      const wanted = sampleId(unit.example, unit.prompt);
      answer(Either.mapLeft(read, (reason) =>
        new EngineError({
          reason: `Cannot use what a worker sent for the example '${wanted}': ${reason}`,
        })));
      return Either.isRight(read) ? "settled" : "refused";
    }
  }
}

/** The sample, or what keeps it from being that of a unit. */
function sampleOf({ prompt, example }: Unit, sample: Sample): Either.Either<Sample, string> {
  const { question, gold, promptText } = example;
  return sample.id !== sampleId(example, prompt)
    ? Either.left(`it is of '${sample.id}'`)
    : sample.question !== question || sample.gold !== gold
    ? Either.left("it is of another question with the same id")
    : sample.promptText !== promptText
    ? Either.left("its question was put in another way")
    : Either.right(sample);
}

/** Does something again and again until the scope ends; what the server refuses now it may do later. */
const background = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.forkScoped(Effect.forever(Effect.ignore(effect)));
