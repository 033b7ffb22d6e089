/**
 * Rows of CSV and TSV files, whose first row names the fields; the only import of csv-parse.
 *
 * @module
 */
import { type CsvError, type Info, parse } from "csv-parse";
import { Transform } from "node:stream";
import { MAX_LINE_BYTES } from "../../schema/mod.ts";
import { readThrough } from "./compressed.ts";
import type { Content } from "./row_stream.ts";

/** Rows handed on at a time. */
const BATCH = 256;

/**
 * Reads a file row by row, quoted fields over several lines too; throws an error whose message says what is wrong.
 *
 * @param delimiter between fields
 */
export async function* csvRows(
  path: string,
  delimiter: "," | "\t",
): AsyncGenerator<readonly Content[]> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: MAX_LINE_BYTES,
    // a row of another length is that row's fault, not the file's
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  let header: readonly string[] | undefined;
  let batch: Content[] = [];
  let ended = 0;
  try {
    for await (const each of readThrough(path, refuseOtherThanUtf8(), parser)) {
      const { info, record } = each as { readonly info: Info; readonly record: readonly string[] };
      // a field over several lines: the row starts after the one before
      const line = Math.max(ended + 1, info.lines - record.join("").split("\n").length + 1);
      ended = info.lines;
      if (header === undefined) header = checkHeader(record);
      else batch.push({ line, ...objectOf(header, record) });
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw (error as Partial<CsvError>).code === "CSV_MAX_RECORD_SIZE"
      ? new Error(`a row is longer than ${MAX_LINE_BYTES / 2 ** 20} MiB (is a quote not closed?)`)
      : error;
  }
  yield batch;
}

function checkHeader(names: readonly string[]): readonly string[] {
  const again = names.find((name, at) => names.indexOf(name) !== at);
  if (again !== undefined) throw new Error(`its first row names the field '${again}' twice`);
  if (names.includes("__proto__")) throw new Error('it has the forbidden field "__proto__"');
  return names;
}

function objectOf(header: readonly string[], record: readonly string[]) {
  if (record.length === header.length) {
    return { value: Object.fromEntries(header.map((name, at) => [name, record[at]!])) };
  }
  const fields = (count: number) => `${count} ${count === 1 ? "field" : "fields"}`;
  return { fault: `it has ${fields(record.length)}, and the first row ${header.length}` };
}

/** Lets bytes pass that are UTF-8. */
function refuseOtherThanUtf8(): Transform {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes: Uint8Array | undefined, done: (error: Error | null) => void) => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
      done(null);
    } catch {
      done(new Error("it is not valid UTF-8 text"));
    }
  };
  return new Transform({
    transform: (bytes, _, done) =>
      decode(bytes, (error) => error === null ? done(null, bytes) : done(error)),
    flush: (done) => decode(undefined, done),
  });
}
