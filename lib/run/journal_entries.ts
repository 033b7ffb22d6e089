/**
 * Reading samples.jsonl: every whole record once, in order.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Data, Effect, Either, Stream } from "effect";
import { checkFormat, FileError, streamBytes } from "../schema/files.ts";
import { decode, type Line, lines, MAX_LINE_BYTES } from "../schema/mod.ts";
import { oneLine, parseJson, type Schema } from "../schema/mod.ts";
import { isIntact } from "./checked_line.ts";

/** What every record has: an id that no other record of the run has. */
export interface Identified {
  /** What no other record has. */
  readonly id: string;
}

/** A record and where its line stands in the file. */
export interface Entry<A> {
  readonly record: A;
  /** Offset of the line's first byte. */
  readonly start: number;
  /** Offset of the byte after the line and its line feed. */
  readonly end: number;
}

/** What the user can do about a run of another format. */
export const EVALUATE_AGAIN = "evaluate again into another directory";

/** A line of samples.jsonl that is not the last and cannot be read. */
export class JournalCorrupt extends Data.TaggedError("JournalCorrupt")<{
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot read line ${this.line} of '${this.file}' as ${oneLine(this.reason)} ` +
      "(delete that line to have its example redone)";
  }
}

/** Why the lines of a run cannot be read. */
export type ReadError = FileError | JournalCorrupt;

/** Options of {@linkcode entries}. */
export interface EntriesOptions {
  /** Whether lines have a format number and a checksum; true by default. */
  readonly checked?: boolean;
}

/**
 * The records of a journal. A last line without line feed, or one that is not JSON, is what a crash leaves, and is skipped; the
 * same anywhere else is damage.
 *
 * @param file samples.jsonl
 * @param schema the form of a record
 * @returns the records; fails with {@linkcode JournalCorrupt} on a line that is not as it was written, a record of another form or a
 *   repeated id, and with {@linkcode FileError} on a line of another format
 */
export function entries<A extends Identified, I>(
  file: string,
  schema: Schema.Schema<A, I>,
  { checked = true }: EntriesOptions = {},
): Stream.Stream<Entry<A>, ReadError, FileSystem.FileSystem> {
  const corrupt = (line: number, reason: string) => new JournalCorrupt({ file, line, reason });
  const read = decode(schema);
  return Stream.suspend(() => {
    const seen = new Set<string>();
    // a line that is not JSON is harmless if no line follows
    let torn: JournalCorrupt | undefined;
    const entryOf = (
      { number, bytes, end, terminated }: Line,
    ): Entry<A> | ReadError | undefined => {
      if (torn !== undefined || !terminated) return torn;
      const value = parseJson(bytes);
      if (Either.isLeft(value)) {
        torn = corrupt(number, value.left);
        return undefined;
      }
      const format = checkFormat(checked ? EVALUATE_AGAIN : undefined)(value.right);
      if (Either.isLeft(format)) {
        return new FileError({ action: "read", file, reason: `on line ${number} ${format.left}` });
      }
      if (checked && !isIntact(bytes)) {
        return corrupt(number, "it is not what was written: its checksum differs");
      }
      const record = read(value.right);
      if (Either.isLeft(record)) return corrupt(number, `its record is wrong: ${record.left}`);
      const { id } = record.right;
      if (seen.has(id)) return corrupt(number, `it repeats the id '${id}'`);
      seen.add(id);
      return { record: record.right, start: end - bytes.length - 1, end };
    };
    return streamBytes(file).pipe(
      lines((line) => corrupt(line, `it has more than ${MAX_LINE_BYTES} bytes`)),
      Stream.mapChunksEffect((chunk) =>
        Effect.suspend(() => {
          const found: Entry<A>[] = [];
          for (const line of chunk) {
            const entry = entryOf(line);
            if (entry instanceof Error) return Effect.fail(entry);
            if (entry !== undefined) found.push(entry);
          }
          return Effect.succeed(Chunk.unsafeFromArray(found));
        })
      ),
    );
  });
}
