/**
 * A calibration, and arms that are made with it.
 *
 * @module
 */
import { Either } from "effect";
import { type ArmOptions, byName } from "../../lib/arm/mod.ts";
import type { Calibration } from "../../lib/prompt/mod.ts";

/** What a trigger was calibrated to. */
export const chosen = (threshold: number) => ({ threshold, accuracy: 0.5, auc: 0.7, rate: 0.3 });

const learnedChoice = {
  options: ["base", "pt"],
  models: [{ intercept: 1, weights: [] }],
  ridge: 3,
  accuracy: 0.5,
};

/** The calibration of a prompt of four vectors for the tiny model. */
export const calibration: Calibration = {
  format: 2,
  loss: "mean",
  device: "cpu",
  task: "word-problems",
  split: "dev",
  rows: 10,
  prompt: "",
  model: "",
  shallow: { start: 1, end: 2 },
  deep: { start: 0, end: 1 },
  gamma: 0.1,
  beta: 1e-5,
  firstAccuracy: 0.5,
  secondAccuracy: 0.5,
  trigger: "lateFlow",
  triggers: { lateFlow: chosen(1e-5), affectedRatio: chosen(0.4) },
  positions: { frequent: 2, best: 3 },
  best: { arm: "lateFlow/static", threshold: 2e-5 },
  act: { alpha: 5, beta: 0.4, rows: 20, heads: [[1, 0]] },
  actCode: { threshold: 0.15, beta: 0.4, rows: 20, heads: [[1, 1]] },
  contrast: { weight: 0.5, threshold: 0.1, rows: 20, accuracy: 0.5 },
  learned: {
    route: { ...learnedChoice, layer: 1 },
    words: { ...learnedChoice, vocabulary: ["many"] },
    select: learnedChoice,
    baseAccuracy: 0.5,
  },
};

export const options: ArmOptions = { calibration, seed: 0 };

/** The arm of a name, with that calibration. */
export const made = (name: string, more: Partial<ArmOptions> = {}) =>
  Either.getOrThrow(byName(name, { ...options, ...more }));

/** Why there is no arm of a name. */
export const failure = (name: string, more: Partial<ArmOptions> = {}) =>
  Either.getOrThrow(Either.flip(byName(name, { ...options, ...more })));
