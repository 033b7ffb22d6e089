/**
 * The stages of a pipeline. A stage is a function from a Stream to a Stream; it works on several records at a time, so that the
 * engine can batch them, and gives them on in the order in which they came.
 *
 * @module
 */
import { Effect, Either, Stream } from "effect";
import {
  Acceptance,
  accumulation,
  type Corruption as CorruptionNamespace,
  type Trigger as TriggerNamespace,
} from "../dpc/mod.ts";
import type { EngineError, Generation } from "../model/mod.ts";
import { type ChatError, type Example, type Prompt, type Task, Template } from "../task/mod.ts";
import { ask, draw, type How, measure } from "./ask.ts";
import { Model } from "./model.ts";
import type {
  Answered,
  CorruptionRecord,
  Extracted,
  Generated,
  Graded,
  PromptVectors,
  Scored,
  Tokenized,
} from "./records.ts";

export type { How } from "./ask.ts";

/** Records that a stage works on at a time: enough to keep the engine's batches full. */
export const LOOK_AHEAD = 128;

/** A stage that asks for `In` and adds `Out`. */
export interface Stage<In, Out, E = never, R = never> {
  /** Adds to each record of a stream, in order. */
  <A extends In, E0, R0>(
    stream: Stream.Stream<A, E0, R0>,
  ): Stream.Stream<A & Out, E0 | E, R0 | R>;
  /** Adds to one record: a stream of one would cost more than most stages. */
  readonly step: <A extends In>(record: A) => Effect.Effect<A & Out, E, R>;
}

/**
 * Makes a stage of a function on one record.
 *
 * @param add gives the fields to add
 */
export function make<In extends object, Out extends object, E, R>(
  add: (record: In) => Effect.Effect<Out, E, R>,
): Stage<In, Out, E, R> {
  const step = <A extends In>(record: A): Effect.Effect<A & Out, E, R> =>
    Effect.map(add(record), (fields) => ({ ...record, ...fields }));
  const stage = <A extends In, E0, R0>(stream: Stream.Stream<A, E0, R0>) =>
    Stream.mapEffect(stream, (record) => step(record), { concurrency: LOOK_AHEAD });
  return Object.assign(stage, { step });
}

/** What {@linkcode tokenize} can be told. */
export interface TokenizeOptions {
  /** The task's first template by default. */
  readonly template?: Template.Template;
  /** Puts a prompt into a checkpoint's chat; nothing by default. */
  readonly inChat?: (prompt: Prompt) => Either.Either<Prompt, ChatError>;
  /** The task's own limit by default. */
  readonly maxNewTokens?: number;
}

/** Writes each example's prompt and turns it into token ids; what all examples share is kept apart, to be read by the model once. */
export function tokenize(
  task: Task,
  options: TokenizeOptions = {},
): <E, R>(
  examples: Stream.Stream<Example, E, R>,
) => Stream.Stream<Tokenized, E | ChatError, R | Model> {
  const { template = task.templates[0], inChat = Either.right } = options;
  return Stream.mapEffect((example) =>
    Effect.gen(function* () {
      const { tokenizer } = yield* Model;
      const prompt = yield* inChat(Template.render(template, example));
      const { prefix, text, addSpecialTokens } = prompt;
      const shared = prefix === "" ? [] : tokenizer.encode(prefix, { addSpecialTokens });
      const all = tokenizer.encode(prefix + text, { addSpecialTokens });
      // the rest must not be empty: something has to be read to predict the first token
      const splits = shared.length < all.length && shared.every((id, i) => id === all[i]);
      return {
        example,
        promptText: prefix + text,
        prefixIds: splits ? shared : [],
        ids: splits ? all.slice(shared.length) : all,
        stop: [...task.stop, ...template.stop],
        maxNewTokens: options.maxNewTokens ?? task.maxNewTokens,
        ...(template.secondPass === undefined
          ? {}
          : { secondPass: { ...template.secondPass, addSpecialTokens } }),
      };
    })
  );
}

/** How {@linkcode generate} answers. */
export interface GenerateOptions extends How {
  /** The soft prompt; none by default. */
  readonly prompt?: PromptVectors;
}

/** No soft prompt. */
export const NO_PROMPT: PromptVectors = {
  name: "base",
  vectors: new Float32Array(0),
  virtualTokens: 0,
};

/** Generates the first answer. */
export function generate(
  { prompt = NO_PROMPT, ...how }: GenerateOptions = {},
): Stage<Tokenized, Pick<Generated, "prompt" | "first">, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.map(ask(record, prompt, how), (first) => ({ prompt, first }))
  );
}

/** Scores the first answer by a trigger, measuring its saliency if the trigger reads it. */
export function scoreTrigger(
  trigger: TriggerNamespace.Trigger,
): Stage<Generated, Pick<Scored, "trigger" | "saliency">, EngineError, Model> {
  return make((record: Generated) =>
    Effect.gen(function* () {
      const saliency = trigger.needsSaliency ? yield* measure(record) : undefined;
      const instance = {
        id: record.example.id,
        saliency,
        logProbabilities: record.first.logProbabilities,
      };
      return {
        saliency,
        trigger: {
          name: trigger.name,
          score: trigger.score(instance),
          fired: trigger.fires(instance),
        },
      };
    })
  );
}

/** What {@linkcode regenerate} can be told. */
export interface RegenerateOptions {
  /** Which answer counts; the last by default, as in the paper. */
  readonly acceptance?: Acceptance.Acceptance;
  /** Most corruptions of one instance: after each but the last, the trigger decides again. 1 by default. */
  readonly rounds?: number;
  /** The trigger of the later rounds. */
  readonly trigger?: TriggerNamespace.Trigger;
  /** Finds answers in texts, for an acceptance that compares them. */
  readonly task?: Pick<Task, "extract">;
}

/** Where the trigger fired, answers again under the corrupted prompt. */
export function regenerate(
  corruption: CorruptionNamespace.Corruption,
  { acceptance = Acceptance.second, rounds = 1, trigger, task }: RegenerateOptions = {},
): Stage<Scored, Chosen & Pick<Scored, "saliency">, EngineError, Model> {
  return make((record: Scored) =>
    Effect.gen(function* () {
      const corruptions: CorruptionRecord[] = [];
      let current: Generated = record;
      let fired = record.trigger.fired;
      let saliency = record.saliency;
      let ofFirst = saliency;
      while (fired && corruptions.length < rounds && record.prompt.virtualTokens > 0) {
        if (corruption.needsSaliency && saliency === undefined) saliency = yield* measure(current);
        if (corruptions.length === 0) ofFirst = saliency;
        const { prompt } = current;
        const { vectors, hidden, positions } = corruption.corrupt({
          id: record.example.id,
          vectors: prompt.vectors,
          virtualTokens: prompt.virtualTokens,
          accumulation: saliency && accumulation(saliency, corruption.layers),
          corrupted: corruptions.flatMap((earlier) => earlier.positions),
        });
        const corrupted = { ...prompt, vectors, hidden: [...prompt.hidden ?? [], ...hidden] };
        const answer = yield* ask(record, corrupted);
        corruptions.push({ name: corruption.name, positions, answer, prompt: corrupted });
        current = { ...current, prompt: corrupted, first: answer };
        if (trigger === undefined || corruptions.length === rounds) break;
        saliency = trigger.needsSaliency ? yield* measure(current) : undefined;
        fired = trigger.fires({
          id: record.example.id,
          saliency,
          logProbabilities: answer.logProbabilities,
        });
      }
      const greedy = [record.first, ...corruptions.map(({ answer }) => answer)];
      const drawn = corruptions.length > 0 ? acceptance.draws : undefined;
      const sampled = drawn && (yield* draw(record, current.prompt, drawn));
      return {
        answer: choose(record, sampled ?? greedy, acceptance, task),
        saliency: ofFirst,
        corruptions,
        sampled: sampled ?? [],
      };
    })
  );
}

/** Takes the first answer as it is. */
export const accept: Stage<Generated, Chosen> = make((
  { first }: Generated,
) => Effect.succeed({ answer: first, corruptions: [], sampled: [] }));

/** What {@linkcode sample} can be told. */
export type SampleOptions =
  & Omit<GenerateOptions, "sampling">
  & Pick<RegenerateOptions, "task">;

/** Samples answers without a greedy one, and chooses among them: self-consistency. */
export function sample(
  acceptance: Acceptance.Acceptance & { readonly draws: Acceptance.Draws },
  { prompt = NO_PROMPT, task, ...how }: SampleOptions = {},
): Stage<Tokenized, Pick<Generated, "prompt" | "first"> & Chosen, EngineError, Model> {
  return make((record: Tokenized) =>
    Effect.map(draw(record, prompt, acceptance.draws, how), (sampled) => {
      const answer = choose(record, sampled, acceptance, task);
      return { prompt, first: answer, answer, corruptions: [], sampled };
    })
  );
}

/** What the stages that choose an answer add. */
export type Chosen = Pick<Answered, "answer" | "corruptions" | "sampled">;

function choose(
  { example }: Tokenized,
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

/**
 * Asks once more, for the answer alone, where the template has a second pass (Kojima et al. 2022): prompt, answer and cue are read
 * under the soft prompt that gave the answer, and the text that counts becomes answer, cue and second answer.
 */
export function askAgain(
  how: How = {},
): Stage<
  Answered,
  Pick<Answered, "answer"> & Partial<Pick<Answered, "second">>,
  EngineError,
  Model
> {
  return make((record: Answered) =>
    Effect.gen(function* () {
      const { answer, secondPass, promptText, prefixIds, first, corruptions } = record;
      if (secondPass === undefined) return { answer };
      const { tokenizer } = yield* Model;
      const { cue, maxNewTokens, addSpecialTokens } = secondPass;
      const all = tokenizer.encode(promptText + answer.text + cue, { addSpecialTokens });
      const splits = prefixIds.every((id, i) => id === all[i]);
      const question = {
        ...record,
        prefixIds: splits ? prefixIds : [],
        ids: splits ? all.slice(prefixIds.length) : all,
        maxNewTokens,
      };
      const corrupted = corruptions.find((each) => each.answer === answer) ??
        (answer === first ? undefined : corruptions.at(-1));
      const second = yield* ask(question, corrupted?.prompt ?? record.prompt, how);
      const text = answer.text + cue + second.text;
      return { answer: { ...answer, text, finish: second.finish }, second };
    })
  );
}

/** Finds the answer in the text. */
export function extractAnswer(task: Task): Stage<Answered, Pick<Extracted, "extraction">> {
  return make(({ example, answer: { text, finish } }: Answered) =>
    Effect.succeed({ extraction: task.extract(text, { example, finish }) })
  );
}

/** Compares it with the gold answer. */
export function grade(task: Task): Stage<Extracted, Pick<Graded, "verdict">> {
  return make(({ extraction, example }: Extracted) =>
    Effect.map(task.grade(extraction, example), (verdict) => ({ verdict }))
  );
}
