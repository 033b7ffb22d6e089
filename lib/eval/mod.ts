/**
 * Evaluation: the statistics of a run.
 *
 * @module
 */
export * as Statistics from "./statistics.ts";
