/**
 * Runs the arms over a stream of examples.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import type { EngineError } from "../model/mod.ts";
import { type Arm, run } from "./arm.ts";
import { Model } from "../stage/mod.ts";
import type { PromptVectors, Tokenized } from "../stage/mod.ts";
import { type Sample } from "../results/mod.ts";
import { armSample, sampleOf } from "./sample.ts";
import { shareRequests } from "./shared_engine.ts";
import { LOOK_AHEAD } from "../stage/mod.ts";
import type { Task } from "../task/mod.ts";

/** A prompt and the arms that run under it. */
export interface PromptArms {
  /** The soft prompt. */
  readonly prompt: PromptVectors;
  /** The arms that run under it. */
  readonly arms: readonly Arm[];
}

/**
 * Evaluates each example under a prompt by all arms. What the arms share is computed once; samples come in the order of the examples.
 *
 * @param examples tokenized
 * @param task extracts and grades
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Arm, evaluate } from "dynamic-prompt-corruption/arm";
 * import { Model, Stage } from "dynamic-prompt-corruption/stage";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { loadPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const { hiddenSize } = (yield* Model).config;
 *   const prompt = { ...yield* loadPrompt("data/prompts/seed0", hiddenSize), name: "seed0" };
 *   const arms = [Arm.make({ name: "pt" }), Arm.make({ name: "always", trigger: Trigger.always })];
 *   const samples = yield* pipe(
 *     examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 2 }),
 *     Stage.tokenize(wordProblems),
 *     (tokenized) => evaluate(tokenized, wordProblems, { prompt, arms }),
 *     Stream.runCollect,
 *   );
 *   assert.deepEqual([...samples].map(({ id }) => id), ["dev-0@seed0", "dev-1@seed0"]);
 * });
 * ```
 */
export function evaluate<E, R>(
  examples: Stream.Stream<Tokenized, E, R>,
  task: Task,
  { prompt, arms }: PromptArms,
): Stream.Stream<Sample, E | EngineError, R | Model> {
  return Stream.mapEffect(
    examples,
    (example) => evaluateExample(example, task, { prompt, arms }),
    { concurrency: LOOK_AHEAD },
  );
}

/** Evaluates one example under a prompt by all arms. */
export function evaluateExample(
  example: Tokenized,
  task: Task,
  { prompt, arms }: PromptArms,
): Effect.Effect<Sample, EngineError, Model> {
  return Effect.gen(function* () {
    const model = yield* Model;
    const shared = { ...model, engine: shareRequests(model.engine) };
    const start = performance.now();
    const timed = (arm: Arm) =>
      Effect.map(
        Effect.provideService(run(arm, task, prompt, example), Model, shared),
        (record) => [arm.name, record, Math.round(performance.now() - start)] as const,
      );
    const records = yield* Effect.forEach(arms, timed, { concurrency: "unbounded" });
    return sampleOf(
      example,
      prompt.name,
      Object.fromEntries(records.map(([name, record, time]) => [name, armSample(record, time)])),
      records.map(([, record]) => record).find(({ saliency }) => saliency !== undefined),
    );
  });
}
