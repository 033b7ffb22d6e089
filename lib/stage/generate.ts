/**
 * Stages that put a question to the model.
 *
 * @module
 */
import { Effect, Either } from "effect";
import { type EngineError, NO_PROMPT, type Sampling, type SoftPrompt } from "../model/mod.ts";
import { blocking } from "../runtime/mod.ts";
import {
  type ChatError,
  type Example,
  type Prompt,
  type Task,
  Template,
  TemplateError,
} from "../task/mod.ts";
import { ask, type GenerationOptions } from "./query.ts";
import { Model } from "./model.ts";
import type { Answered, Generated, Tokenized } from "./records.ts";
import { make, type Stage } from "./stage.ts";

export type { ContrastOptions, GenerationOptions } from "./query.ts";

/** Options of {@linkcode tokenize}. */
export interface TokenizeOptions {
  /** The task's first template by default. */
  readonly template?: Template.Template;
  /** Puts a prompt into a checkpoint's chat; nothing by default. */
  readonly inChat?: (prompt: Prompt) => Either.Either<Prompt, ChatError>;
  /** The task's own limit by default. */
  readonly maxNewTokens?: number;
  /** How tokens of all answers are drawn; the likeliest are taken by default. */
  readonly sampling?: Sampling;
}

/**
 * Writes an example's prompt and turns it into token ids; what all examples share is kept apart, to be read by the model once.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(Stage.tokenize(wordProblems)),
 *   Stream.runForEach(({ question, promptText, ids }) =>
 *     Effect.sync(() => {
 *       assert.ok(promptText.includes(question));
 *       assert.ok(ids.length > 0);
 *     })
 *   ),
 * );
 * ```
 */
export function tokenize(
  task: Task,
  options: TokenizeOptions = {},
): Stage<Example, Tokenized, ChatError | TemplateError, Model> {
  const { template = task.templates[0], inChat = Either.right } = options;
  return make((example: Example) =>
    Effect.gen(function* () {
      const { tokenizer } = yield* Model;
      const prompt = yield* yield* blocking(() =>
        Either.flatMap(written(template, example), inChat)
      );
      const { prefix, text, addSpecialTokens } = prompt;
      const encode = (text: string) => blocking(() => tokenizer.encode(text, { addSpecialTokens }));
      const shared = prefix === "" ? [] : yield* encode(prefix);
      const all = yield* encode(prefix + text);
      return {
        promptText: prefix + text,
        ...splitBehind(shared, all),
        stop: [...task.stop, ...template.stop],
        maxNewTokens: options.maxNewTokens ?? task.maxNewTokens,
        ...(options.sampling === undefined ? {} : { sampling: options.sampling }),
        ...(template.secondPass === undefined ? {} : {
          secondPass: {
            ...template.secondPass,
            cue: Template.cueOf(template.secondPass, example),
            addSpecialTokens,
          },
        }),
      };
    })
  );
}

/** An example's prompt; a template of the user's own may fail on it. */
const written = (template: Template.Template, example: Example) =>
  Either.try({
    try: () => Template.render(template, example),
    catch: (error) => {
      if (error instanceof TemplateError) return error;
      throw error;
    },
  });

/**
 * Splits ids after what they have in common with a shared prefix. That may be less than all of it: a byte-level tokenizer makes one
 * token of the empty line at its end, but two where a question follows.
 */
function splitBehind(
  prefix: readonly number[],
  all: readonly number[],
): Pick<Tokenized, "prefixIds" | "ids"> {
  // the rest must not be empty: something has to be read to predict the first token
  const most = Math.min(prefix.length, all.length - 1);
  let shared = 0;
  while (shared < most && prefix[shared] === all[shared]) shared++;
  return { prefixIds: all.slice(0, shared), ids: all.slice(shared) };
}

/** Options of {@linkcode generate}. */
export interface GenerateOptions extends GenerationOptions {
  /** The soft prompt; none by default. */
  readonly prompt?: SoftPrompt;
}

/**
 * Generates the first answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(Stage.pipeline(Stage.tokenize(wordProblems), Stage.generate())),
 *   Stream.runForEach(({ first }) => Effect.sync(() => assert.match(first.text, /#### \d+/))),
 * );
 * ```
 */
export function generate(
  { prompt = NO_PROMPT, ...options }: GenerateOptions = {},
): Stage<Tokenized, Generated, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.map(ask(record, prompt, options), (first) => ({ prompt, first }))
  );
}

/**
 * Asks once more, for the answer alone, where the template has a second pass (Kojima et al. 2022): prompt, answer and cue are read
 * under the soft prompt that gave the answer, and the text that counts becomes answer, cue and second answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const [plain] = wordProblems.templates;
 * const secondPass = { cue: "\n#### ", maxNewTokens: 8 };
 * const answered = Stage.pipeline(
 *   Stage.tokenize(wordProblems, { template: { ...plain, secondPass } }),
 *   Stage.generate(),
 *   Stage.accept,
 *   Stage.secondPass(),
 * );
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(answered),
 *   Stream.runForEach(({ answer }) => Effect.sync(() => assert.ok(answer.text.includes("\n#### ")))),
 * );
 * ```
 */
export function secondPass(
  options: GenerationOptions = {},
): Stage<Answered, Answered, EngineError, Model> {
  return make((record: Answered) =>
    Effect.gen(function* () {
      const { answer, promptText, prefixIds, first, corruptions } = record;
      if (record.secondPass === undefined) return { answer };
      const { tokenizer } = yield* Model;
      const { cue, maxNewTokens, addSpecialTokens } = record.secondPass;
      const whole = promptText + answer.text + cue;
      const all = yield* blocking(() => tokenizer.encode(whole, { addSpecialTokens }));
      const question = { ...record, ...splitBehind(prefixIds, all), maxNewTokens };
      const corrupted = corruptions.find((each) => each.answer === answer) ??
        (answer === first ? undefined : corruptions.at(-1));
      const second = yield* ask(question, corrupted?.prompt ?? record.prompt, options);
      const text = answer.text + cue + second.text;
      return { answer: { ...answer, text, finish: second.finish }, second };
    })
  );
}
