/**
 * An arm of an experiment as a plain value: which prompt, when to correct, how, and which answer counts.
 *
 * @module
 */
import { Effect, pipe, Stream } from "effect";
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import type { AttentionCalibration, EngineError } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { Model } from "./model.ts";
import type { Graded, PromptVectors, Scored, Tokenized } from "./records.ts";
import * as Stage from "./stages.ts";

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

/** An arm with the paper's choices where none is given. */
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

/** The stages of an arm, from a tokenized example to its verdict. */
export function pipeline(
  arm: Arm,
  task: Task,
  prompt: PromptVectors,
): <E, R>(
  stream: Stream.Stream<Tokenized, E, R>,
) => Stream.Stream<ArmRecord, E | EngineError, R | Model> {
  const { trigger, corruption, acceptance, rounds, act } = arm;
  const { draws } = acceptance;
  return (stream) => {
    if (!arm.prompted || trigger === Trigger.never || act !== undefined) {
      const how = { ...(arm.prompted ? { prompt } : {}), ...(act ? { calibration: act } : {}) };
      return pipe(
        draws === undefined
          ? pipe(stream, Stage.generate(how), Stage.accept)
          : pipe(stream, Stage.sample({ ...acceptance, draws }, { ...how, task })),
        Stage.askAgain(act ? { calibration: act } : {}),
        Stage.extractAnswer(task),
        Stage.grade(task),
      );
    }
    return pipe(
      stream,
      Stage.generate({ prompt }),
      Stage.scoreTrigger(trigger),
      Stage.regenerate(corruption, { acceptance, rounds, trigger, task }),
      Stage.askAgain(),
      Stage.extractAnswer(task),
      Stage.grade(task),
    );
  };
}

/** Runs one example through an arm. */
export function run(
  arm: Arm,
  task: Task,
  prompt: PromptVectors,
  example: Tokenized,
): Effect.Effect<ArmRecord, EngineError, Model> {
  return pipe(
    Stream.succeed(example),
    pipeline(arm, task, prompt),
    Stream.runHead,
    Effect.map((found) => {
      if (found._tag === "None") throw new Error(`arm '${arm.name}' lost its example`);
      return found.value;
    }),
  );
}
