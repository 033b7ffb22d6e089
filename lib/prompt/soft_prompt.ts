/**
 * Soft prompts of this room: the engine's own, and why one can't be used.
 *
 * @module
 */
import { Data } from "effect";
import { oneLine } from "../schema/mod.ts";

export { NO_PROMPT, SoftPrompt, type SoftPromptOptions } from "../model/mod.ts";

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
