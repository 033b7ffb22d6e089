/**
 * Examples of a task as a stream, out of files of any size.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import type { PlatformError } from "@effect/platform/Error";
import { Effect, Either, Stream } from "effect";
import { platformReason } from "../../schema/files.ts";
import { parseJson } from "../../schema/mod.ts";
import { datasetFile, type FileChoice } from "./file.ts";
import { DatasetError, type DatasetFormat, type Example } from "./example.ts";
import { permutation } from "./permutation.ts";
import { RowIds } from "./row_ids.ts";
import { type RowBytes, rows } from "./row_stream.ts";

/** Which examples of a dataset to read. */
export interface ExamplesOptions extends FileChoice {
  /** Read at most this many good examples. */
  readonly limit?: number;
  /** Read only these; one that is not in the dataset is an error. */
  readonly ids?: readonly string[];
  /** Shuffle with this seed; keeps 24 bytes a row in memory. */
  readonly shuffleSeed?: number;
  /** Skip rows that cannot be read and hand each to this function; without it, the first one ends the stream. */
  readonly skipBad?: (error: DatasetError) => Effect.Effect<void>;
}

/**
 * Streams the examples of a task in the file's order, or shuffled by a seed.
 *
 * JSON Lines and one JSON array are told apart by the first character; either is read row by row.
 * Memory does not grow with the file, but for what finds duplicates: the ids of rows that bring their own, and a bit for any other row.
 *
 * @param task whose rows to read
 * @param options which file and which of its rows
 * @returns fails with {@link DatasetError} on a missing file, a bad row, a duplicate id, an unknown id, an empty dataset
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const dev = examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 10 });
 *   const golds = yield* Stream.runCollect(Stream.map(dev, ({ gold }) => Number(gold)));
 *   assert.equal([...golds].filter(Number.isInteger).length, 10);
 * });
 * ```
 */
export function examples(
  task: DatasetFormat,
  options: ExamplesOptions = {},
): Stream.Stream<Example, DatasetError, FileSystem.FileSystem> {
  return Stream.unwrap(Effect.map(datasetFile(task, options), (path) => {
    const { shuffleSeed, limit, ids } = options;
    const rows = shuffleSeed === undefined ? rowsInOrder(path) : rowsShuffled(path, shuffleSeed);
    const all = refuseEmpty(path, readExamples(rows, task, path, options));
    const wanted = ids === undefined ? all : onlyIds(path, ids, all);
    return limit === undefined ? wanted : Stream.take(wanted, limit);
  }));
}

/** Read from a file. */
type FromFile<A> = Stream.Stream<A, DatasetError, FileSystem.FileSystem>;

/** A row with its place among the file's rows, from 0. */
interface Row extends RowBytes {
  readonly index: number;
}

/** Bytes read at a time. */
const CHUNK_SIZE = 256 * 1024;

function rowsInOrder(path: string): FromFile<Row> {
  return Stream.unwrap(
    Effect.map(FileSystem.FileSystem, (fs) =>
      fs.stream(path, { chunkSize: CHUNK_SIZE }).pipe(
        Stream.mapError(cannotRead(path)),
        (bytes) => rows(bytes, path),
        Stream.zipWithIndex,
        Stream.map(([row, index]) => ({ ...row, index })),
      )),
  );
}

/** Reads the file twice: once for where its rows stand, then row by row in the seed's order. */
function rowsShuffled(path: string, seed: number): FromFile<Row> {
  return Stream.unwrapScoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const [lines, offsets, lengths]: [number[], number[], number[]] = [[], [], []];
    yield* Stream.runForEach(rowsInOrder(path), ({ line, offset, bytes }) =>
      Effect.sync(() => {
        lines.push(line);
        offsets.push(offset);
        lengths.push(bytes.length);
      }));
    const file = yield* Effect.mapError(fs.open(path), cannotRead(path));
    const order = permutation(lines.length, seed);
    return Stream.mapEffect(Stream.fromIterable(order), (index) => {
      const [line, offset] = [lines[index]!, offsets[index]!];
      return readAt(file, offset, lengths[index]!).pipe(
        Effect.map((bytes) => ({ index, line, offset, bytes })),
        Effect.mapError(cannotRead(path)),
      );
    });
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

/** The rows of any JSON Lines file or JSON array, parsed; integers that a double cannot hold are text. */
export function jsonRows(
  path: string,
): FromFile<{ readonly line: number; readonly value: unknown }> {
  return Stream.mapEffect(
    rowsInOrder(path),
    ({ line, bytes }) =>
      Effect.mapBoth(parseJson(bytes, { exactIntegers: true }), {
        onFailure: (reason) => new DatasetError({ path, line, reason }),
        onSuccess: (value) => ({ line, value }),
      }),
  );
}

const cannotRead = (path: string) => (error: PlatformError) =>
  new DatasetError({ path, reason: platformReason(error) });

/** Decodes rows and refuses ids that come twice; a fault ends the stream or goes to `skipBad`. */
function readExamples(
  all: FromFile<Row>,
  task: DatasetFormat,
  path: string,
  { skipBad }: ExamplesOptions,
): FromFile<Example> {
  return Stream.suspend(() => {
    const ids = new RowIds(path);
    const read = (row: Row): Either.Either<Example, string> =>
      parseJson(row.bytes, { exactIntegers: true }).pipe(
        Either.flatMap((json) => task.toExample(json, ids.nameOf(row.index))),
        Either.flatMap((example) => {
          const fault = ids.note(example.id, row);
          return fault === undefined ? Either.right(example) : Either.left(fault);
        }),
      );
    // by chunks, as an effect for each row would be the larger part of the work
    return Stream.flatMap(Stream.chunks(all), (rows) => {
      const good: Example[] = [];
      const bad: DatasetError[] = [];
      for (const row of rows) {
        const example = read(row);
        if (Either.isRight(example)) good.push(example.right);
        else bad.push(new DatasetError({ path, line: row.line, reason: example.left }));
        if (bad.length > 0 && skipBad === undefined) break;
      }
      const found = Stream.fromIterable(good);
      const [fault] = bad;
      if (fault === undefined) return found;
      return skipBad === undefined
        ? Stream.concat(found, Stream.fail(fault))
        : Stream.concat(Stream.execute(Effect.forEach(bad, skipBad)), found);
    });
  });
}

/** The wanted examples up to the last of them; fails when one has not come. */
function onlyIds(
  path: string,
  ids: readonly string[],
  all: FromFile<Example>,
): FromFile<Example> {
  return Stream.suspend(() => {
    const open = new Set(ids);
    const wanted = open.size;
    let passed = 0;
    const found = Stream.filter(all, ({ id }) => open.delete(id));
    return endWith(Stream.takeUntil(found, () => ++passed === wanted), () => {
      if (open.size === 0) return undefined;
      const named = [...open].slice(0, 5).map((id) => `'${id}'`).join(", ");
      return new DatasetError({ path, reason: `it has no example with id ${named}` });
    });
  });
}

function refuseEmpty(path: string, all: FromFile<Example>): FromFile<Example> {
  return Stream.suspend(() => {
    let isEmpty = true;
    const seen = Stream.mapChunks(all, (rows) => {
      isEmpty &&= rows.length === 0;
      return rows;
    });
    const fault = new DatasetError({ path, reason: "it has no example" });
    return endWith(seen, () => isEmpty ? fault : undefined);
  });
}

/** Lets all pass, and then fails if there is a fault. */
const endWith = <A, E, R, F>(all: Stream.Stream<A, E, R>, faultOf: () => F | undefined) =>
  Stream.concat(
    all,
    Stream.execute(Effect.suspend(() => {
      const fault = faultOf();
      return fault === undefined ? Effect.void : Effect.fail(fault);
    })),
  );
