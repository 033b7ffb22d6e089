/**
 * Evaluation: the run directory that survives what happens to long runs, progress, tables, and the statistics of a run.
 *
 * @module
 */
export * as Journal from "./journal.ts";
export * as Progress from "./progress.ts";
export * as Statistics from "./statistics.ts";
export * as Table from "./table.ts";
