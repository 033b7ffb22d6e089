/**
 * The rows of a dataset's files, of whatever format: in their order, or shuffled.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import type { PlatformError } from "@effect/platform/Error";
import { Chunk, Effect, Either, Stream } from "effect";
import { platformReason } from "../../schema/files.ts";
import { parseJson, Pieces } from "../../schema/mod.ts";
import { isCompressed, readThrough, unpack } from "./compressed.ts";
import { DatasetError } from "./example.ts";
import { permutation } from "./permutation.ts";
import { type Content, rows } from "./row_stream.ts";

/** A row with its file, and its place among the rows of all files, from 0. */
export interface Row extends Content {
  readonly path: string;
  readonly index: number;
}

/** Read from files. */
export type FromFile<A> = Stream.Stream<A, DatasetError, FileSystem.FileSystem>;

/** Names of files that hold rows. */
export const DATA_FILE = /\.(parquet|jsonl?|csv|tsv)(\.gz)?$/i;

/** What a row holds, or what is wrong with it; integers that a double cannot hold are text. */
export function valueOf({ bytes, value, fault }: Content): Either.Either<unknown, string> {
  if (fault !== undefined) return Either.left(fault);
  return bytes === undefined ? Either.right(value) : parseJson(bytes, { exactIntegers: true });
}

/** The rows of files, one file after the other. */
export function rowsInOrder(paths: readonly string[]): FromFile<Row> {
  return Stream.suspend(() => {
    let index = 0;
    return Stream.flatMap(Stream.fromIterable(paths), (path) =>
      Stream.mapChunks(
        contents(path),
        Chunk.map((content): Row => ({ ...content, path, index: index++ })),
      ));
  });
}

/** Bytes read at a time. */
const CHUNK_SIZE = 256 * 1024;

function contents(path: string): FromFile<Content> {
  const [, extension = "", gz] = DATA_FILE.exec(path.toLowerCase()) ?? [];
  if (extension === "csv" || extension === "tsv") {
    const delimiter = extension === "csv" ? "," : "\t";
    return batches(path, async () => (await import("./csv.ts")).csvRows(path, delimiter));
  }
  if (extension === "parquet") {
    const read = (file: string) =>
      batches(path, async () => (await import("./parquet.ts")).parquetRows(file));
    return gz === undefined ? read(path) : Stream.unwrapScoped(
      Effect.gen(function* () {
        // parquet is read from its end
        const to = `${yield* temporaryFolder(path)}/unpacked.parquet`;
        yield* Effect.tryPromise({ try: () => unpack(path, to), catch: failed(path) });
        return read(to);
      }),
    );
  }
  if (isCompressed(path)) {
    const bytes = Stream.fromAsyncIterable(
      readThrough(path) as AsyncIterable<Uint8Array>,
      failed(path),
    );
    // offsets in the packed file tell nothing
    return Stream.map(rows(bytes, path), ({ line, bytes }) => ({ line, bytes }));
  }
  return Stream.unwrap(
    Effect.map(FileSystem.FileSystem, (fs) =>
      fs.stream(path, { chunkSize: CHUNK_SIZE }).pipe(
        Stream.mapError(cannotRead(path)),
        (bytes) => rows(bytes, path),
      )),
  );
}

function batches(
  path: string,
  open: () => Promise<AsyncIterable<readonly Content[]>>,
): FromFile<Content> {
  return Stream.unwrap(
    Effect.map(
      Effect.promise(open),
      (all) => Stream.mapConcat(Stream.fromAsyncIterable(all, failed(path)), (batch) => batch),
    ),
  );
}

const failed = (path: string) => (error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatasetError({ path, reason });
};

const cannotRead = (path: string) => (error: PlatformError) =>
  new DatasetError({ path, reason: platformReason(error) });

const temporaryFolder = (path: string) =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) => Effect.mapError(fs.makeTempDirectoryScoped(), cannotRead(path)),
  );

/** Reads the files twice: once for where their rows stand, then row by row in the seed's order. What has no lines of JSON gets them, in a temporary file. */
export function rowsShuffled(paths: readonly string[], seed: number): FromFile<Row> {
  return Stream.unwrapScoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const [first] = paths;
    const inPlace = paths.length === 1 && !isCompressed(first!) &&
      !/\.(?:parquet|csv|tsv)$/i.test(first!);
    const spool = inPlace ? first! : `${yield* temporaryFolder(first!)}/rows.jsonl`;
    const file = yield* Effect.mapError(
      fs.open(spool, { flag: inPlace ? "r" : "wx+" }),
      cannotRead(spool),
    );
    const [lines, offsets, lengths]: [number[], number[], number[]] = [[], [], []];
    // of each file, where its rows begin
    const files: { readonly path: string; readonly index: number; readonly unit?: "row" }[] = [];
    const faults = new Map<number, string>();
    let end = 0;
    yield* Stream.runForEachChunk(rowsInOrder(paths), (chunk) => {
      const written = new Pieces();
      for (const { path, index, line, unit, ...content } of chunk) {
        if (files.at(-1)?.path !== path) {
          files.push({ path, index, ...(unit === undefined ? {} : { unit }) });
        }
        if (content.fault !== undefined) faults.set(index, content.fault);
        const bytes = content.bytes ??
          new TextEncoder().encode(JSON.stringify(content.value ?? null));
        lines.push(line);
        offsets.push(inPlace ? content.offset! : end);
        lengths.push(bytes.length);
        end += bytes.length;
        if (!inPlace) written.add(bytes);
      }
      return written.size === 0
        ? Effect.void
        : Effect.mapError(file.writeAll(written.take()), cannotRead(spool));
    });
    return Stream.mapEffect(
      Stream.fromIterable(permutation(lines.length, seed)),
      (index) => {
        const { path, unit } = files.findLast((each) => each.index <= index)!;
        const fault = faults.get(index);
        return readAt(file, offsets[index]!, lengths[index]!).pipe(
          Effect.map((bytes): Row => ({
            path,
            index,
            line: lines[index]!,
            bytes,
            ...(unit === undefined ? {} : { unit }),
            ...(fault === undefined ? {} : { fault }),
          })),
          Effect.mapError(cannotRead(path)),
        );
      },
    );
  }));
}

function readAt(file: FileSystem.File, offset: number, length: number) {
  return Effect.gen(function* () {
    yield* file.seek(offset, "start");
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = Number(yield* file.read(bytes.subarray(filled)));
      if (count === 0) break;
      filled += count;
    }
    return bytes;
  });
}
