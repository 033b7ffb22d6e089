/**
 * Rows of parquet files, a row group at a time; the only import of hyparquet.
 *
 * @module
 */
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { type FileHandle, open } from "node:fs/promises";
import type { Content } from "./row_stream.ts";

/** Bytes of the marks at both ends of a file, and of the length of what is before the last. */
const MIN_BYTES = 12;
/** Bytes that a row group may have when it is unpacked: it is read whole, and takes several times as much of memory. */
const MAX_GROUP_BYTES = 512 * 2 ** 20;
/** Rows that a row group may say it has: a column of one value repeated takes next to no bytes. */
const MAX_GROUP_ROWS = 10_000_000;

/** Reads a file; throws an error whose message says what is wrong. */
export async function* parquetRows(path: string): AsyncGenerator<readonly Content[]> {
  const handle = await open(path);
  try {
    const file = await bufferOf(handle);
    if (file.byteLength < MIN_BYTES) throw new Error("it is too short to be a parquet file");
    const metadata = await parquetMetadataAsync(file);
    checkGroups(metadata);
    checkColumns(metadata);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const found = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors });
      if (found.length !== rowEnd - rowStart) {
        throw new Error(`a row group has ${found.length} rows, and says ${rowEnd - rowStart}`);
      }
      yield found.map((row, at) => ({ line: rowStart + at + 1, unit: "row", value: plain(row) }));
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

async function bufferOf(handle: FileHandle) {
  const { size } = await handle.stat();
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(end - start);
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, filled, undefined, start + filled);
      if (bytesRead === 0) throw new Error("it has become shorter while it was read");
      filled += bytesRead;
    }
    return bytes.buffer;
  };
  return {
    byteLength: size,
    slice: (start: number, end = size): Promise<ArrayBuffer> => {
      // thrown at once: hyparquet asks for several pieces, and a promise that it drops would end the program
      if (!(start >= 0 && start <= end && end <= size)) {
        throw new Error("it points to data outside of itself (is the file complete?)");
      }
      const piece = read(start, end);
      piece.catch(() => undefined);
      return piece;
    },
  };
}

function checkGroups({ row_groups }: FileMetaData): void {
  for (const { columns, num_rows } of row_groups) {
    const bytes = columns.reduce(
      (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
      0,
    );
    if (bytes > MAX_GROUP_BYTES || !(num_rows >= 0 && num_rows <= MAX_GROUP_ROWS)) {
      const most = `${MAX_GROUP_BYTES / 2 ** 20} MiB and ${MAX_GROUP_ROWS} rows`;
      const found = `${Math.ceil(bytes / 2 ** 20)} MiB and ${num_rows} rows`;
      throw new Error(
        `a row group may have ${most}: found ${found} (write it with a smaller row_group_size)`,
      );
    }
  }
}

/**
 * Refuses a row group whose columns are not those of the schema: hyparquet reads each, and leaves out one that it has no place for, whose
 * failure would then end the program.
 */
function checkColumns(metadata: FileMetaData): void {
  const { children } = parquetSchema(metadata);
  for (const { columns } of metadata.row_groups) {
    const flat = new Set<string>();
    for (const { meta_data } of columns) {
      const [name = "", ...inside] = meta_data?.path_in_schema ?? [];
      const column = children.find(({ element }) => element.name === name);
      if (column === undefined) throw new Error(`its schema lacks the column '${name}'`);
      if (column.children.length > 0) continue;
      if (flat.has(name) || inside.length > 0) {
        throw new Error(`a row group has the column '${name}' twice`);
      }
      flat.add(name);
    }
  }
}

/** A value as JSON would have it; integers that a double cannot hold are text. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
