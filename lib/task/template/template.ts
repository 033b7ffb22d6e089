/**
 * Prompt templates: how a question becomes the text that a model continues.
 *
 * @module
 */
import type { Registry } from "../../registry/mod.ts";
import type { Example } from "../dataset/mod.ts";

/** A prompt in two pieces; the model sees `prefix + text`. */
export interface Prompt {
  /** What all examples share: worked examples, or the head of a chat. May be "". */
  readonly prefix: string;
  /** What belongs to this example. */
  readonly text: string;
  /** Whether the tokenizer adds BOS and the like; a chat's text has them already. */
  readonly addSpecialTokens: boolean;
  /** The worked examples of the prefix one by one, for a chat that has a turn for each; absent where there is none. */
  readonly shots?: readonly ShotTurns[];
}

/** A worked example as two turns of a chat. */
export interface ShotTurns {
  /** The user's. */
  readonly question: string;
  /** The assistant's, without the blank that joins it to a question in plain text. */
  readonly solution: string;
}

/** How a question is put to a model. */
export interface Template {
  /** Its name among those of its task. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly description: string;
  /** The question up to where the model goes on. */
  readonly ask: (example: Example) => string;
  /** What a worked example adds to {@linkcode ask}, its joining blank included. */
  readonly solve: (example: Example) => string;
  /** Worked examples before the question, joined by blank lines. */
  readonly shots: readonly Example[];
  /** Texts that end a generation, beside the task's own. */
  readonly stop: readonly string[];
  /** Ask once more for the answer alone, after the first generation. */
  readonly secondPass?: SecondPass;
  /** How a text of the user's own lays out worked examples and question; absent where blank lines join them. */
  readonly own?: OwnLayout;
}

/** A prompt's layout by a text of the user's own. */
export interface OwnLayout {
  /** The text. */
  readonly source: string;
  /** The whole prompt of an example after worked examples. */
  readonly write: (example: Example, shots: readonly Example[]) => string;
  /** What stands before all questions. */
  readonly head: (shots: readonly Example[]) => string;
}

/** The second question of zero-shot chain of thought (Kojima et al. 2022, arXiv 2205.11916). */
export interface SecondPass {
  /** What follows the first generation; the answer is extracted from prompt, generation, cue and second generation together. */
  readonly cue: string | ((example: Example) => string);
  /** Most tokens of an answer. */
  readonly maxNewTokens: number;
}

/**
 * Writes the prompt of one example; a worked example that asks the same is left out, as it would give the answer away.
 *
 * The pieces meet after a blank line, where no token of a byte-level or SentencePiece vocabulary spans them. Still tokenise
 * `prefix + text` as a whole, since a tokenizer may treat the start of a text specially, and cache the K/V of the ids that the
 * whole has in common with the tokenised prefix.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Template, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const example = { id: "a", question: "What is 9 * 2?", gold: "18", strata: {} };
 * const { prefix, text } = Template.render(wordProblems.templates[0], example);
 * assert.equal(prefix, "");
 * assert.ok(text.startsWith("What is 9 * 2?"));
 * ```
 */
export function render(template: Template, example: Example): Prompt {
  const others = template.shots.filter(({ question }) => question !== example.question);
  const head = renderShots(withShots(template, others));
  const whole = template.own?.write(example, others) ?? head + template.ask(example);
  // a text of the user's own may begin otherwise for other questions
  const prefix = whole.startsWith(head) ? head : "";
  const turns = others.map((shot) => ({
    question: template.ask(shot),
    solution: template.solve(shot).trim(),
  }));
  const shots = turns.length === 0 ? {} : { shots: turns };
  return { prefix, text: whole.slice(prefix.length), addSpecialTokens: true, ...shots };
}

/** What follows the first generation of an example. */
export function cueOf({ cue }: SecondPass, example: Example): string {
  return typeof cue === "string" ? cue : cue(example);
}

/** The worked examples as text, as they stand before a question that is none of theirs. */
export function renderShots({ ask, solve, shots, own }: Template): string {
  return own?.head(shots) ?? shots.map((shot) => `${ask(shot)}${solve(shot)}\n\n`).join("");
}

/** Templates by name. */
export const registryOf = (templates: readonly Template[]): Registry.Registry<Template> => ({
  kind: "template",
  entries: Object.fromEntries(templates.map((each) => [each.name, each])),
});

/** The same template with other worked examples. */
export function withShots(template: Template, shots: readonly Example[]): Template {
  return { ...template, shots };
}
