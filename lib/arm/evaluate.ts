/**
 * Runs the arms on an example.
 *
 * @module
 */
import { Clock, Effect } from "effect";
import { SALIENCY, type Saliency } from "../dpc/mod.ts";
import type { EngineError } from "../model/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import type { Sample } from "../results/mod.ts";
import { Model, type Tokenized } from "../stage/mod.ts";
import type { Task } from "../task/mod.ts";
import { type Arm, stages } from "./arm.ts";
import { armSample, sampleOf } from "./sample.ts";
import { countPasses, shareRequests } from "./shared_engine.ts";

/** A prompt and the arms that run under it. */
export interface PromptArms {
  /** The soft prompt. */
  readonly prompt: SoftPrompt;
  /** The arms that run under it. */
  readonly arms: readonly Arm[];
}

/**
 * What all arms under a prompt make of an example. What they share is computed once.
 *
 * @param task extracts and grades
 * @returns a function on one tokenized example, which {@linkcode Stage.streamed} lifts over a stream
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
 *   const prompt = yield* loadPrompt("data/prompts/seed0", (yield* Model).config);
 *   const arms = [Arm.make({ name: "pt" }), Arm.make({ name: "always", trigger: Trigger.always })];
 *   const samples = yield* pipe(
 *     examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 2 }),
 *     Stage.streamed(Stage.tokenize(wordProblems)),
 *     Stage.streamed(evaluate(wordProblems, { prompt, arms })),
 *     Stream.runCollect,
 *   );
 *   assert.deepEqual([...samples].map(({ id }) => id), ["dev-0@seed0", "dev-1@seed0"]);
 * });
 * ```
 */
export function evaluate(
  task: Task,
  { prompt, arms }: PromptArms,
): (example: Tokenized) => Effect.Effect<Sample, EngineError, Model> {
  return (example) =>
    Effect.gen(function* () {
      const model = yield* Model;
      const shared = shareRequests(model.engine);
      const start = yield* Clock.currentTimeMillis;
      const timed = (arm: Arm) => {
        const { engine, flowPasses, flowMilliseconds } = countPasses(shared);
        return stages(arm, task, prompt)(example).pipe(
          Effect.zip(Clock.currentTimeMillis),
          Effect.map(([record, end]) => ({
            record,
            made: armSample(record, {
              milliseconds: end - start,
              flowPasses: flowPasses(),
              flowMilliseconds: flowMilliseconds(),
            }),
          })),
          Effect.provideService(Model, { ...model, engine }),
        );
      };
      const made = yield* Effect.forEach(arms, timed, { concurrency: "unbounded" });
      return sampleOf(
        example,
        prompt.name,
        Object.fromEntries(arms.map(({ name }, i) => [name, made[i]!.made])),
        made.find(({ record }) => isSaliency(record.saliency))?.record,
      );
    });
}

/** Whether it is the saliency itself, and not what another probe measured. */
const isSaliency = (flow: Saliency | undefined): boolean =>
  flow !== undefined && (flow.probe ?? SALIENCY).name === SALIENCY.name;
