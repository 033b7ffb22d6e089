/**
 * A run directory: its configuration (run.json), one line per finished example (samples.jsonl), and results written in one step.
 *
 * A record counts from the moment its line, line feed included, is on the disk. So whatever ends the process, opening the
 * directory again finds whole records and at most one torn last line, which is dropped and its example redone.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, type Scope, Stream } from "effect";
import { FileError, fileError, type Files, FORMAT, writeAtomic } from "../schema/files.ts";
import { differences, Schema, toJson } from "../schema/mod.ts";
import { ConfigurationChanged } from "./configuration.ts";
import { entries, type Identified, type ReadError } from "./journal_entries.ts";
import { sortLines } from "./journal_order.ts";
import { type InvalidRecord, makeWriter, type RecordWriter } from "./journal_writer.ts";
import { lockRun, type RunLocked } from "./lock.ts";
import { readRunFile, RUN_FILE, type RunFile } from "./run_files.ts";

export type { Difference } from "../schema/mod.ts";
export { ConfigurationChanged } from "./configuration.ts";
export { type Identified, JournalCorrupt, type ReadError } from "./journal_entries.ts";
export { InvalidRecord, type RecordWriter } from "./journal_writer.ts";
export { type Place, RunLocked, type Writer } from "./lock.ts";
export { RUN_FILE } from "./run_files.ts";

/** The file of a run directory that holds its records. */
export const SAMPLES_FILE = "samples.jsonl";

/** Why a run directory cannot be opened. */
export type OpenError = RunLocked | ConfigurationChanged | ReadError;

/** Options of {@linkcode open}. */
export interface OpenOptions<A, I> {
  /** What makes the run this run; must be the same when it is continued. */
  readonly config: unknown;
  /** Recorded for each session but not compared: versions, machine, time. */
  readonly about?: unknown;
  /** The form of a record. */
  readonly schema: Schema.Schema<A, I>;
}

/** An open run directory; only one process has it at a time. */
export interface Journal<A> extends RecordWriter<A> {
  /** The run directory. */
  readonly directory: string;
  /** Ids on the disk; grows with every append. */
  readonly finished: ReadonlySet<string>;
  /** Bytes of a torn last line that opening dropped; 0 if there was none. */
  readonly dropped: number;
  /** Writes a file of the directory in one step: it has the whole content or, after a crash, the previous one. */
  readonly writeAtomic: (
    name: string,
    content: string | Uint8Array,
  ) => Effect.Effect<void, FileError>;
}

/**
 * Opens a run directory, new or to be continued, and holds it until the scope closes.
 *
 * @param directory made if it is missing
 * @returns the journal; fails with {@linkcode RunLocked} while another process has the directory,
 *   {@linkcode ConfigurationChanged} if the directory holds another run, {@linkcode JournalCorrupt} for a damaged
 *   line, and {@linkcode FileError}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Journal } from "dynamic-prompt-corruption/run";
 * import { Schema } from "dynamic-prompt-corruption/schema";
 *
 * const schema = Schema.Struct({ id: Schema.String, correct: Schema.Boolean });
 * export const program = Effect.gen(function* () {
 *   const journal = yield* Journal.open("runs/own", { config: { task: "gsm8k" }, schema });
 *   if (!journal.finished.has("gsm8k/0")) yield* journal.append({ id: "gsm8k/0", correct: true });
 *   assert.ok(journal.finished.has("gsm8k/0"));
 * }).pipe(Effect.scoped);
 * ```
 */
export function open<A extends Identified, I>(
  directory: string,
  { config, about = {}, schema }: OpenOptions<A, I>,
): Effect.Effect<Journal<A>, OpenError, Files | Scope.Scope> {
  return Effect.gen(function* () {
    const context = yield* Effect.context<Files>();
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const samples = path.join(directory, SAMPLES_FILE);
    yield* fs.makeDirectory(directory, { recursive: true }).pipe(
      // Node calls a read-only file system "no such file" when it makes parents too; asked for one, it tells the truth.
      Effect.orElse(() => fs.makeDirectory(directory)),
      Effect.mapError(fileError("write", directory)),
    );
    yield* checkSamples(samples);
    yield* lockRun(directory);
    yield* removeTemporaries(directory);
    yield* writeRun(directory, config, about);
    const file = yield* fs.open(samples, { flag: "a" }).pipe(
      Effect.mapError(fileError("write", samples)),
    );
    yield* syncDirectory(directory);

    const finished = new Set<string>();
    let end = 0;
    yield* Stream.runForEachChunk(entries(samples, schema), (chunk) =>
      Effect.sync(() => {
        for (const entry of chunk) {
          finished.add(entry.record.id);
          end = entry.end;
        }
      }));
    const dropped = yield* dropTail(samples, end);

    return {
      directory,
      finished,
      dropped,
      ...(yield* makeWriter(file, { name: samples, schema, finished })),
      writeAtomic: (name: string, content: string | Uint8Array) => {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        const target = path.join(directory, name);
        return name === path.basename(name) && name !== RUN_FILE && name !== SAMPLES_FILE
          ? Effect.provide(writeAtomic(target, [bytes]), context)
          : Effect.fail(
            new FileError({
              action: "write",
              file: target,
              reason: "results need a plain file name that is not the journal's own",
            }),
          );
      },
    };
  }).pipe(Effect.withSpan("journal.open", { attributes: { directory } }));
}

/**
 * Puts the records of a run directory in an order, in one step; nothing may be appended afterwards.
 *
 * @param journal whose records they are
 * @param schema the form of a record
 * @param rankOf where a record belongs, from 0
 */
export function sort<A extends Identified, I>(
  { directory }: Pick<Journal<A>, "directory">,
  schema: Schema.Schema<A, I>,
  rankOf: (record: A) => number,
): Effect.Effect<void, ReadError, Files> {
  return Effect.flatMap(
    Path.Path,
    (path) => sortLines(path.join(directory, SAMPLES_FILE), schema, rankOf),
  );
}

/**
 * Records a stream as it passes: each element goes on once it is on the disk.
 *
 * @param journal where to
 */
export function append<A>(
  journal: Journal<A>,
): <E, R>(
  stream: Stream.Stream<A, E, R>,
) => Stream.Stream<A, E | InvalidRecord | FileError, R> {
  return (stream) =>
    Stream.mapChunksEffect(stream, (chunk) => Effect.as(journal.appendAll(chunk), chunk));
}

/**
 * The records of a run directory in their order, for computing results again; takes no lock and changes nothing. A torn
 * last line is skipped.
 *
 * @param directory a run directory
 * @param schema the form of a record
 * @returns records one by one; fails with {@linkcode JournalCorrupt} on a damaged line or a repeated id
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Journal } from "dynamic-prompt-corruption/run";
 * import { Sample } from "dynamic-prompt-corruption/results";
 *
 * export const program = Effect.gen(function* () {
 *   const samples = yield* Stream.runCollect(Journal.rows("runs/first", Sample));
 *   assert.equal(samples.length, 8);
 * });
 * ```
 */
export function rows<A extends Identified, I>(
  directory: string,
  schema: Schema.Schema<A, I>,
): Stream.Stream<A, ReadError, Files> {
  return Stream.unwrap(
    Effect.map(
      Path.Path,
      (path) =>
        Stream.map(entries(path.join(directory, SAMPLES_FILE), schema), ({ record }) => record),
    ),
  );
}

/** Refuses what must not be appended to: a link, which may lead to a file elsewhere, and a pipe that nobody reads. */
function checkSamples(file: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const isLink = yield* Effect.isSuccess(fs.readLink(file));
    const type = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(file), (info) => info.type),
      () => "File",
    );
    if (!isLink && type === "File") return;
    const reason = `it is ${isLink ? "a link" : "not a regular file"}: choose another directory`;
    return yield* new FileError({ action: "write", file, reason });
  });
}

/**
 * Whether a directory can hold a run of this configuration, so that it is refused before a model is opened; changes nothing.
 *
 * @returns what run.json has; null where there is none yet
 */
export function check(
  directory: string,
  config: unknown,
): Effect.Effect<
  RunFile | null,
  ConfigurationChanged | FileError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const [file, samples] = [RUN_FILE, SAMPLES_FILE].map((name) => path.join(directory, name));
    const exists = (name: string) => fs.exists(name).pipe(Effect.mapError(fileError("read", name)));
    let parent = directory;
    while (
      !(yield* Effect.orElseSucceed(fs.exists(parent), () => false)) &&
      path.dirname(parent) !== parent
    ) parent = path.dirname(parent);
    const { type } = yield* fs.stat(parent).pipe(Effect.mapError(fileError("read", parent)));
    if (type !== "Directory") {
      const reason = `'${parent}' is not a folder`;
      return yield* new FileError({ action: "write", file: directory, reason });
    }
    if (yield* exists(file!)) {
      const run = yield* readRunFile(directory, Schema.Unknown);
      const changed = differences(run.config, toJson(config));
      return changed.length === 0
        ? run
        : yield* new ConfigurationChanged({ directory, differences: changed });
    }
    if (yield* exists(samples!)) {
      const reason =
        `'${SAMPLES_FILE}' lies beside it, so its configuration is lost: choose another directory`;
      return yield* new FileError({ action: "read", file: file!, reason });
    }
    yield* fs.access(parent, { writable: true }).pipe(
      Effect.mapError(fileError("write", directory)),
    );
    return null;
  });
}

/** Checks run.json against the configuration, or makes it; notes the session. */
function writeRun(directory: string, config: unknown, about: unknown) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const recorded = yield* check(directory, config);
    const run = {
      format: FORMAT,
      config: recorded === null ? toJson(config) : recorded.config,
      sessions: [...recorded?.sessions ?? [], toJson(about)],
    };
    yield* writeAtomic(
      path.join(directory, RUN_FILE),
      [new TextEncoder().encode(JSON.stringify(run, null, 2) + "\n")],
    );
  });
}

/** Cuts what lies after the last whole record; returns how many bytes that were. */
function dropTail(file: string, end: number) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const size = Number((yield* fs.stat(file)).size);
    if (size > end) yield* fs.truncate(file, end);
    return size - end;
  }).pipe(Effect.mapError(fileError("write", file)));
}

/** Removes what an atomic write left that did not come to its end. */
function removeTemporaries(directory: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    for (const name of yield* fs.readDirectory(directory)) {
      if (/\.[0-9a-f]{8}\.tmp$/.test(name)) yield* fs.remove(path.join(directory, name));
    }
  }).pipe(Effect.mapError(fileError("write", directory)));
}

/** Makes new names in a directory survive a power failure, where the system can do so. */
function syncDirectory(directory: string) {
  return FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.open(directory, { flag: "r" })),
    Effect.flatMap((handle) => handle.sync),
    Effect.scoped,
    Effect.ignore,
  );
}
