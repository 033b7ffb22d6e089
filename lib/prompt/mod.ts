/**
 * Soft prompts: first values, tuning, PEFT's file format, and the calibration that is kept with them.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  type CalibratedTrigger,
  type Calibration,
  CalibrationJson,
  type ChosenHeads,
  loadCalibration,
  saveCalibration,
} from "./calibration.ts";
export { randomVectors, textIds, vocabularyIds } from "./init.ts";
export type { Learned, LearnedChoice } from "./learned.ts";
export { loadPrompt, type PromptedModel, savePrompt } from "./peft.ts";
export type { SaveOptions } from "./peft_config.ts";
export * from "./soft_prompt.ts";
export * from "./tune.ts";
export { loadState, saveState, type TuneCheckpoint } from "./tune_checkpoint.ts";
