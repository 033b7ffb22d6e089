/**
 * Soft prompts of this room: the engine's own, and why one can't be used.
 *
 * @module
 */
import { Data, Effect } from "effect";
import { oneLine } from "../schema/mod.ts";

export {
  NO_PROMPT,
  type PromptSizes,
  promptWidth,
  SoftPrompt,
  type SoftPromptOptions,
  type TuningMethod,
} from "../model/mod.ts";

/** A soft prompt that can't be used. */
export class PromptError extends Data.TaggedError("PromptError")<{
  readonly directory: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use the soft prompt '${this.directory}' as ${oneLine(this.reason)}`;
  }
}

/** Positions that a question and its answer take at the least. */
const LEAST_TEXT = 16;

/**
 * Refuses a prompt that leaves no room for a text in the model's context.
 *
 * @param directory of the prompt
 * @param virtualTokens its vectors
 * @param maxPositions the model's context
 * @param text positions of the shortest text that it is for, where they are known
 * @returns nothing; fails with {@linkcode PromptError}
 */
export function checkRoom(
  directory: string,
  virtualTokens: number,
  maxPositions: number,
  text: number = LEAST_TEXT,
): Effect.Effect<void, PromptError> {
  const needed = Math.max(text, LEAST_TEXT);
  const left = Math.max(0, maxPositions - virtualTokens);
  if (left >= needed) return Effect.void;
  return new PromptError({
    directory,
    reason: `its ${virtualTokens} vectors leave ${left} of the model's ${maxPositions} positions ` +
      `for a text, which takes at least ${needed}`,
  });
}
