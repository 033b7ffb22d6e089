/**
 * Writes the answers of a run as a table.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { type Files, writeAtomicFrom } from "../schema/files.ts";
import { Registry } from "../registry/mod.ts";
import { Sample } from "../results/mod.ts";
import { Journal } from "../run/mod.ts";
import { columnsOf, rowsOf } from "./answers.ts";
import { type TableFormat, tableFormats } from "./table_formats.ts";

/** Samples that are held at a time: with all their arms, a row group of parquet. */
const SAMPLES_HELD = 1000;

/** The formats of a table, which is also how their files' names end. */
export const TABLE_FORMATS: readonly TableFormat[] = Registry.names(tableFormats);

/** Options of {@linkcode writeAnswers}. */
export interface AnswersOptions {
  /** The run directory; the run need not be finished. */
  readonly directory: string;
  /** The format of the table. */
  readonly format: TableFormat;
  /** The file to write; its folder must exist. */
  readonly file: string;
}

/**
 * Writes one row for each answer of a run: example, prompt, which of the answers drawn to it, arm, verdict, answer, gold, tokens, scores, strata (a column for each kind) and
 * texts. The run is streamed, and the file is replaced in one step.
 *
 * @returns the number of rows
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { writeAnswers } from "dynamic-prompt-corruption/export";
 *
 * export const program = Effect.gen(function* () {
 *   const options = { directory: "runs/first", format: "csv", file: "answers.csv" } as const;
 *   assert.ok((yield* writeAnswers(options)) > 0);
 * });
 * ```
 */
export function writeAnswers(
  { directory, format, file }: AnswersOptions,
): Effect.Effect<number, Journal.ReadError, Files> {
  const samples = Journal.rows(directory, Sample);
  return Effect.gen(function* () {
    // columns stand before the first row, and only the last sample shows that there is no further kind
    const kinds = yield* Stream.runFold(samples, new Set<string>(), (found, { strata }) => {
      for (const kind of Object.keys(strata)) found.add(kind);
      return found;
    });
    const columns = columnsOf([...kinds].sort());
    const encoder = tableFormats.entries[format].make(columns);
    let count = 0;
    yield* writeAtomicFrom(file, (write) =>
      samples.pipe(
        Stream.grouped(SAMPLES_HELD),
        Stream.runForEach((some) => {
          const rows = [...some].flatMap((sample) => rowsOf(columns, sample));
          count += rows.length;
          return Effect.suspend(() => write(encoder.rows(rows)));
        }),
        Effect.zipRight(Effect.suspend(() => write(encoder.finish()))),
      ));
    return count;
  });
}
