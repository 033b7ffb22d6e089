/**
 * What programs print of a finished run.
 *
 * @module
 */
import { Command, Path } from "@effect/platform";
import { Console, Effect, Stream } from "effect";
import { platform } from "node:os";
import { pathToFileURL } from "node:url";
import { flag, type Given } from "./options.ts";
import {
  conclusion,
  majorityTable,
  promptsTable,
  resultsTable,
  strataTable,
} from "../../lib/terminal/mod.ts";
import { Sample, type Summary } from "../../lib/results/mod.ts";
import { Journal } from "../../lib/run/mod.ts";

/** `--json`. */
export const json = flag("Print the results as JSON on stdout instead of tables");

/** `--open`. */
export const open = flag("Open the report in the browser; its address is printed either way");

/** Arms over all examples, then under each prompt and within strata. */
export const usualTables = (summary: Summary): readonly string[] => [
  resultsTable(summary),
  majorityTable(summary),
  promptsTable(summary),
  strataTable(summary),
];

/** Hands the samples of a run to what collects them. */
export const collectSamples = <A extends { readonly add: (sample: Sample) => void }>(
  directory: string,
  collector: A,
) =>
  Journal.rows(directory, Sample).pipe(
    Stream.runForEach((sample) => Effect.sync(() => collector.add(sample))),
    Effect.as(collector),
  );

/** A finished run. */
export interface FinishedRun {
  /** The run directory. */
  readonly directory: string;
  /** Its results. */
  readonly summary: Summary;
  /** Texts to show before what the run means; {@linkcode usualTables} by default, empty ones are left out. */
  readonly tables?: readonly string[];
  /** Lines to show after the report's address; none by default. */
  readonly lines?: readonly string[];
}

/** Makes a run's report and prints its results: tables, what they mean and where the run is, or all of it as JSON. */
export function showRun(
  { directory, summary, tables = usualTables(summary), lines = [] }: FinishedRun,
  shown: Given<{ readonly json: typeof json; readonly open: typeof open }>,
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

/** Programs that open a file as a person would by clicking on it. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/**
 * The address of a report.
 *
 * @param file the report
 * @param opened whether a browser is to show it; where none can, the address must do
 */
export function showReport(file: string, opened: boolean) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const { href } = pathToFileURL(path.resolve(file));
    if (opened) {
      const [program, ...rest] = OPENERS[platform()] ?? ["xdg-open"];
      yield* Effect.ignore(Command.exitCode(Command.make(program, ...rest, href)));
    }
    return href;
  });
}
