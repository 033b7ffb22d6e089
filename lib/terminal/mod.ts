/**
 * What a terminal shows of a run: progress, the table of results and the sentence under it.
 *
 * Stability: experimental.
 *
 * @module
 */
export { conclusion } from "./conclusion.ts";
export { PAPER_ARMS, paperTable } from "./paper_table.ts";
export * as Progress from "./progress.ts";
export { majorityTable, promptsTable, resultsTable, strataTable } from "./results_table.ts";
export * as Table from "./table.ts";
