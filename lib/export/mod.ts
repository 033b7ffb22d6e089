/**
 * A run for other tools: its answers as a table, and lm-evaluation-harness' layout.
 *
 * Stability: experimental.
 *
 * @module
 */
export { type AnswersOptions, TABLE_FORMATS, writeAnswers } from "./answer_table.ts";
export * as LmEval from "./lm_eval.ts";
export { type LmEvalOptions, writeLmEval } from "./lm_eval_files.ts";
export type { TableFormat } from "./table_formats.ts";
