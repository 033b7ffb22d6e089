/**
 * Word problems in a small natural language: a seeded generator with a documented grammar (problem.ts), the embedded
 * benchmark drawn from it, the text to pre-train a model on, and the tokenizer that covers it all.
 *
 * Stability: experimental.
 *
 * @module
 */
export * from "./benchmark.ts";
export type { Asked, Step } from "./operations.ts";
export { draw, type DrawOptions, type Kind, type Problem, STEPS } from "./problem.ts";
export * from "./pretraining.ts";
export { make, type Random } from "./random.ts";
export type { Plans } from "./story.ts";
export {
  END,
  type Language,
  type TokenizerFiles,
  tokenizerFiles,
  UNKNOWN,
  vocabulary,
} from "./tokenizer.ts";
export * as Conventions from "./conventions/mod.ts";
