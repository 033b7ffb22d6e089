/**
 * The record that flows through a pipeline: each stage adds fields to it, none takes any away.
 *
 * @module
 */
import type { Corruption, Saliency, Trigger } from "../dpc/mod.ts";
import type { Generation, Sampling, SoftPrompt } from "../model/mod.ts";
import type { Example, Extraction, Template, Verdict } from "../task/mod.ts";

/** An example as the model will read it. */
export interface Tokenized extends Example {
  /** The whole prompt as text. */
  readonly promptText: string;
  /** Token ids that all examples share, after the soft prompt. */
  readonly prefixIds: readonly number[];
  /** Token ids of this example. */
  readonly ids: readonly number[];
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** Most tokens of an answer. */
  readonly maxNewTokens: number;
  /** How tokens of all answers are drawn, by a seed that those of the single answers follow from; absent where the likeliest are taken. */
  readonly sampling?: Sampling;
  /** Which of the answers drawn to the question this is, from 1; absent where one is given. */
  readonly draw?: number;
  /** What is asked after the answer, if anything is. */
  readonly secondPass?: SecondQuestion;
}

/** What is drawn by: the example, for the first answer to it as where one is given, and for the others each by itself. */
export const drawKey = ({ id, draw = 1 }: Pick<Tokenized, "id" | "draw">): string =>
  draw === 1 ? id : `${id}#${draw}`;

/** The second question of zero-shot chain of thought: for the answer alone. */
export interface SecondQuestion extends Omit<Template.SecondPass, "cue"> {
  /** What follows the first answer. */
  readonly cue: string;
  /** Whether the tokenizer adds BOS and the like, as to the prompt. */
  readonly addSpecialTokens: boolean;
}

/** With the first answer. */
export interface Generated extends Tokenized {
  /** The soft prompt of the first answer. */
  readonly prompt: SoftPrompt;
  /** The first answer. */
  readonly first: Generation;
  /** The option that a learned model chose for the question or among its answers; absent where none did. */
  readonly chosen?: string;
}

/** With the trigger's decision. */
export interface Scored extends Generated {
  /** What the trigger said of the first answer. */
  readonly trigger: Trigger.Decision;
  /** Absent when no rule asked for it, or the first answer is empty. */
  readonly saliency: Saliency | undefined;
  /** The answer that the trigger compared the first one with; absent where it compares none. */
  readonly compared?: Generation;
}

/** A corrupted prompt and what came of it. */
export interface CorruptionRecord extends Corruption.Corrupted {
  /** The corruption's name. */
  readonly name: string;
  /** The answer generated under the corrupted prompt. */
  readonly answer: Generation;
}

/** With the answer that counts. */
export interface Answered extends Generated {
  /** The answer that counts. */
  readonly answer: Generation;
  /** One for each round; empty where the trigger did not fire. */
  readonly corruptions: readonly CorruptionRecord[];
  /** Answers that were sampled, of which `answer` is one; empty where none was. */
  readonly sampled: readonly Generation[];
  /** What was answered to the second question, if one was asked; the answer's text has both then. */
  readonly second?: Generation;
}

/** With the answer found in the text. */
export interface Extracted extends Answered {
  /** What was extracted from it, and by which rule. */
  readonly extraction: Extraction;
}

/** With the verdict. */
export interface Graded extends Extracted {
  /** What the grader said. */
  readonly verdict: Verdict;
}
