/**
 * An engine in this thread. One fiber runs all graphs; requests wait in queues and are batched: generations fill the slots of
 * one batch, saliency requests of equal sizes share a run.
 *
 * @module
 */
import { Array, Deferred, Effect, Exit, type Scope } from "effect";
import { Decoding, type DecodingContext } from "./decoding.ts";
import {
  type Engine,
  EngineError,
  type GenerateRequest,
  type Generation,
  type SaliencyRequest,
  type SaliencyResult,
} from "./engine.ts";
import {
  runPromptGradient,
  runSaliency,
  type SaliencySizes,
  saliencySizes,
} from "./teacher_forcing.ts";

/** How much is batched. */
export interface BatchOptions {
  /** Generations in flight at a time. */
  readonly slots: number;
  /** Most positions of a saliency run, padding included: batch times bucket. */
  readonly saliencyPositions: number;
}

interface Job<Request, Answer> {
  readonly request: Request;
  readonly answer: Deferred.Deferred<Answer, EngineError>;
}

/** Makes an engine of a loaded model; it ends with the scope. */
export function makeLocalEngine(
  context: DecodingContext,
  options: BatchOptions,
): Effect.Effect<Engine, never, Scope.Scope> {
  return Effect.gen(function* () {
    const scheduler = new Scheduler(context, options);
    yield* Effect.forkScoped(scheduler.run());
    return {
      generate: (request) =>
        Effect.zipRight(
          checkLength(context, request),
          scheduler.submit(scheduler.generations, request),
        ),
      saliency: (request) =>
        request.rationaleIds.length === 0 || request.questionIds.length === 0
          ? Effect.fail(
            new EngineError({
              reason: "Cannot measure saliency of an empty question or rationale",
            }),
          )
          : scheduler.submit(scheduler.saliencies, request),
      promptGradient: (request) => scheduler.exclusive(runPromptGradient(context, request)),
    };
  });
}

/** A text that leaves no room for one new token is refused before it costs anything. */
function checkLength(
  { config }: DecodingContext,
  { prefix, ids }: GenerateRequest,
): Effect.Effect<void, EngineError> {
  const positions = prefix.vectors.length / config.hiddenSize + prefix.ids.length + ids.length;
  if (ids.length === 0) {
    return Effect.fail(new EngineError({ reason: "Cannot continue an empty text" }));
  }
  if (positions < config.maxPositions) return Effect.void;
  return Effect.fail(
    new EngineError({
      reason: `Cannot continue a text of ${positions} tokens as the model's context is ` +
        `${config.maxPositions}: shorten it or use fewer worked examples`,
    }),
  );
}

/** Queues and the loop that serves them. */
class Scheduler {
  readonly generations = new Set<Job<GenerateRequest, Generation>>();
  readonly saliencies = new Set<Job<SaliencyRequest, SaliencyResult>>();
  readonly #others = new Set<Effect.Effect<void>>();
  readonly #context: DecodingContext;
  readonly #options: BatchOptions;
  readonly #latch = Effect.unsafeMakeLatch(false);
  readonly #inFlight = new Set<Job<GenerateRequest, Generation>>();
  #decoding: Decoding;

  constructor(context: DecodingContext, options: BatchOptions) {
    this.#context = context;
    this.#options = options;
    this.#decoding = new Decoding(context, options.slots);
  }

  /** Queues a request and waits for its answer; an interrupted request leaves its queue or slot. */
  submit<Request, Answer>(
    queue: Set<Job<Request, Answer>>,
    request: Request,
  ): Effect.Effect<Answer, EngineError> {
    return Effect.gen(this, function* () {
      const job = { request, answer: yield* Deferred.make<Answer, EngineError>() };
      queue.add(job);
      yield* this.#latch.open;
      return yield* Effect.onInterrupt(Deferred.await(job.answer), () =>
        Effect.sync(() => {
          queue.delete(job);
          this.#decoding.drop(request as GenerateRequest);
        }));
    });
  }

  /** Runs an effect between the steps of the loop, as runs must not overlap. */
  exclusive<A>(effect: Effect.Effect<A, EngineError>): Effect.Effect<A, EngineError> {
    return Effect.gen(this, function* () {
      const answer = yield* Deferred.make<A, EngineError>();
      this.#others.add(Effect.asVoid(Effect.intoDeferred(effect, answer)));
      yield* this.#latch.open;
      return yield* Deferred.await(answer);
    });
  }

  /** Serves the queues for ever. */
  run(): Effect.Effect<never> {
    return Effect.forever(Effect.gen(this, function* () {
      yield* this.#latch.await;
      for (const effect of take(this.#others, 1)) yield* effect;
      yield* this.#admit();
      if (this.#decoding.active > 0) yield* this.#step();
      // A full run of saliency, or what there is when nothing else is to do: waiting would gain company
      const idle = this.#decoding.active === 0;
      if (this.saliencies.size > 0) yield* this.#measure(idle);
      if (this.#isIdle()) yield* this.#latch.close;
    }));
  }

  #isIdle(): boolean {
    return this.generations.size + this.saliencies.size + this.#others.size +
        this.#decoding.active === 0;
  }

  #admit(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      while (this.#decoding.hasRoom) {
        const [job] = take(this.generations, 1);
        if (job === undefined) return;
        this.#inFlight.add(job);
        const done = (generation: Generation) => {
          this.#inFlight.delete(job);
          Deferred.unsafeDone(job.answer, Exit.succeed(generation));
        };
        yield* Effect.catchAll(this.#decoding.admit(job.request, done), (error) => {
          this.#inFlight.delete(job);
          return Deferred.fail(job.answer, error);
        });
      }
    });
  }

  /** One token for all in flight; if that fails, all in flight fail, and the batch starts empty. */
  #step(): Effect.Effect<void> {
    return Effect.catchAll(this.#decoding.step(), (error) => {
      const failed = take(this.#inFlight, this.#inFlight.size);
      this.#decoding = new Decoding(this.#context, this.#options.slots);
      return Effect.forEach(failed, ({ answer }) => Deferred.fail(answer, error), {
        discard: true,
      });
    });
  }

  /** One run for waiting saliency requests of equal sizes: a full one, or with `partial` any. */
  #measure(partial: boolean): Effect.Effect<void> {
    const groups = Array.groupBy(
      this.saliencies,
      ({ request }) => JSON.stringify(saliencySizes(this.#context, request)),
    );
    for (const [key, group] of Object.entries(groups)) {
      const sizes: SaliencySizes = JSON.parse(key);
      const most = Math.max(1, Math.floor(this.#options.saliencyPositions / sizes.tokens));
      if (group.length < most && !partial) continue;
      const jobs = group.slice(0, most);
      for (const job of jobs) this.saliencies.delete(job);
      return runSaliency(this.#context, sizes, jobs.map(({ request }) => request)).pipe(
        Effect.matchEffect({
          onFailure: (error) =>
            Effect.forEach(jobs, ({ answer }) => Deferred.fail(answer, error), { discard: true }),
          onSuccess: (results) =>
            Effect.forEach(jobs, ({ answer }, i) => Deferred.succeed(answer, results[i]!), {
              discard: true,
            }),
        }),
      );
    }
    return Effect.void;
  }
}

/** Takes up to `count` elements out of a set, the oldest first. */
function take<A>(from: Set<A>, count: number): readonly A[] {
  const taken = [...from].slice(0, count);
  for (const element of taken) from.delete(element);
  return taken;
}
