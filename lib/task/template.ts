/**
 * Prompt templates: how a question becomes the text that a model continues.
 *
 * @module
 */
import type { Example } from "./example.ts";

/** A prompt in two pieces; the model sees `prefix + text`. */
export interface Prompt {
  /** What all examples share (few-shot part, system message), or "". Ends at a blank line or special token. */
  readonly prefix: string;
  /** What belongs to this example. */
  readonly text: string;
}

/** How a question is put to a model. */
export interface Template {
  readonly name: string;
  /** What all prompts of this template start with. */
  readonly prefix: string;
  readonly text: (example: Example) => string;
  /** Texts that end a generation, beside the task's own. */
  readonly stop: readonly string[];
}

/**
 * Writes the prompt of one example.
 *
 * Cache the K/V of the prefix, but tokenise `prefix + text` as a whole: a SentencePiece tokenizer puts its space mark
 * before the first character of whatever it is given. The pieces meet where no token spans them, so the ids
 * of the prefix are the first ids of the whole.
 */
export function render(template: Template, example: Example): Prompt {
  return { prefix: template.prefix, text: template.text(example) };
}
