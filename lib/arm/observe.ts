/**
 * What is measured on a development split before triggers are calibrated, so that nothing is ever chosen on the test split.
 *
 * @module
 */
import { Effect } from "effect";
import { Corruption, type LayerRange, SALIENCY, tokenFlow, Trigger } from "../dpc/mod.ts";
import type { EngineError, Loss } from "../model/mod.ts";
import { type Model, Stage, type Tokenized } from "../stage/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import type { Task } from "../task/mod.ts";

/** What is measured of one development example. */
export interface Observation {
  /** The example's id. */
  readonly id: string;
  /** Whether the answer under the prompt is right, and that under the corrupted prompt. */
  readonly first: boolean;
  /** Whether the answer under the corrupted prompt is right. */
  readonly second: boolean;
  /** j*, where the corruption was; absent where the first answer is empty. */
  readonly position?: number;
  /** Whether the answer is right with each position corrupted, [n]; absent where not every one was tried. */
  readonly byPosition?: readonly boolean[];
  /** s_t of the first answer (lib/dpc/README.md, "Trigger"). */
  readonly flow: readonly number[];
  /** Score of each trigger but those that need beta, which follow from the flow once beta is known. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  /** The task of the example. */
  readonly task: Task;
  /** The soft prompt. */
  readonly prompt: SoftPrompt;
  /** Share of entries that the corruption sets to 0. */
  readonly gamma: number;
  /** Layers that count as shallow. */
  readonly shallow: LayerRange;
  /** Layers that count as deep. */
  readonly deep: LayerRange;
  /** Loss of the saliency; the mean by default. */
  readonly loss?: Loss;
  /** Whether to answer with each position corrupted too, which a static one is chosen by; false by default. */
  readonly everyPosition?: boolean;
}

/**
 * Answers an example twice, under the prompt and with it corrupted where information accumulates, and scores the first answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Model, Stage } from "dynamic-prompt-corruption/stage";
 * import { observe } from "dynamic-prompt-corruption/arm";
 * import { deepLayers, shallowLayers } from "dynamic-prompt-corruption/dpc";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { loadPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const { config: { hiddenSize, layers } } = yield* Model;
 *   const options = {
 *     task: wordProblems,
 *     prompt: yield* loadPrompt("data/prompts/seed0", hiddenSize),
 *     gamma: 0.1,
 *     shallow: shallowLayers(layers),
 *     deep: deepLayers(layers),
 *   };
 *   const [observation] = yield* pipe(
 *     examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 1 }),
 *     Stage.streamed(Stage.tokenize(wordProblems)),
 *     Stage.streamed(observe(options)),
 *     Stream.runCollect,
 *   );
 *   assert.ok(observation!.scores["meanConfidence"]! >= 0);
 * });
 * ```
 */
export function observe(
  { task, prompt, gamma, shallow, deep, loss = SALIENCY.loss, everyPosition }: ObserveOptions,
): (example: Tokenized) => Effect.Effect<Observation, EngineError, Model> {
  const probe = { ...SALIENCY, loss };
  // for their scores alone, which no threshold changes
  const triggers = Object.entries(Trigger.calibrated.entries)
    .filter(([, { scoreFlow }]) => scoreFlow === undefined)
    .map(([name, { make }]) =>
      [name, make({ threshold: 0, beta: 0, seed: 0, shallow, deep, probe })] as const
    );
  const everything = Trigger.make({
    name: "everything",
    needsSaliency: true,
    probe,
    threshold: 0,
    score: () => 1,
  });
  const answered = Stage.pipeline(
    Stage.generate({ prompt }),
    Stage.scoreTrigger(everything),
    Stage.regenerate(Corruption.accumulated({ gamma, layers: shallow, probe })),
  );
  // as an arm does, with the template's second pass
  const graded = Stage.pipeline(Stage.secondPass(), Stage.extractAnswer(task), Stage.grade(task));
  return (example) =>
    Effect.gen(function* () {
      const record = yield* answered(example);
      const [first, second] = yield* Effect.all(
        [graded({ ...record, answer: record.first }), graded(record)],
        { concurrency: "unbounded" },
      );
      const { saliency, corruptions } = record;
      const [position] = saliency === undefined ? [] : corruptions[0]?.positions ?? [];
      const isRight = (j: number) =>
        j === position ? Effect.succeed(second.verdict.correct) : Effect.map(
          Effect.flatMap(
            Stage.regenerate(Corruption.fixedPosition({ position: j, gamma }))(record),
            graded,
          ),
          ({ verdict }) => verdict.correct,
        );
      const byPosition = everyPosition
        ? yield* Effect.forEach(Array.from({ length: prompt.virtualTokens }).keys(), isRight, {
          concurrency: "unbounded",
        })
        : undefined;
      const instance = Stage.instanceOf(record, saliency);
      return {
        id: example.id,
        first: first.verdict.correct,
        second: second.verdict.correct,
        ...(position === undefined ? {} : { position }),
        ...(byPosition === undefined ? {} : { byPosition }),
        flow: saliency === undefined ? [] : tokenFlow(saliency, deep),
        scores: Object.fromEntries(triggers.map(([name, { score }]) => [name, score(instance)])),
      };
    });
}

/**
 * Whether data is a test split, on which nothing must be chosen: the split of that name, or a file or folder that names it, such as
 * test.jsonl or gsm8k_test.json, whatever the split is called.
 */
export function isTestSplit(data: string, split: string): boolean {
  const name = data.split(/[\\/]/).findLast((part) => part !== "" && part !== ".") ?? "";
  return [split, name].some((text) => /(^|[^a-z])test([^a-z]|$)/i.test(text));
}
