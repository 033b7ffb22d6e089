/**
 * Training a decoder from scratch, all weights, by this library's own gradients: packed rows, worker threads, AdamW, exact resume.
 *
 * Stability: experimental.
 *
 * @module
 */
export {
  type AdamWOptions,
  clipScale,
  initialMoments,
  type Moments,
  normOf,
  stepAdamW,
} from "./adamw.ts";
export { type Document, type PackedRow, packRows } from "./packing.ts";
export {
  countOf,
  initialWeights,
  type InitOptions,
  type Parameter,
  type Parameters,
  parametersOf,
  viewOf,
} from "./parameters.ts";
export {
  initialState,
  makeTrainer,
  type OptimizerSettings,
  type StepResult,
  type Trainer,
  type TrainerOptions,
  TrainingError,
  type TrainingState,
} from "./trainer.ts";
export {
  INITIALIZER_RANGE,
  loadWeights,
  type ModelShape,
  type NewModel,
  newModel,
  saveModel,
  type SaveOptions,
  type StoredDtype,
} from "./model_files.ts";
export { train, type TrainOptions } from "./train.ts";
export {
  finishTraining,
  loadTraining,
  type SavedTraining,
  saveTraining,
} from "./training_files.ts";
export { rateAt, type Schedule } from "./schedule.ts";
export {
  readRecipe,
  readState,
  type Recipe,
  type SavedState,
  TrainingChanged,
  type TrainingFiles,
  writeState,
} from "./state_files.ts";
export { gradientName, lossAndGradient, type TrainingSizes } from "./training_graph.ts";
