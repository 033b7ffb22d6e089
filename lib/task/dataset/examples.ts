/**
 * Examples of a task as a stream, out of files of any size.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Effect, Either, Stream } from "effect";
import { datasetFiles, type FileChoice } from "./file.ts";
import { DatasetError, type DatasetFormat, type Example } from "./example.ts";
import { RowIds } from "./row_ids.ts";
import { type FromFile, type Row, rowsInOrder, rowsShuffled, valueOf } from "./rows.ts";

/** Which examples of a dataset to read. */
export interface ExamplesOptions extends FileChoice {
  /** Read at most this many good examples. */
  readonly limit?: number;
  /** Read only these; one that is not in the dataset is an error. */
  readonly ids?: readonly string[];
  /** Leave these out; one that is not in the dataset is an error once all of it is read. */
  readonly excludeIds?: readonly string[];
  /** Shuffle with this seed; keeps 24 bytes a row in memory, and a copy in a temporary file of what is not JSON or in several files. */
  readonly shuffleSeed?: number;
  /** Skip rows that cannot be read and hand each to this function; without it, the first one ends the stream. */
  readonly skipBad?: (error: DatasetError) => Effect.Effect<void>;
}

/**
 * Streams the examples of a task in the file's order, or shuffled by a seed.
 *
 * Files are parquet, CSV or TSV by their extension, else JSON: JSON Lines and one JSON array are told apart by the first character. Any is
 * read row by row, parquet by row groups, and unpacked where the name ends in ".gz".
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
  return Stream.unwrap(Effect.map(datasetFiles(task, options), (paths) => {
    const { shuffleSeed, limit, ids, excludeIds } = options;
    const [path] = paths;
    const rows = shuffleSeed === undefined ? rowsInOrder(paths) : rowsShuffled(paths, shuffleSeed);
    const all = refuseEmpty(path, readExamples(rows, task, path, options));
    const kept = excludeIds === undefined ? all : withoutIds(path, excludeIds, all);
    const wanted = ids === undefined ? kept : onlyIds(path, ids, kept);
    return limit === undefined ? wanted : Stream.take(wanted, limit);
  }));
}

/** The rows of any file, parsed; integers that a double cannot hold are text. */
export function jsonRows(
  path: string,
): FromFile<{ readonly line: number; readonly value: unknown }> {
  return Stream.mapEffect(
    rowsInOrder([path]),
    (row) =>
      Effect.mapBoth(valueOf(row), {
        onFailure: (reason) => faultOf(row, reason),
        onSuccess: (value) => ({ line: row.line, value }),
      }),
  );
}

const faultOf = ({ path, line, unit }: Row, reason: string) =>
  new DatasetError({ path, line, reason, ...(unit === undefined ? {} : { unit }) });

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
      valueOf(row).pipe(
        Either.flatMap((value) => task.toExample(value, ids.nameOf(row.index))),
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
        else bad.push(faultOf(row, example.left));
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
      return unknownIds(path, open);
    });
  });
}

/** All but some; fails at the end when one of these has not come. */
function withoutIds(
  path: string,
  ids: readonly string[],
  all: FromFile<Example>,
): FromFile<Example> {
  return Stream.suspend(() => {
    const left = new Set(ids);
    const excluded = new Set(ids);
    const kept = Stream.filter(all, ({ id }) => {
      left.delete(id);
      return !excluded.has(id);
    });
    return endWith(kept, () => unknownIds(path, left));
  });
}

function unknownIds(path: string, ids: ReadonlySet<string>): DatasetError | undefined {
  if (ids.size === 0) return undefined;
  const named = [...ids].slice(0, 5).map((id) => `'${id}'`).join(", ");
  return new DatasetError({ path, reason: `it has no example with id ${named}` });
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
