/**
 * Evaluation: the run directory that survives what happens to long runs, and the statistics of a run.
 *
 * @module
 */
export * as Journal from "./journal.ts";
export * as Statistics from "./statistics.ts";
