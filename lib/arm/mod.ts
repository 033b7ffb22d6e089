/**
 * Arms as combinations of trigger, corruption and acceptance, made of their names, in grids, or by a calibration; what all of them make of
 * one example.
 *
 * Stability: stable.
 *
 * @module
 */
export * from "./act.ts";
export * as Arm from "./arm.ts";
export { calibrate, type CalibrateOptions } from "./choose_trigger.ts";
export { chooseContrast, CONTRASTS, evaluateContrasts } from "./contrast.ts";
export { evaluate, type PromptArms } from "./evaluate.ts";
export { Evaluator, local as localEvaluator, type Unit } from "./evaluator.ts";
export { glossary, type Term } from "./glossary.ts";
export {
  type ChoiceObservation,
  type ChoiceOption,
  fixedCorruption,
  learn,
  type LearnedArm,
  type LearnedProblem,
  learnedProblems,
  type NestedOptions,
  nestedOutcomes,
  observeChoices,
  type ObserveChoicesOptions,
  transferredOutcomes,
  withLearned,
} from "./learned/mod.ts";
export { gradeAgain } from "./grade_again.ts";
export { grid, type GridOptions } from "./grid.ts";
export { isTestSplit, type Observation, observe, type ObserveOptions } from "./observe.ts";
export {
  type ArmEntry,
  ArmError,
  type ArmFailure,
  type ArmOptions,
  type ArmParts,
  arms,
  byName,
  NotCalibrated,
} from "./named/mod.ts";
export {
  doubtAround,
  oneStandardErrorRule,
  type Scored as ScoredExample,
  type Tuned,
  tuneThreshold,
} from "./threshold.ts";
