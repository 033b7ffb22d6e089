/**
 * Stages that decide whether an answer is corrected, correct it, and choose the answer that counts.
 *
 * @module
 */
import { Effect } from "effect";
import {
  Acceptance,
  type Accumulation,
  accumulation,
  allLayers,
  type Corruption,
  type Probe,
  SALIENCY,
  type Saliency,
  sameProbe,
  Trigger,
} from "../dpc/mod.ts";
import { type EngineError, type Generation, NO_PROMPT } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { ask, draw, measure } from "./query.ts";
import type { Model } from "./model.ts";
import {
  type Answered,
  type CorruptionRecord,
  drawKey,
  type Generated,
  type Scored,
  type Tokenized,
} from "./records.ts";
import { make, type Stage } from "./stage.ts";
import type { GenerateOptions } from "./generate.ts";

/**
 * Scores the first answer by a trigger, measuring its saliency if the trigger reads it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const scored = Stage.pipeline(
 *   Stage.tokenize(wordProblems),
 *   Stage.generate(),
 *   Stage.scoreTrigger(Trigger.meanConfidence({ threshold: 0.05 })),
 * );
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(scored),
 *   Stream.runForEach(({ trigger }) =>
 *     Effect.sync(() => assert.equal(trigger.fired, trigger.score > 0.05))
 *   ),
 * );
 * ```
 */
export function scoreTrigger(
  trigger: Trigger.Trigger,
  { task }: Pick<RegenerateOptions, "task"> = {},
): Stage<Generated, Scored, EngineError, Model> {
  const { needsSaliency, probe, against } = trigger;
  return make((record: Generated) =>
    Effect.gen(function* () {
      const clear = trigger.early?.(instanceOf(record, undefined)) !== undefined;
      const saliency = needsSaliency && !clear ? yield* measure(record, probe) : undefined;
      const compared = against === undefined ? undefined : yield* answerOf(against, record);
      const answers = compared === undefined ? {} : { agrees: sameAnswer(record, compared, task) };
      const decision = Trigger.decide(trigger, { ...instanceOf(record, saliency), ...answers });
      return { saliency, trigger: decision, ...(compared === undefined ? {} : { compared }) };
    })
  );
}

/** The answer that a trigger compares the first one with. */
const answerOf = (
  against: "base" | Corruption.Corruption,
  record: Generated,
): Effect.Effect<Generation, EngineError, Model> =>
  against === "base"
    ? ask(record, NO_PROMPT)
    : isPrompted(record)
    ? Effect.map(corrected(against, record, []), ({ answer }) => answer)
    : Effect.succeed(record.first);

/** Whether the first answer says the same as another: the same final answer, or without a task the same text. */
function sameAnswer(
  record: Generated,
  other: Generation,
  task: RegenerateOptions["task"],
): boolean {
  const said = ({ text, finish }: Generation) =>
    task === undefined ? text : task.extract(text, { example: record, finish }).answer;
  return said(record.first) === said(other);
}

/** What a trigger sees of an instance. */
export function instanceOf(
  generated: Generated,
  saliency: Saliency | undefined,
): Trigger.MeasuredInstance {
  const { question, first: { text, ids, logProbabilities } } = generated;
  return { id: drawKey(generated), question, text, ids, logProbabilities, saliency };
}

/** Most corruptions of one instance by default. */
export const ROUNDS = 1;

/** Options of {@linkcode regenerate}. */
export interface RegenerateOptions {
  /** Which answer counts; the last by default, as in the paper. */
  readonly acceptance?: Acceptance.Acceptance;
  /** Most corruptions of one instance: after each but the last, the trigger decides again. {@linkcode ROUNDS} by default. */
  readonly rounds?: number;
  /** The trigger of the later rounds. */
  readonly trigger?: Trigger.Trigger;
  /** Finds answers in texts, for an acceptance that compares them. */
  readonly task?: Pick<Task, "extract"> | undefined;
}

/**
 * Where the trigger fired, answers again under the corrupted prompt.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Corruption, Trigger } from "dynamic-prompt-corruption/dpc";
 * import { Model, Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { loadPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const prompt = yield* loadPrompt("data/prompts/seed0", (yield* Model).config);
 *   const corrected = Stage.pipeline(
 *     Stage.tokenize(wordProblems),
 *     Stage.generate({ prompt }),
 *     Stage.scoreTrigger(Trigger.always),
 *     Stage.regenerate(Corruption.accumulated({ gamma: 0.1 })),
 *   );
 *   const [record] = yield* pipe(
 *     examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *     Stage.streamed(corrected),
 *     Stream.runCollect,
 *   );
 *   assert.equal(record?.corruptions[0]?.positions.length, 1);
 * });
 * ```
 */
export function regenerate(
  corruption: Corruption.Corruption,
  { acceptance = Acceptance.second, rounds = ROUNDS, trigger, task }: RegenerateOptions = {},
): Stage<Scored, Scored & Answered, EngineError, Model> {
  return make((record: Scored) =>
    Effect.gen(function* () {
      const corruptions: CorruptionRecord[] = [];
      let current = record;
      let { saliency } = record;
      while (current.trigger.fired && corruptions.length < rounds && isPrompted(record)) {
        const made = yield* corrected(corruption, current, corruptions);
        current = { ...current, saliency: made.saliency };
        if (corruptions.length === 0) saliency = made.saliency;
        const { prompt, positions, answer } = made;
        corruptions.push({ name: corruption.name, positions, answer, prompt });
        current = { ...current, prompt, first: answer };
        if (trigger === undefined || corruptions.length === rounds) break;
        current = yield* scoreTrigger(trigger, { task })(current);
      }
      const { draws } = acceptance;
      const sampled = corruptions.length === 0 || draws === undefined
        ? []
        : yield* draw(record, current.prompt, draws);
      const answers = sampled.length > 0
        ? sampled
        : [record.first, ...corruptions.map(({ answer }) => answer)];
      return { answer: choose(record, answers, acceptance, task), saliency, corruptions, sampled };
    })
  );
}

/** An answer under a corrupted prompt, and the flow that the corruption read, if it read one. */
export interface CorrectedAnswer extends Omit<CorruptionRecord, "name"> {
  /** Of the answer before. */
  readonly saliency: Saliency | undefined;
}

/** Corrupts the prompt of an answer and answers again under it; positions of earlier corruptions are not chosen again. */
export function corrected(
  corruption: Corruption.Corruption,
  current: Generated & Partial<Scored>,
  earlier: readonly CorruptionRecord[],
): Effect.Effect<CorrectedAnswer, EngineError, Model> {
  return Effect.gen(function* () {
    const { prompt: before, first } = current;
    const saliency = corruption.needsSaliency && !isMeasured(current, corruption.probe)
      ? yield* measure(current, corruption.probe)
      : current.saliency;
    const { prompt, positions } = corruption.corrupt(before, {
      id: drawKey(current),
      accumulation: corruption.needsSaliency && saliency !== undefined
        ? accumulationFor(corruption, saliency)
        : undefined,
      corrupted: earlier.flatMap((each) => each.positions),
    });
    // most of an answer stays as it was
    const answer = yield* ask(current, prompt, { draft: first.ids });
    return { prompt, positions, answer, saliency };
  });
}

/** Whether the probe that is asked for has measured the first answer. */
const isMeasured = ({ saliency }: Partial<Scored>, probe: Probe = SALIENCY): boolean =>
  saliency !== undefined && sameProbe(saliency.probe ?? SALIENCY, probe);

/** Where information accumulates, over the layers and rows of a corruption. */
const accumulationFor = (
  { layers, rows }: Corruption.Corruption,
  saliency: Saliency,
): Accumulation =>
  accumulation(saliency, layers === "all" ? allLayers(saliency.layers) : layers, rows);

const isPrompted = ({ prompt }: Generated): boolean => prompt.virtualTokens > 0;

/** Takes the first answer as it is. */
export const accept: Stage<Generated, Answered> = make(({ first }: Generated) =>
  Effect.succeed({ answer: first, corruptions: [], sampled: [] })
);

/** Options of {@linkcode sample}. */
export type SampleOptions =
  & Omit<GenerateOptions, "sampling">
  & Pick<RegenerateOptions, "task">;

/**
 * Samples answers without a greedy one, and chooses among them: self-consistency.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Acceptance } from "dynamic-prompt-corruption/dpc";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const { draws, ...rule } = Acceptance.selfConsistency({ count: 3, seed: 1 });
 * const sampling = Stage.pipeline(
 *   Stage.tokenize(wordProblems),
 *   Stage.sample({ ...rule, draws: draws! }, { task: wordProblems }),
 * );
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *   Stage.streamed(sampling),
 *   Stream.runForEach(({ sampled }) => Effect.sync(() => assert.equal(sampled.length, 3))),
 * );
 * ```
 */
export function sample(
  acceptance: Acceptance.Acceptance & { readonly draws: Acceptance.Draws },
  { prompt = NO_PROMPT, task, ...options }: SampleOptions = {},
): Stage<Tokenized, Answered, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.map(draw(record, prompt, acceptance.draws, options), (sampled) => {
      const answer = choose(record, sampled, acceptance, task);
      return { prompt, first: answer, answer, corruptions: [], sampled };
    })
  );
}

function choose(
  example: Tokenized,
  answers: readonly Generation[],
  acceptance: Acceptance.Acceptance,
  task: RegenerateOptions["task"],
): Generation {
  const chosen = acceptance.choose(
    answers.map(({ logProbabilities, text, finish }) => ({
      logProbabilities,
      answer: task?.extract(text, { example, finish }).answer,
    })),
  );
  return answers[chosen]!;
}
