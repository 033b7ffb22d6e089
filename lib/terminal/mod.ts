/**
 * What a terminal shows of a run: progress, the table of results and the sentence under it.
 *
 * Stability: experimental.
 *
 * @module
 */
export { PAPER_ARMS, paperTable } from "./paper_table.ts";
export * as Progress from "./progress.ts";
export { conclusion, resultsTable, strataTable, wideStrataTable } from "./results_table.ts";
export * as Table from "./table.ts";
