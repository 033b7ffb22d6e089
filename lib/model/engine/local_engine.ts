/**
 * An engine in this thread. One fiber runs all graphs; generations wait in a queue and fill the slots of one batch, and between
 * its steps come the runs that are made alone.
 *
 * @module
 */
import { Cause, Deferred, Duration, Effect, Exit, type Scope } from "effect";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { Decoding, type DecodingContext, type Job } from "./decoding.ts";
import {
  type Engine,
  EngineError,
  type GenerateRequest,
  type Generation,
  type HiddenStatesRequest,
  type PromptGradientRequest,
  type SaliencyRequest,
} from "./engine.ts";
import { outOfMemory } from "./failures.ts";
import { prefixLength } from "./prefixes.ts";
import { promptWidth } from "./cache/mod.ts";
import {
  runDivergence,
  runHiddenStates,
  runPromptGradient,
  runSaliency,
} from "./teacher_forcing.ts";

/** A job that somebody waits for. */
interface AwaitedJob extends Job {
  readonly answer: Deferred.Deferred<Generation, EngineError>;
}

/**
 * Makes an engine of a loaded model; it ends with the scope.
 *
 * @param slots generations in flight at a time
 */
export function makeLocalEngine(
  context: DecodingContext,
  slots: number,
): Effect.Effect<Engine, never, Scope.Scope> {
  return Effect.gen(function* () {
    const scheduler = new Scheduler(context, slots);
    yield* Effect.forkScoped(scheduler.run());
    const { config } = context;
    return {
      generate: (request) =>
        Effect.zipRight(
          Effect.all([
            checkGeneration(config, request),
            context.runner.onDevice && request.calibration !== undefined
              ? refuse("Cannot calibrate attention sinks (act) on a GPU: take --device cpu")
              : Effect.void,
            ...(request.contrast === undefined ? [] : [
              checkGeneration(config, { ...request, prefix: request.contrast.against }),
            ]),
          ]),
          scheduler.generate(request),
        ),
      saliency: (request) =>
        Effect.zipRight(
          checkSaliency(config, request),
          scheduler.exclusive(timed(request, runSaliency(context, request))),
        ),
      hiddenStates: (request) =>
        Effect.zipRight(
          checkHiddenStates(config, request),
          scheduler.exclusive(runHiddenStates(context, request)),
        ),
      divergence: (request) =>
        Effect.zipRight(
          Effect.all([
            checkSaliency(config, request),
            checkSaliency(config, { ...request, prefix: request.against }),
          ]),
          scheduler.exclusive(timed(request, runDivergence(context, request))),
        ),
      promptGradient: (request) =>
        Effect.zipRight(
          check(config, request, request.texts.flatMap(({ ids }) => ids)),
          scheduler.exclusive(runPromptGradient(context, request)),
        ),
    };
  });
}

/** Adds to an answer how long it took, where the request asks for that. */
const timed = <A extends object, E, R>(
  request: { readonly timed?: boolean },
  work: Effect.Effect<A, E, R>,
): Effect.Effect<A & { readonly milliseconds?: number }, E, R> =>
  request.timed !== true ? work : Effect.map(
    Effect.timed(work),
    ([duration, answer]) => ({ ...answer, milliseconds: Duration.toMillis(duration) }),
  );

/** Refuses a text that leaves no room for one new token before it costs anything. */
function checkGeneration(config: DecoderConfig, { prefix, ids }: GenerateRequest) {
  const positions = prefixLength(config, prefix) + ids.length;
  if (ids.length === 0) return refuse("Cannot continue an empty text");
  if (positions >= config.maxPositions) {
    return refuse(
      `Cannot continue a text of ${positions} tokens as the model's context is ` +
        `${config.maxPositions}: shorten it or use fewer worked examples`,
    );
  }
  return check(config, prefix.prompt, [...prefix.ids, ...ids]);
}

function checkSaliency(
  config: DecoderConfig,
  { prefix, questionIds, rationaleIds }: SaliencyRequest,
): Effect.Effect<void, EngineError> {
  return questionIds.length === 0 || rationaleIds.length === 0
    ? refuse("Cannot measure saliency of an empty question or rationale")
    : check(config, prefix.prompt, [...prefix.ids, ...questionIds, ...rationaleIds]);
}

function checkHiddenStates(
  config: DecoderConfig,
  { prefix, ids, layers }: HiddenStatesRequest,
): Effect.Effect<void, EngineError> {
  if (ids.length === 0) return refuse("Cannot read the hidden states of an empty text");
  const missing = layers.find((layer) => !(layer >= 0 && layer < config.layers));
  if (missing !== undefined) {
    return refuse(
      `Cannot read the hidden state after layer ${missing} as the model has ${config.layers} layers`,
    );
  }
  return check(config, prefix.prompt, [...prefix.ids, ...ids]);
}

/** Refuses what is not of this model. */
function check(
  config: DecoderConfig,
  { method = "prompt", vectors }: Pick<PromptGradientRequest, "method" | "vectors">,
  ids: readonly number[],
): Effect.Effect<void, EngineError> {
  const { hiddenSize, vocabSize } = config;
  const width = promptWidth(config, method);
  if (vectors.length % width !== 0) {
    return refuse(
      `Cannot use a soft prompt of ${vectors.length} numbers as the model's ` +
        (method === "prompt"
          ? `hidden size is ${hiddenSize}`
          : `keys and values of a position are ${width}`),
    );
  }
  const unknown = ids.find((id) => !(id >= 0 && id < vocabSize));
  if (unknown === undefined) return Effect.void;
  return refuse(
    `Cannot read token ${unknown} as the model's vocabulary has ${vocabSize}: the tokenizer is of another model`,
  );
}

const refuse = (reason: string) => Effect.fail(new EngineError({ reason }));

/** Requests among which the longest is taken in first. */
const LOOK_AHEAD = 64;

/** Queues and the loop that serves them. */
class Scheduler {
  readonly #context: DecodingContext;
  /** Becomes smaller where memory does not suffice. */
  #slots: number;
  readonly #waiting = new Set<AwaitedJob>();
  /** Those of them that are taken in next, in this order. */
  #round = new Set<AwaitedJob>();
  readonly #inFlight = new Set<AwaitedJob>();
  readonly #alone = new Set<Effect.Effect<void>>();
  readonly #latch = Effect.unsafeMakeLatch(false);
  #decoding: Decoding;

  constructor(context: DecodingContext, slots: number) {
    this.#context = context;
    this.#slots = slots;
    this.#decoding = new Decoding(context, slots);
  }

  /** Queues a request and waits for its answer; an interrupted request leaves its queue or slot. */
  generate(request: GenerateRequest): Effect.Effect<Generation, EngineError> {
    return Effect.gen(this, function* () {
      const answer = yield* Deferred.make<Generation, EngineError>();
      const job: AwaitedJob = {
        request,
        answer,
        done: (generation) => {
          this.#inFlight.delete(job);
          Deferred.unsafeDone(answer, Exit.succeed(generation));
        },
      };
      this.#waiting.add(job);
      yield* this.#latch.open;
      return yield* Effect.onInterrupt(Deferred.await(answer), () =>
        Effect.sync(() => {
          this.#waiting.delete(job);
          this.#round.delete(job);
          this.#inFlight.delete(job);
          this.#decoding.drop(job);
        }));
    });
  }

  /** Runs an effect between the steps of the batch, as runs must not overlap; an interrupted one is not begun any more. */
  exclusive<A>(effect: Effect.Effect<A, EngineError>): Effect.Effect<A, EngineError> {
    return Effect.gen(this, function* () {
      const answer = yield* Deferred.make<A, EngineError>();
      const told = Effect.catchAllCause(effect, (cause) => Effect.failCause(explained(cause)));
      const run = Effect.asVoid(Effect.intoDeferred(told, answer));
      this.#alone.add(run);
      yield* this.#latch.open;
      return yield* Effect.onInterrupt(
        Deferred.await(answer),
        () => Effect.sync(() => this.#alone.delete(run)),
      );
    });
  }

  /** Serves the queues for ever. */
  run(): Effect.Effect<never> {
    return Effect.forever(Effect.gen(this, function* () {
      yield* this.#latch.await;
      for (const run of take(this.#alone, 1)) yield* run;
      yield* this.#admit();
      if (this.#decoding.active > 0) yield* this.#step();
      const left = this.#waiting.size + this.#alone.size + this.#decoding.active;
      if (left === 0) yield* this.#latch.close;
    }));
  }

  #admit(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      while (this.#decoding.hasRoom) {
        const job = this.#next();
        if (job === undefined) return;
        this.#inFlight.add(job);
        yield* Effect.catchAllCause(this.#decoding.admit(job), (cause) => {
          this.#decoding.drop(job);
          if (this.#inFlight.size > 1 && outOfMemory(cause)) return this.#shrink();
          this.#inFlight.delete(job);
          return Deferred.failCause(job.answer, explained(cause));
        });
        // interrupted while its text was read
        if (!this.#inFlight.has(job)) this.#decoding.drop(job);
      }
    });
  }

  /**
   * The next that waits: of each round of {@linkcode LOOK_AHEAD} the longest text first, as long questions have long answers and slots would
   * stand empty beside one that began last. A round ends before the next begins, so none waits for ever.
   */
  #next(): AwaitedJob | undefined {
    if (this.#round.size === 0) {
      const length = ({ request }: AwaitedJob) => request.ids.length;
      const oldest = [...this.#waiting].slice(0, LOOK_AHEAD);
      this.#round = new Set(oldest.toSorted((a, b) => length(b) - length(a)));
    }
    const [job] = take(this.#round, 1);
    if (job !== undefined) this.#waiting.delete(job);
    return job;
  }

  /**
   * One token for all in flight. Where memory does not suffice, all begin again in a smaller batch; if anything else fails, even by a
   * defect, all in flight fail, and the batch starts empty.
   */
  #step(): Effect.Effect<void> {
    return Effect.catchAllCause(this.#decoding.step(), (cause) => {
      if (this.#inFlight.size > 1 && outOfMemory(cause)) return this.#shrink();
      const failed = take(this.#inFlight, this.#inFlight.size);
      this.#decoding.release();
      this.#decoding = new Decoding(this.#context, this.#slots);
      return Effect.forEach(failed, ({ answer }) => Deferred.failCause(answer, explained(cause)), {
        discard: true,
      });
    });
  }

  /** Halves the batch; what was in flight waits again, before what came later. Results do not depend on the batch. */
  #shrink(): Effect.Effect<void> {
    return Effect.sync(() => {
      const again = take(this.#inFlight, this.#inFlight.size);
      const later = take(this.#waiting, this.#waiting.size);
      for (const job of [...again, ...later]) this.#waiting.add(job);
      this.#round = new Set(again);
      this.#slots = Math.max(1, Math.floor(again.length / 2));
      this.#decoding.release();
      this.#decoding = new Decoding(this.#context, this.#slots);
    });
  }
}

/** Says what can be done where memory does not suffice for a single example. */
function explained(cause: Cause.Cause<EngineError>): Cause.Cause<EngineError> {
  const memory = outOfMemory(cause);
  if (memory === undefined) return cause;
  const reason = `Cannot answer as there is not enough memory for one example: ${memory.reason}`;
  return Cause.fail(new EngineError({ reason, cause: memory }));
}

/** Takes up to `count` elements out of a set, the oldest first. */
function take<A>(from: Set<A>, count: number): readonly A[] {
  const taken = [...from].slice(0, count);
  for (const element of taken) from.delete(element);
  return taken;
}
