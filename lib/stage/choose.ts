/**
 * Stages in which a model that was learned on a development split chooses: under which prompt a question is answered, or which of its
 * answers counts.
 *
 * @module
 */
import { Effect } from "effect";
import type { Corruption, Saliency } from "../dpc/mod.ts";
import { type EngineError, type Generation, NO_PROMPT, type SoftPrompt } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { corrected, type CorrectedAnswer } from "./correct.ts";
import { Model } from "./model.ts";
import { ask, type GenerationOptions } from "./query.ts";
import type { Answered, Generated, Scored, Tokenized } from "./records.ts";
import { make, type Stage } from "./stage.ts";

/** A prompt that a router may choose. */
export interface RouteOption {
  /** How samples call it. */
  readonly name: string;
  /** Makes it of the arm's own prompt. */
  readonly of: (prompt: SoftPrompt) => SoftPrompt;
}

/** What a router sees of a question. */
export interface RoutedQuestion {
  /** The question as the dataset has it. */
  readonly question: string;
  /** Hidden state of its last token, [d]; absent for a router that reads no layer. */
  readonly state: Float32Array | undefined;
}

/** Chooses, before anything is generated, the prompt that a question is answered under. */
export interface Router {
  /** What it chooses among. */
  readonly options: readonly RouteOption[];
  /** Layer whose hidden state it reads, under the arm's prompt; absent for one that reads the question's words. */
  readonly layer?: number;
  /** Index of the option. */
  readonly choose: (question: RoutedQuestion) => number;
}

/** Options of {@linkcode route}. */
export interface RouteStageOptions extends GenerationOptions {
  /** The arm's own prompt. */
  readonly prompt: SoftPrompt;
}

/**
 * Generates the first answer under the prompt that a router chooses.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { pipe, Stream, Effect } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const router = {
 *   options: [{ name: "base", of: () => NO_PROMPT }],
 *   layer: 2,
 *   choose: ({ state }: Stage.RoutedQuestion) => state![0]! > 0 ? 0 : 0,
 * };
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(Stage.pipeline(
 *     Stage.tokenize(wordProblems),
 *     Stage.route(router, { prompt: NO_PROMPT }),
 *   )),
 *   Stream.runForEach(({ chosen }) => Effect.sync(() => assert.equal(chosen, "base"))),
 * );
 * ```
 */
export function route(
  { options, layer, choose }: Router,
  { prompt, ...generation }: RouteStageOptions,
): Stage<Tokenized, Generated, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.gen(function* () {
      const { engine } = yield* Model;
      const { question, ids, prefixIds } = record;
      const prefix = { prompt, ids: prefixIds };
      const state = layer === undefined
        ? undefined
        : (yield* engine.hiddenStates({ prefix, ids, layers: [layer] })).states[0];
      const { name, of } = options[choose({ question, state })]!;
      const routed = of(prompt);
      return { prompt: routed, first: yield* ask(record, routed, generation), chosen: name };
    })
  );
}

/** An answer as a selector sees it. */
export interface SelectableAnswer extends Pick<Generation, "logProbabilities" | "finish"> {
  /** The answer that was found in the text; absent where none was. */
  readonly answer: string | undefined;
}

/** The answers to a question. */
export interface SelectableAnswers {
  /** Without a prompt. */
  readonly base: SelectableAnswer;
  /** Under the prompt. */
  readonly pt: SelectableAnswer;
  /** Under the corrupted prompt, and the flow of the answer of `pt`; absent for a selector that corrupts nothing. */
  readonly corrected?: {
    readonly answer: SelectableAnswer;
    /** Absent where the answer of `pt` is empty. */
    readonly saliency: Saliency | undefined;
  };
}

/** Chooses one of the answers to a question. */
export interface Selector {
  /** Makes the third answer; absent for a selector that chooses between the answer without a prompt and that under it. */
  readonly corruption?: Corruption.Corruption;
  /** 0 for the answer without a prompt, 1 for that under it, 2 for that under the corrupted one. */
  readonly choose: (answers: SelectableAnswers) => number;
}

/** Options of {@linkcode select}. */
export interface SelectOptions {
  /** The arm's own prompt. */
  readonly prompt: SoftPrompt;
  /** Finds answers in texts. */
  readonly task: Pick<Task, "extract">;
}

/** Every answer that a selector may choose. */
export interface AllAnswers {
  /** Under the prompt. */
  readonly first: Generation;
  /** Without one. */
  readonly base: Generation;
  /** Under the corrupted one, where that is asked for. */
  readonly corruption: CorrectedAnswer | undefined;
  /** What a selector sees of them. */
  readonly seen: SelectableAnswers;
}

/** Answers a question without a prompt, under it and, where a corruption is given, under the corrupted one. */
export function allAnswers(
  record: Tokenized,
  corruption: Corruption.Corruption | undefined,
  { prompt, task }: SelectOptions,
): Effect.Effect<AllAnswers, EngineError, Model> {
  return Effect.gen(function* () {
    const [base, first] = yield* Effect.all(
      [ask(record, NO_PROMPT), ask(record, prompt)],
      { concurrency: "unbounded" },
    );
    const made = corruption === undefined
      ? undefined
      : yield* corrected(corruption, { ...record, prompt, first }, []);
    const seenOf = ({ logProbabilities, finish, text }: Generation): SelectableAnswer => ({
      logProbabilities,
      finish,
      answer: task.extract(text, { example: record, finish }).answer,
    });
    const seen = {
      base: seenOf(base),
      pt: seenOf(first),
      ...(made && { corrected: { answer: seenOf(made.answer), saliency: made.saliency } }),
    };
    return { first, base, corruption: made, seen };
  });
}

/** Answers a question in every way that a selector asks for, and takes the answer that it chooses. */
export function select(
  { corruption, choose }: Selector,
  options: SelectOptions,
): Stage<Tokenized, Answered & Partial<Scored>, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.map(allAnswers(record, corruption, options), ({ first, base, ...all }) => {
      const at = choose(all.seen);
      const made = all.corruption;
      return {
        ...(at === 0
          ? { prompt: NO_PROMPT, first: base, compared: first }
          : { prompt: options.prompt, first, compared: base }),
        answer: [base, first, made?.answer][at]!,
        corruptions: made === undefined ? [] : [{ ...made, name: corruption!.name }],
        sampled: [],
        chosen: ["base", "pt", "corrected"][at]!,
      };
    })
  );
}
