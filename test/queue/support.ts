/**
 * Units, samples and plans without a model, for tests of the queue alone.
 *
 * @module
 */
import { Effect, Either, Redacted, Stream } from "effect";
import { test } from "uvu";
import { Arm, Evaluator, type Unit } from "../../lib/arm/mod.ts";
import { NO_PROMPT } from "../../lib/prompt/mod.ts";
import { type ArmSample, type Sample, sampleId } from "../../lib/results/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import {
  type Address,
  type AddressOptions,
  coordinator,
  findRun,
  parseAddress,
  type Plan,
  QueueError,
  work,
} from "../../lib/queue/mod.ts";
import { available } from "./redis.ts";

/** A test that needs a server. */
export const queueTest = available ? test : test.skip;

/** The plan of a run whose model has this letter as its fingerprint. */
export const planOf = (letter: string): Plan => ({
  format: 1,
  configuration: "d".repeat(64),
  model: letter.repeat(64),
  tokenizer: "e".repeat(64),
  code: "c".repeat(64),
  task: "word-problems",
  seed: 0,
  prompts: [],
  arms: { names: ["base"], gamma: 0.1 },
});

/** What a coordinator checks results by. */
export const JUDGE = {
  task: wordProblems,
  promptArms: [{ prompt: NO_PROMPT, arms: [Arm.make({ name: "base", prompted: false })] }],
};

/** The unit of a number. */
export const unitOf = (at: number): Unit => ({
  prompt: "base",
  example: {
    id: `test-${at}`,
    question: `What is ${at}?`,
    gold: String(at),
    strata: {},
    promptText: `What is ${at}?`,
    prefixIds: [],
    ids: [1, 2, 3],
    stop: [],
    maxNewTokens: 8,
  },
});

/** A right answer. */
const armOf = (gold: string): ArmSample => ({
  text: `#### ${gold}`,
  answer: gold,
  rule: "####",
  correct: true,
  strict: true,
  verdict: "correct",
  finish: "eos",
  tokens: 3,
  lowest: -0.5,
  mean: -0.25,
  trigger: null,
  first: null,
  corruptions: [],
  milliseconds: 1,
});

/** What a worker makes of a unit. */
export const sampleOf = ({ prompt, example }: Unit): Sample => ({
  id: sampleId(example, prompt),
  example: example.id,
  prompt,
  question: example.question,
  gold: example.gold,
  strata: example.strata,
  promptText: example.promptText,
  arms: { base: armOf(example.gold) },
  flow: null,
});

/** An evaluator that takes so many milliseconds, and counts. */
export function sleeper(milliseconds: number) {
  const counts = { started: 0, finished: 0, interrupted: 0 };
  const service = Evaluator.of({
    lookAhead: 1,
    evaluate: (unit) =>
      Effect.suspend(() => {
        counts.started++;
        return Effect.delay(Effect.sync(() => sampleOf(unit)), milliseconds);
      }).pipe(
        Effect.tap(() => Effect.sync(() => counts.finished++)),
        Effect.onInterrupt(() => Effect.sync(() => counts.interrupted++)),
      ),
  });
  return { counts, service };
}

/** The address of a URL. */
export const addressOf = (url: string, options?: AddressOptions): Address =>
  Either.getOrThrow(parseAddress(Redacted.make(url), options));

export const log = (): void => {};

/** How {@linkcode coordinate} works. */
export interface CoordinateOptions extends AddressOptions {
  /** Tells runs apart. */
  readonly letter?: string;
  readonly lookAhead?: number;
  readonly waitTimeout?: number;
  readonly log?: (message: string) => void;
}

/** A coordinator's layer. */
export const coordinatorOf = (
  url: string,
  { letter = "a", log = () => {}, lookAhead = 16, waitTimeout, ...options }: CoordinateOptions = {},
) =>
  coordinator({
    ...JUDGE,
    address: addressOf(url, options),
    plan: planOf(letter),
    ...{ lookAhead, log },
    ...(waitTimeout === undefined ? {} : { waitTimeout }),
  });

/** Evaluates units 0 .. n-1 through a queue; what came back. */
export const samplesOf = (url: string, n: number, options: CoordinateOptions = {}) =>
  Effect.flatMap(
    Evaluator,
    ({ evaluate, lookAhead, lost = Effect.never }) =>
      Stream.range(0, n - 1).pipe(
        Stream.mapEffect((at) => evaluate(unitOf(at)), { concurrency: lookAhead }),
        Stream.runCollect,
        Effect.map((samples) => [...samples]),
        Effect.raceFirst(lost),
      ),
  ).pipe(Effect.provide(coordinatorOf(url, options)));

/** The same; the ids of the examples. */
export const coordinate = (url: string, n: number, options: CoordinateOptions = {}) =>
  Effect.map(samplesOf(url, n, options), (samples) => samples.map(({ example }) => example));

/** How {@linkcode join} works. */
export interface JoinOptions extends AddressOptions {
  readonly batch?: number;
  readonly lock?: number;
  readonly waitTimeout?: number;
  /** Of the run to take part in; any by default. */
  readonly letter?: string;
  readonly log?: (message: string) => void;
}

/** Works for whatever run there is, to its end. */
export const join = (
  url: string,
  evaluator: Evaluator["Type"],
  { batch = 4, lock = 2, waitTimeout = 10, letter, log = () => {}, ...options }: JoinOptions = {},
) =>
  Effect.gen(function* () {
    const address = addressOf(url, options);
    const accepts = ({ model }: Plan) =>
      letter === undefined || model[0] === letter
        ? Either.void
        : Either.left(new QueueError({ reason: "it is another run" }));
    const run = yield* findRun({ address, waitTimeout, log, accepts });
    if (run === undefined) return 0;
    return yield* work({ address, run, batch, lock, waitTimeout, log });
  }).pipe(Effect.provideService(Evaluator, evaluator));

/** The ids of the examples of units 0 .. n-1. */
export const ids = (n: number): string[] => Array.from({ length: n }, (_, at) => `test-${at}`);
