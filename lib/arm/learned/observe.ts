/**
 * What the learned arms are fitted on: hidden states of a question, features of its answers, and which of them are right.
 *
 * @module
 */
import { Effect } from "effect";
import type { Corruption } from "../../dpc/mod.ts";
import type { EngineError, Generation } from "../../model/mod.ts";
import { NO_PROMPT, type SoftPrompt } from "../../prompt/mod.ts";
import { Model, Stage, type Tokenized } from "../../stage/mod.ts";
import type { Task } from "../../task/mod.ts";
import { answerFeatures } from "./features.ts";

/** What is measured of one development example. */
export interface ChoiceObservation {
  /** The example's id. */
  readonly id: string;
  /** The question as the dataset has it. */
  readonly question: string;
  /** Groups that the example belongs to. */
  readonly strata: Readonly<Record<string, string>>;
  /** Hidden state of the question's last token after each layer, under the prompt, [layers][d]. */
  readonly states: readonly Float32Array[];
  /** Features of the answers of base and pt. */
  readonly answers: readonly number[];
  /** The same with the corrupted answer and the flow. */
  readonly all: readonly number[];
  /** Whether the answers are right. */
  readonly right: Readonly<Record<ChoiceOption, boolean>>;
}

/** Options that the learned arms choose among: `static` is corrupted at the prompt's most frequent j*, `corrected` at the instance's own. */
export type ChoiceOption = "base" | "pt" | "static" | "corrected";

/** Options of {@linkcode observeChoices}. */
export interface ObserveChoicesOptions {
  /** Extracts and grades. */
  readonly task: Task;
  /** The soft prompt. */
  readonly prompt: SoftPrompt;
  /** Makes the prompt of `static`. */
  readonly fixed: Corruption.Corruption;
  /** Makes the prompt of `corrected`. */
  readonly corruption: Corruption.Corruption;
}

/** Answers an example in every way that a learned arm may, and reads the hidden states of its question. */
export function observeChoices(
  { task, prompt, fixed, corruption }: ObserveChoicesOptions,
): (example: Tokenized) => Effect.Effect<ChoiceObservation, EngineError, Model> {
  const graded = Stage.pipeline(Stage.secondPass(), Stage.extractAnswer(task), Stage.grade(task));
  const { prompt: corrupted } = fixed.corrupt(prompt, { id: "", accumulation: undefined });
  return (example) =>
    Effect.gen(function* () {
      const { engine, config: { layers } } = yield* Model;
      const { ids, prefixIds, id, question, strata } = example;
      const { first, base, corruption: made, seen } = yield* Stage.allAnswers(
        example,
        corruption,
        { prompt, task },
      );
      const { states } = yield* engine.hiddenStates({
        prefix: { prompt, ids: prefixIds },
        ids,
        layers: Array.from({ length: layers }, (_, l) => l),
      });
      const { first: still } = yield* Stage.generate({ prompt: corrupted, draft: first.ids })(
        example,
      );
      const isRight = (answer: Generation, under: SoftPrompt) =>
        Effect.map(
          graded({
            ...example,
            prompt: under,
            first: answer,
            answer,
            corruptions: [],
            sampled: [],
          }),
          ({ verdict }) => verdict.correct,
        );
      return {
        id,
        question,
        strata,
        states,
        answers: answerFeatures({ base: seen.base, pt: seen.pt }),
        all: answerFeatures(seen),
        right: yield* Effect.all({
          base: isRight(base, NO_PROMPT),
          pt: isRight(first, prompt),
          static: isRight(still, corrupted),
          corrected: isRight(made!.answer, made!.prompt),
        }, { concurrency: "unbounded" }),
      };
    });
}
