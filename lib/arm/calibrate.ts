/**
 * Chooses beta and the threshold of each trigger on a development split, so that nothing is ever chosen on the test split.
 *
 * @module
 */
import type { EngineError } from "../model/mod.ts";
import { Effect } from "effect";
import {
  affectedRatio,
  beta as betaOf,
  Corruption,
  type LayerRange,
  tokenFlow,
  Trigger,
} from "../dpc/mod.ts";
import type { Calibration } from "../prompt/mod.ts";
import type { Task } from "../task/mod.ts";
import { CALIBRATED_TRIGGERS, type CalibratedTrigger } from "./registry.ts";
import { type Model, type PromptVectors, Stage, type Tokenized } from "../stage/mod.ts";
import { areaUnderCurve, meanOf } from "../statistics/mod.ts";
import { bestThreshold, crossValidated, type Scored } from "./threshold.ts";

/** What is measured of one development example. */
export interface Observation {
  /** The example's id. */
  readonly id: string;
  /** Whether the answer under the prompt is right, and that under the corrupted prompt. */
  readonly first: boolean;
  /** Whether the answer under the corrupted prompt is right. */
  readonly second: boolean;
  /** s_t of the first answer (METHOD.md, Stage 1). */
  readonly flow: readonly number[];
  /** Score of each trigger; that of affectedRatio follows once beta is known. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  /** The task of the example. */
  readonly task: Task;
  /** The soft prompt. */
  readonly prompt: PromptVectors;
  /** Share of entries that the corruption sets to 0. */
  readonly gamma: number;
  /** Layers that count as shallow. */
  readonly shallow: LayerRange;
  /** Layers that count as deep. */
  readonly deep: LayerRange;
}

/** Triggers whose score needs no beta, in the order in which equals are preferred. */
const SCORED = (Object.keys(CALIBRATED_TRIGGERS) as readonly CalibratedTrigger[])
  .filter((name) => name !== "affectedRatio");

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
 *     prompt: { ...yield* loadPrompt("data/prompts/seed0", hiddenSize), name: "seed0" },
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
  { task, prompt, gamma, shallow, deep }: ObserveOptions,
): (example: Tokenized) => Effect.Effect<Observation, EngineError, Model> {
  // for their scores alone, which no threshold changes
  const triggers = SCORED.map((name) =>
    [name, CALIBRATED_TRIGGERS[name](0, { beta: 0, shallow, deep })] as const
  );
  const everything = Trigger.make({
    name: "everything",
    needsSaliency: true,
    threshold: 0,
    score: () => 1,
  });
  const answered = Stage.pipeline(
    Stage.generate({ prompt }),
    Stage.scoreTrigger(everything),
    Stage.regenerate(Corruption.accumulated({ gamma, layers: shallow })),
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
      const { saliency } = record;
      const instance = Stage.instanceOf(record, saliency);
      return {
        id: example.id,
        first: first.verdict.correct,
        second: second.verdict.correct,
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

/** Folds of the cross-validation. */
const FOLDS = 5;

/** What {@linkcode calibrate} records beside what it chooses. */
export type CalibrateOptions = Pick<
  Calibration,
  "task" | "split" | "prompt" | "model" | "gamma" | "maxNewTokens" | "shallow" | "deep" | "act"
>;

/**
 * Chooses beta, each trigger's threshold by the accuracy of DPC on these examples, and the trigger: of those whose cross-validated
 * accuracy is within one standard error of the best, the one that fires least, since a second answer costs as
 * much as the first; of equals the paper's, affectedRatio, then the first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { calibrate } from "dynamic-prompt-corruption/arm";
 *
 * const scores = {
 *   affectedRatioOwn: 0,
 *   lateFlow: 0,
 *   lateFlowMaximum: 0,
 *   accumulationShare: 0.1,
 *   lowestConfidence: 0,
 * };
 * // wrong answers are unsure, and right once they are corrected
 * const observations = Array.from({ length: 40 }, (_, i) => ({
 *   id: `dev-${i}`,
 *   first: i % 2 === 0,
 *   second: i % 2 === 1,
 *   flow: [1, 1],
 *   scores: { ...scores, meanConfidence: i % 2 },
 * }));
 * const layers = { shallow: { start: 0, end: 4 }, deep: { start: 4, end: 8 } };
 * const about = { task: "gsm8k", split: "dev", prompt: "0a", model: "0b", gamma: 0.1, ...layers };
 * const { trigger, firstAccuracy } = calibrate(observations, about);
 * assert.deepEqual({ trigger, firstAccuracy }, { trigger: "meanConfidence", firstAccuracy: 0.5 });
 * ```
 */
export function calibrate(
  observations: readonly Observation[],
  recorded: CalibrateOptions,
): Calibration {
  const rows = observations.length;
  const beta = betaOf(observations.map(({ flow }) => flow));
  const scoredBy = (name: CalibratedTrigger): readonly Scored[] =>
    observations.map(({ flow, first, second, scores }) => ({
      score: name === "affectedRatio" ? affectedRatio(flow, beta) : scores[name]!,
      first,
      second,
    }));
  const triggers = (["affectedRatio", ...SCORED] as const).map((name) => {
    const scored = scoredBy(name);
    const { threshold } = bestThreshold(scored);
    const { area } = areaUnderCurve(scored.map(({ score, first }) => ({ score, wrong: !first })));
    const right = crossValidated(scored, FOLDS);
    return {
      name,
      right,
      calibrated: {
        threshold,
        accuracy: right.filter(Boolean).length / Math.max(1, rows),
        auc: area,
        rate: scored.filter(({ score }) => score > threshold).length / Math.max(1, rows),
      },
    };
  });
  const share = (key: "first" | "second") =>
    observations.filter((each) => each[key]).length / Math.max(1, rows);
  return {
    format: 1,
    ...recorded,
    rows,
    beta,
    firstAccuracy: share("first"),
    secondAccuracy: share("second"),
    trigger: oneStandardErrorRule(triggers),
    triggers: Object.fromEntries(triggers.map(({ name, calibrated }) => [name, calibrated])),
  };
}

interface Candidate {
  readonly name: CalibratedTrigger;
  /** Whether each example is right, cross-validated. */
  readonly right: readonly boolean[];
  readonly calibrated: { readonly accuracy: number; readonly rate: number };
}

/** The trigger that fires least among those which are worse than the best by no more than a standard error of the paired difference. */
function oneStandardErrorRule(triggers: readonly Candidate[]): CalibratedTrigger {
  const best = triggers.reduce((a, b) => b.calibrated.accuracy > a.calibrated.accuracy ? b : a);
  const isClose = ({ right }: Candidate): boolean => {
    const differences = right.map((outcome, i) => Number(best.right[i]) - Number(outcome));
    const { mean, stderr } = meanOf(differences);
    return (mean ?? 0) <= (stderr ?? 0);
  };
  return triggers.filter(isClose)
    .reduce((a, b) => b.calibrated.rate < a.calibrated.rate ? b : a).name;
}
