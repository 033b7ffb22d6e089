/**
 * Training a decoder from scratch, all weights, by this library's own gradients: packed rows, worker threads, AdamW, exact resume.
 *
 * Stability: experimental.
 *
 * @module
 */
export * from "./adamw.ts";
export { type Document, type PackedRow, type PackOptions, packRows } from "./packing.ts";
export * from "./parameters.ts";
export * from "./trainer.ts";
export * from "./model_files.ts";
export { train, type TrainOptions } from "./train.ts";
export * from "./training_files.ts";
export { rateAt, type Schedule } from "./schedule.ts";
export * from "./state_files.ts";
export { gradientName, lossAndGradient, type TrainingSizes } from "./training_graph.ts";
