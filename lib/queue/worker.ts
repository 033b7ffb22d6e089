/**
 * The worker's side of a queue: finding a run, checking that this machine would compute what the coordinator would, and working on
 * its examples.
 *
 * @module
 */
import { Cause, Effect, Either, Option } from "effect";
import { randomUUID } from "node:crypto";
import { Evaluator, type Unit } from "../arm/mod.ts";
import { NO_PROMPT } from "../prompt/mod.ts";
import { sampleId } from "../results/mod.ts";
import { differences, oneLine } from "../schema/mod.ts";
import { type Address, QueueError, warnUnprotected } from "./address.ts";
import { lastWords, type Logger } from "./bullmq.ts";
import { jobId, type Plan, readPlan, readUnit, type Result, runId } from "./messages.ts";
import { openRegistry, type RunRegistry } from "./run_registry.ts";
import { type Seal, sealOf } from "./seal.ts";
import { openSlots } from "./slots.ts";

/** Where a run is waited for. */
export interface WaitOptions {
  /** The server. */
  readonly address: Address;
  /** Seconds that the server may be without a run, and a run without its coordinator. */
  readonly waitTimeout: number;
  /** Says what people should know. */
  readonly log: Logger;
}

/** How a run is chosen. */
export interface FindOptions extends WaitOptions {
  /** Whether this machine can take part in a run of that plan; it can in any by default. */
  readonly accepts?: (plan: Plan) => Either.Either<void, QueueError>;
}

/** How a worker takes part. */
export interface WorkOptions extends WaitOptions {
  /** The run that {@linkcode findRun} found. */
  readonly run: FoundRun;
  /** Examples at a time: enough to keep the model's batches full. */
  readonly batch: number;
  /** Seconds of silence after which an example goes to another worker. */
  readonly lock: number;
}

/** Seconds between two looks at the run. */
const LOOK = 1;
/** Seconds after which a look has failed. */
const ANSWER = 10;
/** Milliseconds for which a worker counts as one that lives. */
const ALIVE = 15_000;

/** Milliseconds that a plan may be one that cannot be read. */
const FORGED = 10_000;

/** A run to take part in. */
export interface FoundRun {
  /** Tells it from other runs. */
  readonly id: string;
  /** What to compute. */
  readonly plan: Plan;
}

/**
 * Waits for a run and reads its plan. Of several, that with the fewest workers is taken that this machine can take part in.
 *
 * @returns the run, or undefined where a run has just ended; fails with {@linkcode QueueError} where this machine can take part in none
 *   that there is, or none comes
 */
export function findRun(
  options: FindOptions,
): Effect.Effect<FoundRun | undefined, QueueError> {
  return Effect.scoped(Effect.gen(function* () {
    const { address, waitTimeout, log, accepts = () => Either.void } = options;
    yield* warnUnprotected(address, log);
    const registry = yield* openRegistry(address, log);
    const begun = performance.now();
    const end = begun + waitTimeout * 1000;
    const patience = Math.min(waitTimeout * 1000, FORGED);
    // while it is away or restarts, a server may not answer, or refuse
    const look = <A>(query: Effect.Effect<A, QueueError>) =>
      Effect.option(Effect.timeout(query, Math.min(ANSWER, waitTimeout + LOOK) * 1000));
    let ended = "never";
    for (let looks = 0; looks === 0 || performance.now() < end; looks++) {
      const open = Option.getOrElse(yield* look(registry.open), () => []);
      const refusals: QueueError[] = [];
      for (const { id } of open) {
        const text = Option.getOrNull(yield* look(registry.plan(id)));
        // it has ended since
        if (text === null) continue;
        const plan = openPlan(text, id, address);
        // somebody else's, which the run's coordinator soon replaces by its own
        if (Either.isLeft(plan) && performance.now() < begun + patience) continue;
        const accepted = Either.flatMap(plan, (plan) => Either.map(accepts(plan), () => plan));
        if (Either.isRight(accepted)) return { id, plan: accepted.right };
        refusals.push(accepted.left);
      }
      if (refusals[0] !== undefined) return yield* refusals[0];
      ended = Option.getOrElse(yield* look(registry.lastEnded), () => ended);
      if (ended === "just now") return undefined;
      if (looks === 0 && waitTimeout > 0) log(`Waiting for a run at ${address.shown}`);
      yield* Effect.sleep(LOOK * 1000);
    }
    if (ended !== "never") return undefined;
    return yield* new QueueError({
      reason: `Cannot find a run at ${address.shown}: there was none for ${waitTimeout} s`,
    });
  }));
}

/** Reads the plan of a run. */
function openPlan(text: string, run: string, address: Address): Either.Either<Plan, QueueError> {
  return sealOf(address.secret, run).open("plan", "", text).pipe(
    Either.mapLeft(({ reason, forged }) =>
      forged ? `${reason}; is DPC_QUEUE_SECRET the coordinator's?` : reason
    ),
    Either.filterOrLeft(
      (data) => runId(data) === run,
      () => "it is not the one that was announced",
    ),
    Either.flatMap(readPlan),
    Either.mapLeft((reason) =>
      new QueueError({ reason: `Cannot read the plan of the run at ${address.shown}: ${reason}` })
    ),
  );
}

/** What must be equal on all machines of a run. */
export type Identity = Pick<Plan, "model" | "tokenizer" | "code" | "task" | "device"> & {
  /** Hash of each prompt by its name. */
  readonly prompts: Readonly<Record<string, string>>;
};

/** Refuses to take part where this machine's model, prompts or code are not the run's. */
export function checkIdentity(
  { model, tokenizer, device = "cpu", code, task, prompts }: Plan,
  mine: Identity,
): Either.Either<void, QueueError> {
  const wanted: Identity = {
    model,
    tokenizer,
    device,
    code,
    task,
    prompts: Object.fromEntries(prompts.map(({ name, sha256 }) => [name, sha256])),
  };
  const found = differences(wanted, { device: "cpu", ...mine }).map(({ key, recorded, current }) =>
    `${key} is ${recorded} in the run and ${current} here`
  );
  const reason = `Cannot take part in the run as its ${found.join(", ")}: ` +
    "the results would not be those of one run";
  return found.length === 0 ? Either.void : Either.left(new QueueError({ reason }));
}

/**
 * Works on examples until the run is over; what is not finished when it stops goes back into the queue.
 *
 * @returns how many were finished here; fails with {@linkcode QueueError} where the run's coordinator was silent for too long
 *
 * @example
 * ```ts ignore
 * import { Effect, Redacted } from "effect";
 * import { Arm, localEvaluator } from "dynamic-prompt-corruption/arm";
 * import { findRun, parseAddress, work } from "dynamic-prompt-corruption/queue";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { gsm8k } from "dynamic-prompt-corruption/task";
 *
 * const arms = [Arm.make({ name: "base", prompted: false })];
 * export const program = Effect.gen(function* () {
 *   const address = yield* parseAddress(Redacted.make("redis://127.0.0.1:6379/0"));
 *   const queue = { address, waitTimeout: 600, log: console.error };
 *   const run = yield* findRun(queue);
 *   return run === undefined ? 0 : yield* work({ ...queue, run, batch: 32, lock: 15 });
 * }).pipe(Effect.provide(localEvaluator(gsm8k, [{ prompt: NO_PROMPT, arms }])));
 * ```
 */
export function work(
  { run: { id: run, plan }, batch, lock, ...options }: WorkOptions,
): Effect.Effect<number, QueueError, Evaluator> {
  return Effect.scoped(Effect.gen(function* () {
    const { evaluate } = yield* Evaluator;
    const { address, log } = options;
    const seal = sealOf(address.secret, run);
    const close = (job: string, result: Result) => seal.close("result", job, result);
    let finished = 0;
    const registry = yield* openRegistry(address, log);
    yield* openSlots(address, {
      run,
      slots: batch,
      lock: lock * 1000,
      log,
      work: ({ id, data }) =>
        Effect.flatMap(
          unitOf(data, id, plan, seal),
          (unit) =>
            Effect.matchCauseEffect(evaluate(unit), {
              onSuccess: (sample) =>
                Effect.sync(() => {
                  finished++;
                  return close(id, { sample });
                }),
              onFailure: (cause) =>
                Cause.isInterruptedOnly(cause)
                  ? Effect.interrupt
                  : Effect.succeed(close(id, { error: messageOf(cause), final: false })),
            }),
        ),
      poisoned: ({ id }, reason) =>
        close(id, { error: `Cannot evaluate it: ${reason}`, final: true }),
    });
    const worker = randomUUID();
    yield* Effect.addFinalizer(() => lastWords(registry.leave(run, worker), GIVE_UP));
    yield* follow(registry, run, worker, options);
    return finished;
  }));
}

/** Why an example failed, in one line. */
function messageOf(cause: Cause.Cause<unknown>): string {
  const error = Cause.squash(cause);
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** Milliseconds to tell a server that a worker goes. */
const GIVE_UP = 1000;

/** Follows a run to its end. */
function follow(
  registry: RunRegistry,
  run: string,
  worker: string,
  { address, waitTimeout, log }: WaitOptions,
) {
  return Effect.gen(function* () {
    let heard = performance.now();
    let silent = false;
    while (true) {
      // while it is away or restarts, a server may not answer, or refuse
      const state = yield* Effect.orElseSucceed(
        Effect.timeout(registry.state(run), Math.min(ANSWER, waitTimeout + LOOK) * 1000),
        () => "gone" as const,
      );
      if (state === "over") return;
      if (state === "open") {
        yield* Effect.ignore(Effect.timeout(registry.join(run, worker, ALIVE), ANSWER * 1000));
        heard = performance.now();
        silent = false;
      } else if (performance.now() - heard > waitTimeout * 1000) {
        return yield* new QueueError({
          reason: `Cannot go on as nothing was heard from the run's coordinator at ` +
            `${address.shown} for ${waitTimeout} s`,
        });
      } else if (!silent && performance.now() - heard > NOTICE) {
        silent = true;
        log(
          `Nothing is heard of the run's coordinator at ${address.shown}: ` +
            `waiting for it for ${waitTimeout} s`,
        );
      }
      yield* Effect.sleep(LOOK * 1000);
    }
  });
}

/** Milliseconds of silence after which a worker says so. */
const NOTICE = 10_000;

/** The unit of a job, or why it is not one of the run. */
function unitOf(
  data: unknown,
  job: string,
  plan: Plan,
  seal: Seal,
): Either.Either<Unit, string> {
  const names = plan.prompts.length === 0 ? [NO_PROMPT.name] : plan.prompts.map(({ name }) => name);
  return seal.open("job", job, data).pipe(
    Either.mapLeft(({ reason }) => reason),
    Either.flatMap(readUnit),
    Either.filterOrLeft(
      ({ prompt, example }) => jobId(sampleId(example, prompt)) === job,
      () => "it stands in the place of another",
    ),
    Either.filterOrLeft(
      ({ prompt }) => names.includes(prompt),
      ({ prompt }) => `the run has no prompt '${prompt}'`,
    ),
  );
}
