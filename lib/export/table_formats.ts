/**
 * Tables as bytes, rows by rows: JSON lines, CSV and parquet; the only import of hyparquet-writer.
 *
 * @module
 */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Registry } from "../registry/mod.ts";
import type { Cell, Column, ColumnType } from "./answers.ts";

/** Turns rows into bytes. */
export interface TableEncoder {
  /** The bytes of the next rows, with what goes before the first. */
  readonly rows: (rows: readonly (readonly Cell[])[]) => Uint8Array;
  /** The bytes after the last row. */
  readonly finish: () => Uint8Array;
}

/** The name of a format of tables. */
export type TableFormat = "csv" | "jsonl" | "parquet";

/** A format of tables. */
interface Format {
  readonly description: string;
  readonly make: (columns: readonly Column[]) => TableEncoder;
}

/** The formats by name. */
export const tableFormats: Registry.Registry<Format, TableFormat> = {
  kind: "format",
  entries: {
    csv: {
      description: "comma-separated values with a header; what is missing is empty",
      make: (columns) => lines((row) => row.map(quoted).join(","), columns.map(({ name }) => name)),
    },
    jsonl: {
      description: "an object a line; what is missing is null",
      make: (columns) =>
        lines((row) =>
          JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])))
        ),
    },
    parquet: { description: "typed columns, compressed by snappy", make: parquet },
  },
};

function lines(
  line: (row: readonly Cell[]) => string,
  header?: readonly string[],
): TableEncoder {
  let before = header === undefined ? [] : [header];
  return {
    rows: (rows) => {
      const text = [...before, ...rows].map((row) => `${line(row)}\n`).join("");
      before = [];
      return new TextEncoder().encode(text);
    },
    finish: () => new TextEncoder().encode(before.map((row) => `${line(row)}\n`).join("")),
  };
}

/** A cell of CSV (RFC 4180). */
const quoted = (cell: Cell): string => {
  const text = cell === null ? "" : String(cell);
  // an empty text is quoted, unlike what is missing
  return /[",\r\n]/.test(text) || cell === "" ? `"${text.replaceAll('"', '""')}"` : text;
};

const PARQUET_TYPES = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  boolean: { type: "BOOLEAN" },
  integer: { type: "INT32" },
  float: { type: "DOUBLE" },
} as const satisfies Record<ColumnType, object>;

function parquet(columns: readonly Column[]): TableEncoder {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map(({ name, type }) => ({
        name,
        repetition_type: "OPTIONAL" as const,
        ...PARQUET_TYPES[type],
      })),
    ],
  });
  /** What has been written since the last call; places in the file go on counting. */
  const taken = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  return {
    rows: (rows) => {
      writer.write({
        columnData: columns.map(({ name }, at) => ({ name, data: rows.map((row) => row[at]) })),
        rowGroupSize: rows.length,
      });
      return taken();
    },
    finish: () => {
      writer.finish();
      return taken();
    },
  };
}
