/**
 * Units, samples and plans without a model, for tests of the queue alone.
 *
 * @module
 */
import { Effect, Either, Redacted, Stream } from "effect";
import { test } from "uvu";
import { Evaluator, type Unit } from "../../lib/arm/mod.ts";
import { type Sample, sampleId } from "../../lib/results/mod.ts";
import {
  type Address,
  type AddressOptions,
  coordinator,
  findRun,
  parseAddress,
  type Plan,
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

/** What a worker makes of a unit. */
export const sampleOf = ({ prompt, example }: Unit): Sample => ({
  id: sampleId(example, prompt),
  example: example.id,
  prompt,
  question: example.question,
  gold: example.gold,
  strata: {},
  promptText: example.promptText,
  arms: {},
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

/** Evaluates units 0 .. n-1 through a queue; the ids of what came back. */
export const coordinate = (
  url: string,
  n: number,
  { letter = "a", lookAhead = 16, ca }: { letter?: string; lookAhead?: number; ca?: string } = {},
) =>
  Effect.flatMap(Evaluator, ({ evaluate, lookAhead }) =>
    Stream.range(0, n - 1).pipe(
      Stream.mapEffect((at) => evaluate(unitOf(at)), { concurrency: lookAhead }),
      Stream.map(({ example }) => example),
      Stream.runCollect,
      Effect.map((ids) => [...ids]),
    )).pipe(
      Effect.provide(
        coordinator({ address: addressOf(url, { ca }), plan: planOf(letter), lookAhead, log }),
      ),
    );

/** How {@linkcode join} works. */
export interface JoinOptions {
  readonly batch?: number;
  readonly lock?: number;
  readonly waitTimeout?: number;
  readonly ca?: string;
  readonly log?: (message: string) => void;
}

/** Works for whatever run there is, to its end. */
export const join = (
  url: string,
  evaluator: Evaluator["Type"],
  { batch = 4, lock = 2, waitTimeout = 10, ca, log = () => {} }: JoinOptions = {},
) =>
  Effect.gen(function* () {
    const address = addressOf(url, { ca });
    const run = yield* findRun({ address, waitTimeout, log });
    if (run === undefined) return 0;
    return yield* work({ address, run: run.id, batch, lock, waitTimeout, log });
  }).pipe(Effect.provideService(Evaluator, evaluator));

/** The ids of the examples of units 0 .. n-1. */
export const ids = (n: number): string[] => Array.from({ length: n }, (_, at) => `test-${at}`);
