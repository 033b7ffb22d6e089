/**
 * What is measured on a development split before triggers are calibrated, so that nothing is ever chosen on the test split.
 *
 * @module
 */
import { Effect } from "effect";
import {
  Corruption,
  type LayerRange,
  type Probe,
  type ProbeName,
  SALIENCY,
  type Saliency,
  tokenFlow,
  Trigger,
} from "../dpc/mod.ts";
import type { EngineError, Loss } from "../model/mod.ts";
import { type Answered, Model, type Scored, Stage, type Tokenized } from "../stage/mod.ts";
import { shareRequests } from "./shared_engine.ts";
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
  /** The same by other probes, by their names; absent where there is none. */
  readonly flows?: Readonly<Record<string, readonly number[]>>;
  /** Whether the answer is right under other corruptions, by their names; absent where there is none. */
  readonly outcomes?: Readonly<Record<string, boolean>>;
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
  /** Probes that the flow triggers read beside saliency, as "lateFlow@attention"; none by default. */
  readonly probes?: readonly ProbeName[];
  /** Corruptions under which to answer too; none by default. */
  readonly corruptions?: readonly Corruption.Corruption[];
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
 *   const { config } = yield* Model;
 *   const options = {
 *     task: wordProblems,
 *     prompt: yield* loadPrompt("data/prompts/seed0", config),
 *     gamma: 0.1,
 *     shallow: shallowLayers(config.layers),
 *     deep: deepLayers(config.layers),
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
  options: ObserveOptions,
): (example: Tokenized) => Effect.Effect<Observation, EngineError, Model> {
  const { task, prompt, gamma, shallow, deep, loss = SALIENCY.loss } = options;
  const { everyPosition = false, probes = [], corruptions = [] } = options;
  const saliency: Probe = { ...SALIENCY, loss };
  const settings = { threshold: 0, beta: 0, seed: 0, shallow, deep, probe: saliency };
  const accumulated = Corruption.accumulated({ gamma, layers: shallow, probe: saliency });
  const byPosition = Array.from(
    { length: everyPosition ? prompt.virtualTokens : 0 },
    (_, position) => Corruption.fixedPosition({ position, gamma }),
  );
  const measuring = (probe: Probe) =>
    Stage.scoreTrigger({ ...Trigger.always, needsSaliency: true, probe });
  // as an arm does, with the template's second pass
  const graded = Stage.pipeline(Stage.secondPass(), Stage.extractAnswer(task), Stage.grade(task));
  const isRight = (record: Answered) =>
    Effect.map(graded(record), ({ verdict }) => verdict.correct);
  const observed = (example: Tokenized) =>
    Effect.gen(function* () {
      const record = yield* Stage.pipeline(Stage.generate({ prompt }), measuring(saliency))(
        example,
      );
      const others = yield* Effect.forEach(probes, (name) =>
        Effect.map(
          measuring({ ...saliency, name })(record),
          (measured) => [name, measured] as const,
        ));
      const corrected = yield* Effect.forEach(
        [accumulated, ...corruptions, ...byPosition],
        (corruption) => Stage.regenerate(corruption)(record),
        { concurrency: "unbounded" },
      );
      const first = { ...record, answer: record.first, corruptions: [], sampled: [] };
      const right = yield* Effect.forEach([first, ...corrected], isRight, {
        concurrency: "unbounded",
      });
      const [position] = record.saliency === undefined
        ? []
        : corrected[0]!.corruptions[0]?.positions ?? [];
      const outcomes = corruptions.map(({ name }, i) => [name, right[2 + i]!] as const);
      const flows = others.map(([name, { saliency }]) => [name, flowOf(saliency, deep)] as const);
      return {
        id: example.id,
        first: right[0]!,
        second: right[1]!,
        ...(position === undefined ? {} : { position }),
        ...(everyPosition ? { byPosition: right.slice(2 + corruptions.length) } : {}),
        flow: flowOf(record.saliency, deep),
        ...(flows.length === 0 ? {} : { flows: Object.fromEntries(flows) }),
        ...(outcomes.length === 0 ? {} : { outcomes: Object.fromEntries(outcomes) }),
        scores: {
          ...scoresOf(record, settings),
          ...Object.assign(
            {},
            ...others.map(([name, measured]) => scoresOf(measured, settings, name)),
          ) as Record<string, number>,
        },
      };
    });
  return (example) =>
    Effect.flatMap(Model, (model) =>
      Effect.provideService(observed(example), Model, {
        ...model,
        engine: shareRequests(model.engine),
      }));
}

/** s_t, of nothing where the answer is empty. */
const flowOf = (saliency: Saliency | undefined, deep: LayerRange): readonly number[] =>
  saliency === undefined ? [] : tokenFlow(saliency, deep);

/** Scores of the triggers that need no beta: all of them, or of another probe than saliency those that read the flow. */
function scoresOf(
  record: Scored,
  settings: Trigger.TriggerSettings,
  probe?: ProbeName,
): Readonly<Record<string, number>> {
  const instance = Stage.instanceOf(record, record.saliency);
  const entries = Object.entries(Trigger.calibrated.entries)
    .filter(([, entry]) => entry.scoreFlow === undefined)
    .filter(([, entry]) => probe === undefined || Trigger.readsFlow(entry))
    // for their scores alone, which no threshold changes
    .map(([name, { make }]) => [name, make(settings).score(instance)] as const);
  return Object.fromEntries(
    entries.map(([name, score]) => [probe === undefined ? name : `${name}@${probe}`, score]),
  );
}

/**
 * Whether data is a test split, on which nothing must be chosen: the split of that name, or a file or folder that names it, such as
 * test.jsonl or gsm8k_test.json, whatever the split is called.
 */
export function isTestSplit(data: string, split: string): boolean {
  const name = data.split(/[\\/]/).findLast((part) => part !== "" && part !== ".") ?? "";
  return [split, name].some((text) => /(^|[^a-z])test([^a-z]|$)/i.test(text));
}
