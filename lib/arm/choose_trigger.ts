/**
 * Chooses beta, the threshold of each trigger and the trigger by what they do to the accuracy on a development split.
 *
 * @module
 */
import { beta as betaOf, SALIENCY, Trigger } from "../dpc/mod.ts";
import { FORMAT } from "../schema/files.ts";
import type { Calibration } from "../prompt/mod.ts";
import { areaUnderCurve } from "../statistics/mod.ts";
import type { Observation } from "./observe.ts";
import { doubtAround, oneStandardErrorRule, type Scored, tuneThreshold } from "./threshold.ts";

/** Folds of the cross-validation. */
const FOLDS = 5;

/** What {@linkcode calibrate} records besides what it chooses. */
export type CalibrateOptions =
  & Pick<
    Calibration,
    | "task"
    | "split"
    | "prompt"
    | "model"
    | "adapter"
    | "tokenizer"
    | "template"
    | "gamma"
    | "maxNewTokens"
    | "shallow"
    | "deep"
    | "act"
    | "actCode"
    | "contrast"
  >
  & Partial<Pick<Calibration, "loss" | "device">>;

/**
 * Chooses beta, each trigger's threshold by the accuracy of DPC on these examples, and the trigger: of those whose cross-validated
 * accuracy is within one standard error of the best, the one that fires least, since a second answer costs as
 * much as the first; of equals the first in the table of triggers, where the paper's affectedRatio leads.
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
  { loss = SALIENCY.loss, device = "cpu", ...recorded }: CalibrateOptions,
): Calibration {
  const rows = observations.length;
  const beta = betaOf(observations.map(({ flow }) => flow));
  const triggers = scorers(observations, beta).map(({ name, score, beta }) => {
    const scored = observations.map((each): Scored => ({
      score: score(each),
      first: each.first,
      second: each.second,
    }));
    const { area } = areaUnderCurve(scored.map(({ score, first }) => ({ score, wrong: !first })));
    const { right, ...tuned } = tuneThreshold(scored, FOLDS);
    const own = beta === undefined ? {} : { beta };
    return {
      name,
      right,
      ...tuned,
      calibrated: { ...own, ...tuned, doubt: doubtAround(scored, tuned.threshold), auc: area },
    };
  });
  const share = (key: "first" | "second") =>
    observations.filter((each) => each[key]).length / Math.max(1, rows);
  const best = bestArm(observations, scorers(observations, beta));
  return {
    format: FORMAT,
    ...recorded,
    loss,
    device,
    rows,
    beta,
    firstAccuracy: share("first"),
    secondAccuracy: share("second"),
    ...staticPositions(observations),
    ...(best === undefined ? {} : { best }),
    trigger: oneStandardErrorRule(triggers.filter(({ name }) => isOfTheMethod(name))).name,
    triggers: Object.fromEntries(triggers.map(({ name, calibrated }) => [name, calibrated])),
  };
}

/** Whether the arm `dpc` may use it: no control, and no other probe than saliency. */
const isOfTheMethod = (name: string): boolean =>
  Trigger.calibrated.entries[name] !== undefined && !Trigger.calibrated.entries[name].control;

/** How a trigger scores an observation. */
interface Scorer {
  readonly name: string;
  readonly score: (observation: Observation) => number;
  /** That of its own probe, where it needs one. */
  readonly beta?: number;
}

/** The triggers that were observed: all, and those that read the flow once more for each further probe. */
function scorers(observations: readonly Observation[], beta: number): readonly Scorer[] {
  const probes = Object.keys(observations[0]?.flows ?? {});
  const entries = Object.entries(Trigger.calibrated.entries);
  return [
    ...entries.map(([name, { scoreFlow }]): Scorer => ({
      name,
      score: ({ flow, scores }) => scoreFlow === undefined ? scores[name]! : scoreFlow(flow, beta),
    })),
    ...probes.flatMap((probe) =>
      entries.filter(([, entry]) => Trigger.readsFlow(entry)).map(
        ([reader, { scoreFlow }]): Scorer => {
          const name = `${reader}@${probe}`;
          if (scoreFlow === undefined) return { name, score: ({ scores }) => scores[name]! };
          const flowOf = ({ flows }: Observation) => flows?.[probe] ?? [];
          const own = betaOf(observations.map(flowOf));
          return { name, beta: own, score: (each) => scoreFlow(flowOf(each), own) };
        },
      )
    ),
  ];
}

/**
 * The trigger and the corruption with the highest cross-validated accuracy, of equals the one that fires least; its accuracy is that of
 * the best of many, and so too high. Undefined where no other corruption was observed.
 */
function bestArm(
  observations: readonly Observation[],
  triggers: readonly Scorer[],
): Calibration["best"] {
  const [sample] = observations;
  if (sample?.outcomes === undefined) return undefined;
  const { frequent, best } = staticPositions(observations).positions ?? {};
  const at = (position: number | undefined) => ({ byPosition }: Observation) =>
    byPosition![position!]!;
  const corruptions: readonly (readonly [string, (each: Observation) => boolean])[] = [
    ["accumulated", ({ second }) => second],
    ...Object.keys(sample.outcomes).map((name) =>
      [name, ({ outcomes }: Observation) => outcomes![name]!] as const
    ),
    ...(best === undefined
      ? []
      : [["static", at(frequent)] as const, ["staticBest", at(best)] as const]),
  ];
  const arms = triggers.flatMap(({ name, score }) =>
    corruptions.map(([corruption, second]) => {
      const scored = observations.map((each): Scored => ({
        score: score(each),
        first: each.first,
        second: second(each),
      }));
      const { right: _, ...chosen } = tuneThreshold(scored, FOLDS);
      return { arm: `${name}/${corruption}`, ...chosen };
    })
  );
  const { rate: _, ...chosen } = arms.reduce((a, b) =>
    b.accuracy > a.accuracy || b.accuracy === a.accuracy && b.rate < a.rate ? b : a
  );
  return chosen;
}

/** The most frequent j*, and the position whose corruption gives the most right answers; of equals the first. */
function staticPositions(observations: readonly Observation[]): Pick<Calibration, "positions"> {
  const chosen = observations.flatMap(({ position }) => position ?? []);
  if (chosen.length === 0) return {};
  const byPosition = observations.flatMap((each) => each.byPosition ? [each.byPosition] : []);
  return {
    positions: {
      frequent: mostOften(chosen),
      ...(byPosition.length < observations.length ? {} : {
        best: mostOften(byPosition.flatMap((right) => right.flatMap((is, j) => is ? [j] : []))),
      }),
    },
  };
}

/** The number that occurs most often, of equals the smallest; 0 of none. */
function mostOften(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a - b)[0] ?? 0;
}
