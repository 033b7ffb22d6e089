/**
 * Where the examples of a run are worked on, as a service: in this process by default, or by workers on other machines
 * (`queue/`). One example under one prompt goes in, one line of samples.jsonl comes out, computed by the same code everywhere.
 *
 * @module
 */
import { Context, Effect, Layer } from "effect";
import { EngineError } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { evaluate, type PromptArms } from "./evaluate.ts";
import { Model, Stage, type Tokenized } from "../stage/mod.ts";
import type { Sample } from "../results/mod.ts";
import { shareUnprompted } from "./shared_engine.ts";

/** What is worked on at a time and given away as a whole. */
export interface Unit {
  /** Name of the soft prompt. */
  readonly prompt: string;
  /** The example as the model will read it. */
  readonly example: Tokenized;
}

/** Works on units. */
export class Evaluator extends Context.Tag("Evaluator")<Evaluator, {
  /** Units to ask for at a time; more would wait. */
  readonly lookAhead: number;
  /** What all arms of the unit's prompt make of its example. */
  readonly evaluate: (unit: Unit) => Effect.Effect<Sample, EngineError>;
  /** Fails once no unit will be worked on any more; never by default. */
  readonly lost?: Effect.Effect<never, EngineError>;
}>() {}

/**
 * Works on units in this process.
 *
 * @param task extracts and grades
 * @param promptArms prompts, each with its arms
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Arm, Evaluator, localEvaluator } from "dynamic-prompt-corruption/arm";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const arms = [Arm.make({ name: "base", prompted: false })];
 * export const program = Effect.gen(function* () {
 *   const questions = examples(wordProblems, { path: "data/benchmark", split: "dev" });
 *   const question = yield* Effect.flatten(Stream.runHead(questions));
 *   const example = yield* Stage.tokenize(wordProblems)(question);
 *   const { evaluate } = yield* Evaluator;
 *   const sample = yield* evaluate({ prompt: "base", example });
 *   assert.deepEqual(Object.keys(sample.arms), ["base"]);
 * }).pipe(Effect.provide(localEvaluator(wordProblems, [{ prompt: NO_PROMPT, arms }])));
 * ```
 */
export function local(
  task: Task,
  promptArms: readonly PromptArms[],
): Layer.Layer<Evaluator, never, Model> {
  return Layer.effect(
    Evaluator,
    Effect.map(Model, (opened) => {
      const engine = promptArms.length > 1 ? shareUnprompted(opened.engine) : opened.engine;
      const byName = new Map(
        promptArms.map((each) => [each.prompt.name, evaluate(task, each)] as const),
      );
      return {
        lookAhead: Stage.LOOK_AHEAD,
        evaluate: ({ prompt, example }) =>
          byName.get(prompt)?.(example).pipe(
            Effect.provideService(Model, { ...opened, engine }),
          ) ?? new EngineError({
            reason: `Cannot evaluate '${example.id}' as the run has no prompt '${prompt}'`,
          }),
      };
    }),
  );
}
