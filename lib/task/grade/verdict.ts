/**
 * What is found in an answer, and what a grader says of it.
 *
 * @module
 */
import type { Example } from "../dataset/mod.ts";

/** Why a generation ended: the model's end token, a stop string, or the token limit. */
export type Finish = "eos" | "stop" | "length";

/** What an extractor may look at beside the text. */
export interface ExtractOptions {
  /** The example that was asked. */
  readonly example: Example;
  /** Why the answer ended. */
  readonly finish: Finish;
}

/** The answer found in a text, and by which rule. */
export interface Extraction {
  /** Absent when no rule matched. */
  readonly answer?: string;
  /** What the strictest published extractor of this dataset finds, where it differs from ours in kind. */
  readonly strict?: string;
  /** Name of the rule that matched: "####", "answer is", "boxed", ...; "none" when none did. */
  readonly rule: string;
  /** The text ended before its answer was complete. */
  readonly cutOff: boolean;
  /** What the reader of a report should know: "percent", "units". */
  readonly flags: readonly string[];
}

/**
 * "rounded" (a decimal where MATH asks for an exact value), "cut off" and "unparsed" are not correct, but are no wrong answers either;
 * they are counted apart.
 */
export type VerdictKind = "correct" | "rounded" | "wrong" | "unparsed" | "cut off";

/** What a grader says of an extraction. */
export interface Verdict {
  /** Right, or in which way not. */
  readonly kind: VerdictKind;
  /** Whether the answer is right. */
  readonly correct: boolean;
  /** Whether the task's strict reading agrees too: GSM8K `#### n`, MATH equal after normalisation alone. */
  readonly strict: boolean;
  /** How the comparison was decided, or why it could not be. */
  readonly by: string;
}
