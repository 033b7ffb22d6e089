/**
 * Appending to samples.jsonl: a record is either refused or can be read again.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { FileSystem } from "@effect/platform";
import { Data, Effect, Either, Option } from "effect";
import { FileError, platformReason } from "../schema/files.ts";
import { decode, hasPrototypeKey, MAX_LINE_BYTES, parseJson, Schema } from "../schema/mod.ts";
import { toCheckedLine } from "./checked_line.ts";
import type { Identified } from "./journal_entries.ts";

/** A record that cannot be appended. */
export class InvalidRecord extends Data.TaggedError("InvalidRecord")<{
  readonly id: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot record the example '${this.id}' as ${this.reason}`;
  }
}

/** Appends records. After a write that failed, every further one fails with the same error. */
export interface RecordWriter<A> {
  /** Appends a record and waits until it is on the disk. */
  readonly append: (record: A) => Effect.Effect<void, InvalidRecord | FileError>;
  /** Appends records in one write and waits until they are on the disk. */
  readonly appendAll: (
    records: Iterable<A>,
  ) => Effect.Effect<void, InvalidRecord | FileError>;
}

/** Options of {@linkcode makeWriter}. */
export interface WriterOptions<A, I> {
  /** The file's name, for errors. */
  readonly name: string;
  readonly schema: Schema.Schema<A, I>;
  /** Ids that are recorded already; grows as records reach the disk. */
  readonly finished: Set<string>;
}

/**
 * A writer at the end of an open file; one write at a time, none of which an interruption cuts in two.
 *
 * @param file opened for appending, its content ending with a line feed
 */
export function makeWriter<A extends Identified, I>(
  file: FileSystem.File,
  { name, schema, finished }: WriterOptions<A, I>,
): Effect.Effect<RecordWriter<A>> {
  return Effect.gen(function* () {
    const one = yield* Effect.makeSemaphore(1);
    const toLine = lineOf(schema);
    let failed: FileError | undefined;

    const write = (records: Iterable<A>) =>
      Effect.gen(function* () {
        if (failed !== undefined) return yield* failed;
        const ids = new Set<string>();
        const parts: Uint8Array[] = [];
        for (const record of records) {
          const { id } = record;
          if (finished.has(id) || ids.has(id)) {
            return yield* new InvalidRecord({ id, reason: "it is recorded already" });
          }
          ids.add(id);
          parts.push(yield* toLine(record));
        }
        if (parts.length === 0) return;
        const fail = (reason: string) =>
          failed = new FileError({ action: "write", file: name, reason });
        yield* Effect.zipRight(file.writeAll(Buffer.concat(parts)), file.sync).pipe(
          // What a failed write left may be half a line: only opening the directory again makes the end whole.
          Effect.mapError((error) =>
            fail(
              `${platformReason(error)}; finished examples are kept: once this is fixed, ` +
                "run the same command again",
            )
          ),
        );
        if (yield* isDeleted(file)) return yield* fail("it was deleted while the run wrote to it");
        for (const id of ids) finished.add(id);
      }).pipe(Effect.uninterruptible, one.withPermits(1));

    return { append: (record) => write([record]), appendAll: write };
  });
}

/** Whether an open file has lost its last name: what is written to it is lost with this process. */
const isDeleted = (file: FileSystem.File): Effect.Effect<boolean> =>
  Effect.match(file.stat, {
    onFailure: () => false,
    onSuccess: ({ nlink }) => Option.contains(nlink, 0),
  });

/** The line of a record, line feed included, checked to give the record again. */
function lineOf<A extends Identified, I>(
  schema: Schema.Schema<A, I>,
): (record: A) => Either.Either<Uint8Array, InvalidRecord> {
  const encode = Schema.encodeEither(schema);
  const read = decode(schema);
  return (record) => {
    const refuse = (reason: string) => new InvalidRecord({ id: record.id, reason });
    // Looked for before encoding, which assigns key by key and so would drop it.
    if (hasPrototypeKey(record)) return Either.left(refuse('it has the forbidden key "__proto__"'));
    const encoded = encode(record);
    if (Either.isLeft(encoded)) {
      return Either.left(refuse(encoded.left.message.replace(/\s+/g, " ").slice(0, 300)));
    }
    const line = toCheckedLine(encoded.right as object);
    if (line.length > MAX_LINE_BYTES) {
      return Either.left(refuse(`a line may have ${MAX_LINE_BYTES} bytes: found ${line.length}`));
    }
    return Either.flatMap(parseJson(line), read).pipe(
      Either.mapBoth({
        onLeft: (reason) => refuse(`it could not be read again: ${reason}`),
        onRight: () => line,
      }),
    );
  };
}
