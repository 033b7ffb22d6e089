/**
 * Units, samples and plans without a model, for tests of the queue alone.
 *
 * @module
 */
import { Effect, Either, Redacted } from "effect";
import { Evaluator, type Sample, sampleId, type Unit } from "../../lib/eval/mod.ts";
import { type Address, type AddressOptions, parseAddress, type Plan } from "../../lib/queue/mod.ts";

/** The plan of a run whose model has this letter as its fingerprint. */
export const planOf = (letter: string): Plan => ({
  format: 1,
  model: letter.repeat(64),
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
    example: { id: `test-${at}`, question: `What is ${at}?`, gold: String(at), strata: {} },
    promptText: `What is ${at}?`,
    prefixIds: [],
    ids: [1, 2, 3],
    stop: [],
    maxNewTokens: 8,
  },
});

/** What a worker makes of a unit. */
export const sampleOf = ({ prompt, example: { example, promptText } }: Unit): Sample => ({
  id: sampleId(example, prompt),
  example: example.id,
  prompt,
  question: example.question,
  gold: example.gold,
  strata: {},
  promptText,
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
