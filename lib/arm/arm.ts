/**
 * An arm of an experiment as a plain value: which prompt, when to correct, how, and which answer counts.
 *
 * @module
 */
import { Effect, pipe, Stream } from "effect";
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import type { AttentionCalibration, EngineError } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { Model } from "../stage/mod.ts";
import type { Answered, Graded, PromptVectors, Scored, Tokenized } from "../stage/mod.ts";
import { Stage } from "../stage/mod.ts";

/** One arm. */
export interface Arm {
  /** How tables and results.json call it. */
  readonly name: string;
  /** Whether the soft prompt is used. */
  readonly prompted: boolean;
  /** Decides which answers are corrected. */
  readonly trigger: Trigger.Trigger;
  /** Makes the prompt of the second answer. */
  readonly corruption: Corruption.Corruption;
  /** Chooses between first and second answer. */
  readonly acceptance: Acceptance.Acceptance;
  /** Most corruptions of one instance. */
  readonly rounds: number;
  /** Calibrates attention sinks while the first answer is generated; none by default. Such an arm corrects nothing. */
  readonly act?: AttentionCalibration;
}

/** What an arm made of an example. */
export type ArmRecord = Graded & Partial<Pick<Scored, "trigger" | "saliency">>;

/**
 * An arm with the paper's choices where none is given.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Arm } from "dynamic-prompt-corruption/arm";
 * import { Corruption, Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const arm = Arm.make({
 *   name: "unsure/mean",
 *   trigger: Trigger.meanConfidence({ threshold: 0.05 }),
 *   corruption: Corruption.mean(),
 * });
 * assert.equal(arm.acceptance.name, "second");
 * ```
 */
export function make(arm: Partial<Arm> & { readonly name: string }): Arm {
  const { rounds = 1 } = arm;
  if (!(Number.isInteger(rounds) && rounds >= 1)) {
    throw new RangeError(
      `The number of corruptions must be a whole number of 1 or more: found ${rounds}`,
    );
  }
  return {
    prompted: true,
    trigger: Trigger.never,
    corruption: Corruption.accumulated(),
    acceptance: Acceptance.second,
    ...arm,
    rounds,
  };
}

/**
 * Runs one example through the stages of an arm, from its prompt to its verdict.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Option, Stream } from "effect";
 * import { Arm } from "dynamic-prompt-corruption/arm";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const questions = examples(wordProblems, { path: "data/benchmark", split: "dev" });
 *   const first = yield* Stream.runHead(Stage.tokenize(wordProblems)(questions));
 *   const base = Arm.make({ name: "base", prompted: false });
 *   const record = yield* Arm.run(base, wordProblems, Stage.NO_PROMPT, Option.getOrThrow(first));
 *   assert.match(record.answer.text, /#### \d+/);
 * });
 * ```
 */
export function run(
  arm: Arm,
  task: Task,
  prompt: PromptVectors,
  example: Tokenized,
): Effect.Effect<ArmRecord, EngineError, Model> {
  const { trigger, corruption, acceptance, rounds, act } = arm;
  const { draws } = acceptance;
  const judge = <E, R>(answered: Effect.Effect<Answered, E, R>, how: Stage.How = {}) =>
    pipe(
      answered,
      Effect.flatMap(Stage.askAgain(how).step),
      Effect.flatMap(Stage.extractAnswer(task).step),
      Effect.flatMap(Stage.grade(task).step),
    );
  if (arm.prompted && trigger !== Trigger.never && act === undefined) {
    return pipe(
      Stage.generate({ prompt }).step(example),
      Effect.flatMap(Stage.scoreTrigger(trigger).step),
      Effect.flatMap(Stage.regenerate(corruption, { acceptance, rounds, trigger, task }).step),
      judge,
    );
  }
  const calibration = act ? { calibration: act } : {};
  const how = { ...(arm.prompted ? { prompt } : {}), ...calibration };
  return judge(
    draws === undefined
      ? Effect.flatMap(Stage.generate(how).step(example), Stage.accept.step)
      : Stage.sample({ ...acceptance, draws }, { ...how, task }).step(example),
    calibration,
  );
}

/** An arm as a stage: examples of a stream, in order. */
export function pipeline(
  arm: Arm,
  task: Task,
  prompt: PromptVectors,
): <E, R>(
  stream: Stream.Stream<Tokenized, E, R>,
) => Stream.Stream<ArmRecord, E | EngineError, R | Model> {
  return Stream.mapEffect((example) => run(arm, task, prompt, example), {
    concurrency: Stage.LOOK_AHEAD,
  });
}
