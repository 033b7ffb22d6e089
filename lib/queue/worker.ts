/**
 * The worker's side of a queue: finding a run, checking that this machine would compute what the coordinator would, and working on
 * its examples.
 *
 * @module
 */
import { Effect, Either } from "effect";
import { Evaluator } from "../arm/mod.ts";
import { type Address, QueueError } from "./address.ts";
import { openRegistry, type RunRegistry, type ServedRun } from "./run_registry.ts";
import type { Logger } from "./bullmq.ts";
import { type Plan, readPlan, readUnit, runId } from "./messages.ts";
import { openSlots } from "./slots.ts";
import { differences } from "../schema/mod.ts";

/** Where a run is waited for. */
export interface WaitOptions {
  /** The server. */
  readonly address: Address;
  /** Seconds that the queue may be without a run. */
  readonly waitTimeout: number;
  /** Says what people should know. */
  readonly log: Logger;
}

/** How a worker takes part. */
export interface WorkOptions extends WaitOptions {
  /** The id of the run that {@linkcode findRun} found. */
  readonly run: string;
  /** Examples at a time: enough to keep the model's batches full. */
  readonly batch: number;
  /** Seconds of silence after which an example goes to another worker. */
  readonly lock: number;
}

/** Seconds between two looks at the run. */
const LOOK = 1;
/** Seconds after which a look has failed. */
const ANSWER = 10;

/** A run to take part in. */
export interface FoundRun {
  /** Tells it from other runs. */
  readonly id: string;
  /** What to compute. */
  readonly plan: Plan;
}

/**
 * Waits for a run and reads its plan.
 *
 * @returns the run, or undefined where a run has just ended; fails with {@linkcode QueueError}
 */
export function findRun(
  options: WaitOptions,
): Effect.Effect<FoundRun | undefined, QueueError> {
  return Effect.scoped(Effect.gen(function* () {
    const { address, log } = options;
    const registry = yield* openRegistry(address, log);
    const run = yield* untilRun(registry, ({ state }) => state !== "over", options);
    if (run.state !== "open") return undefined;
    const text = (yield* registry.plan) ?? "";
    const plan = runId(text) === run.id
      ? readPlan(text)
      : Either.left("it is not the one that was announced");
    const cannot = `Cannot read the plan of the run at ${address.shown}`;
    return yield* Either.mapBoth(plan, {
      onLeft: (reason) => new QueueError({ reason: `${cannot}: ${reason}` }),
      onRight: (plan) => ({ id: run.id, plan }),
    });
  }));
}

/** The run of a queue, waited for; where none is wanted, the last one there was. */
function untilRun(
  registry: RunRegistry,
  isWanted: (run: ServedRun) => boolean,
  { address, waitTimeout, log }: WaitOptions,
) {
  return Effect.gen(function* () {
    // while it is away or restarts, a server may not answer, or refuse
    const look = Effect.orElseSucceed(
      Effect.timeout(registry.run, Math.min(ANSWER, waitTimeout + LOOK) * 1000),
      () => undefined,
    );
    const end = performance.now() + waitTimeout * 1000;
    let last: ServedRun | undefined;
    for (let looks = 0; looks === 0 || performance.now() < end; looks++) {
      const run = yield* look;
      if (run !== undefined && isWanted(run)) return run;
      last = run ?? last;
      if (looks === 0) log(`Waiting for a run at ${address.shown}`);
      yield* Effect.sleep(LOOK * 1000);
    }
    if (last !== undefined) return last;
    return yield* new QueueError({
      reason: `Cannot find a run at ${address.shown}: there was none for ${waitTimeout} s`,
    });
  });
}

/** What must be equal on all machines of a run. */
export type Identity = Pick<Plan, "model" | "tokenizer" | "code" | "task"> & {
  /** Hash of each prompt by its name. */
  readonly prompts: Readonly<Record<string, string>>;
};

/** Refuses to take part where this machine's model, prompts or code are not the run's. */
export function checkIdentity(
  { model, tokenizer, code, task, prompts }: Plan,
  mine: Identity,
): Either.Either<void, QueueError> {
  const wanted: Identity = {
    model,
    tokenizer,
    code,
    task,
    prompts: Object.fromEntries(prompts.map(({ name, sha256 }) => [name, sha256])),
  };
  const found = differences(wanted, mine).map(({ key, recorded, current }) =>
    `${key} is ${recorded} in the run and ${current} here`
  );
  const reason = `Cannot take part in the run as its ${found.join(", ")}: ` +
    "the results would not be those of one run";
  return found.length === 0 ? Either.void : Either.left(new QueueError({ reason }));
}

/**
 * Works on examples until the run is over; what is not finished when it stops goes back into the queue.
 *
 * @returns how many were finished here
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
 *   return run === undefined ? 0 : yield* work({ ...queue, run: run.id, batch: 32, lock: 15 });
 * }).pipe(Effect.provide(localEvaluator(gsm8k, [{ prompt: NO_PROMPT, arms }])));
 * ```
 */
export function work(
  { run, batch, lock, ...options }: WorkOptions,
): Effect.Effect<number, QueueError, Evaluator> {
  return Effect.scoped(Effect.gen(function* () {
    const { evaluate } = yield* Evaluator;
    const { address, log } = options;
    let finished = 0;
    const registry = yield* openRegistry(address, log);
    yield* openSlots(address, {
      run,
      slots: batch,
      lock: lock * 1000,
      log,
      work: (data) =>
        Either.mapLeft(
          readUnit(data),
          (reason) => new QueueError({ reason: `Cannot read an example of the queue: ${reason}` }),
        ).pipe(
          Effect.flatMap(evaluate),
          Effect.tap(() => Effect.sync(() => finished++)),
        ),
    });
    while (true) {
      yield* Effect.sleep(LOOK * 1000);
      const now = yield* untilRun(registry, () => true, options);
      if (now.id !== run) log(`Another run has taken the queue at ${address.shown}`);
      if (now.id !== run || now.state !== "open") return finished;
    }
  }));
}
