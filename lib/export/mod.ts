/**
 * A run in other tools' layouts: lm-evaluation-harness.
 *
 * Stability: experimental.
 *
 * @module
 */
export * as LmEval from "./lm_eval.ts";
export { type LmEvalOptions, writeLmEval } from "./lm_eval_files.ts";
