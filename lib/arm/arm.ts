/**
 * An arm of an experiment as a plain value: which prompt, when to correct, how, and which answer counts.
 *
 * @module
 */
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import type { AttentionCalibration, EngineError } from "../model/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import {
  type Answered,
  type Graded,
  type Model,
  type Scored,
  Stage,
  type Tokenized,
} from "../stage/mod.ts";
import type { Task } from "../task/mod.ts";

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
  /** Contrasts next-token logits with those of the model without the prompt; none by default. Such an arm corrects nothing. */
  readonly contrast?: Stage.ContrastOptions;
  /** Chooses the prompt of each question before it is answered; none by default. Such an arm corrects nothing. */
  readonly route?: Stage.Router;
  /** Chooses among all answers to a question; none by default. Such an arm has no trigger. */
  readonly select?: Stage.Selector;
}

/** What an arm made of an example; with the trigger's decision where it has a trigger. */
export type ArmRecord = Graded & Partial<Scored>;

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
  const { rounds = Stage.ROUNDS } = arm;
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

/** Whether an arm ever answers again under a corrupted prompt; one that does not has no decision of a trigger either. */
export const corrects = ({ prompted, trigger, act, contrast }: Arm): boolean =>
  prompted && trigger !== Trigger.never && act === undefined && contrast === undefined;

/**
 * The stages of an arm, from the ids of a question to its verdict.
 *
 * @param task extracts and grades
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pipe, Effect, Stream } from "effect";
 * import { Arm } from "dynamic-prompt-corruption/arm";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const base = Arm.make({ name: "base", prompted: false });
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(Stage.pipeline(
 *     Stage.tokenize(wordProblems),
 *     Arm.stages(base, wordProblems, NO_PROMPT),
 *   )),
 *   Stream.runForEach(({ answer }) => Effect.sync(() => assert.match(answer.text, /#### \d+/))),
 * );
 * ```
 */
export function stages(
  arm: Arm,
  task: Task,
  prompt: SoftPrompt,
): Stage.Stage<Tokenized, ArmRecord, EngineError, Model> {
  const { prompted, trigger, corruption, acceptance, rounds, act, contrast, route, select } = arm;
  const { draws } = acceptance;
  const generation = {
    ...(act ? { calibration: act } : {}),
    ...(contrast ? { contrast } : {}),
  };
  const options = { ...(prompted ? { prompt } : {}), ...generation };
  const answer: Stage.Stage<Tokenized, Answered & Partial<Scored>, EngineError, Model> =
    route !== undefined
      ? Stage.pipeline(Stage.route(route, { prompt }), Stage.accept)
      : select !== undefined
      ? Stage.select(select, { prompt, task })
      : corrects(arm)
      ? Stage.pipeline(
        Stage.generate(options),
        Stage.scoreTrigger(trigger, { task }),
        Stage.regenerate(corruption, { acceptance, rounds, trigger, task }),
      )
      : draws === undefined
      ? Stage.pipeline(Stage.generate(options), Stage.accept)
      : Stage.sample({ ...acceptance, draws }, { ...options, task });
  return Stage.pipeline(
    answer,
    Stage.secondPass(generation),
    Stage.extractAnswer(task),
    Stage.grade(task),
  );
}
