/**
 * Chooses beta, the threshold of each trigger and the trigger by what they do to the accuracy on a development split.
 *
 * @module
 */
import { beta as betaOf, SALIENCY, Trigger } from "../dpc/mod.ts";
import { FORMAT } from "../schema/files.ts";
import type { Calibration } from "../prompt/mod.ts";
import { areaUnderCurve, meanOf } from "../statistics/mod.ts";
import type { Observation } from "./observe.ts";
import { bestThreshold, crossValidated, type Scored } from "./threshold.ts";

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
    | "tokenizer"
    | "template"
    | "gamma"
    | "maxNewTokens"
    | "shallow"
    | "deep"
    | "act"
  >
  & Partial<Pick<Calibration, "loss">>;

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
  { loss = SALIENCY.loss, ...recorded }: CalibrateOptions,
): Calibration {
  const rows = observations.length;
  const beta = betaOf(observations.map(({ flow }) => flow));
  const triggers = Object.entries(Trigger.calibrated.entries).map(([name, { scoreFlow }]) => {
    const scored = observations.map(({ flow, first, second, scores }): Scored => ({
      score: scoreFlow === undefined ? scores[name]! : scoreFlow(flow, beta),
      first,
      second,
    }));
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
    format: FORMAT,
    ...recorded,
    loss,
    // the only device that there is
    device: "cpu",
    rows,
    beta,
    firstAccuracy: share("first"),
    secondAccuracy: share("second"),
    ...staticPositions(observations),
    trigger: oneStandardErrorRule(
      triggers.filter(({ name }) => !Trigger.calibrated.entries[name]!.control),
    ),
    triggers: Object.fromEntries(triggers.map(({ name, calibrated }) => [name, calibrated])),
  };
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

interface Candidate {
  readonly name: string;
  /** Whether each example is right, cross-validated. */
  readonly right: readonly boolean[];
  readonly calibrated: { readonly accuracy: number; readonly rate: number };
}

/** The trigger that fires least among those which are worse than the best by no more than a standard error of the paired difference. */
function oneStandardErrorRule(triggers: readonly Candidate[]): string {
  const best = triggers.reduce((a, b) => b.calibrated.accuracy > a.calibrated.accuracy ? b : a);
  const isClose = ({ right }: Candidate): boolean => {
    const differences = right.map((outcome, i) => Number(best.right[i]) - Number(outcome));
    const { mean, stderr } = meanOf(differences);
    return (mean ?? 0) <= (stderr ?? 0);
  };
  return triggers.filter(isClose)
    .reduce((a, b) => b.calibrated.rate < a.calibrated.rate ? b : a).name;
}
