/**
 * What programs print of a finished run.
 *
 * @module
 */
import { Console, Effect } from "effect";
import { showReport } from "./output.ts";
import { conclusion, resultsTable, strataTable, wideStrataTable } from "../../lib/terminal/mod.ts";
import { type Summary } from "../../lib/results/mod.ts";

/** Arms over all examples, then within strata. */
export const usualTables = (summary: Summary): readonly string[] => [
  resultsTable(summary),
  strataTable(summary),
  wideStrataTable(summary),
];

/** A finished run. */
export interface FinishedRun {
  /** The run directory. */
  readonly directory: string;
  /** Its results. */
  readonly summary: Summary;
  /** Texts to show before what the run means; {@linkcode usualTables} unless told, empty ones are left out. */
  readonly tables?: readonly string[];
  /** Lines to show after the report's address; none unless told. */
  readonly lines?: readonly string[];
}

/** Makes a run's report and prints its results: tables, what they mean and where the run is, or all of it as JSON. */
export function showRun(
  { directory, summary, tables = usualTables(summary), lines = [] }: FinishedRun,
  shown: { readonly json: boolean; readonly open: boolean },
) {
  return Effect.gen(function* () {
    // not before it is needed: its figures take a quarter of a second to load
    const { writeReport } = yield* Effect.promise(() => import("../../lib/report/mod.ts"));
    const report = yield* showReport(yield* writeReport(directory), shown.open);
    if (shown.json) {
      return yield* Console.log(JSON.stringify({ run: directory, report, ...summary }, null, 2));
    }
    yield* Console.log([
      `\n${tables.filter((text) => text !== "").join("\n\n")}\n`,
      conclusion(summary),
      `Run: ${directory}`,
      `Report: ${report}`,
      ...lines,
    ].join("\n"));
  });
}
