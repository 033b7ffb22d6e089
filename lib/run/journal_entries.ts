/**
 * Reading samples.jsonl: every whole record once, in order.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Data, Effect, Either, Stream } from "effect";
import { checkFormat, FileError, streamBytes } from "../schema/files.ts";
import {
  decode,
  type Line,
  lines,
  MAX_LINE_BYTES,
  oneLine,
  parseJson,
  type Schema,
} from "../schema/mod.ts";
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
  /** Offset of the byte behind the line and its line feed. */
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
): Stream.Stream<Entry<A>, JournalCorrupt | FileError, FileSystem.FileSystem> {
  const tooLong = (line: number) =>
    new JournalCorrupt({ file, line, reason: `it has more than ${MAX_LINE_BYTES} bytes` });
  return Stream.suspend(() => {
    const reader = new EntryReader(file, decode(schema), checked);
    return streamBytes(file).pipe(
      lines(tooLong),
      Stream.mapChunksEffect((chunk) => Effect.suspend(() => reader.read(chunk))),
    );
  });
}

class EntryReader<A extends Identified> {
  readonly #file: string;
  readonly #decode: (data: unknown) => Either.Either<A, string>;
  readonly #checked: boolean;
  readonly #seen = new Set<string>();
  /** Set by a line that is not JSON: harmless if no line follows. */
  #torn: JournalCorrupt | undefined;

  constructor(
    file: string,
    decode: (data: unknown) => Either.Either<A, string>,
    checked: boolean,
  ) {
    this.#file = file;
    this.#decode = decode;
    this.#checked = checked;
  }

  read(lines: Chunk.Chunk<Line>): Either.Either<Chunk.Chunk<Entry<A>>, JournalCorrupt | FileError> {
    const found: Entry<A>[] = [];
    for (const line of lines) {
      if (this.#torn !== undefined) return Either.left(this.#torn);
      if (!line.terminated) continue;
      const parsed = parseJson(line.bytes);
      if (Either.isLeft(parsed)) {
        this.#torn = this.#corrupt(line, parsed.left);
        continue;
      }
      const record = this.#check(line, parsed.right);
      if (Either.isLeft(record)) return Either.left(record.left);
      found.push({
        record: record.right,
        start: line.end - line.bytes.length - 1,
        end: line.end,
      });
    }
    return Either.right(Chunk.unsafeFromArray(found));
  }

  #check(line: Line, value: unknown): Either.Either<A, JournalCorrupt | FileError> {
    const format = checkFormat(this.#checked ? EVALUATE_AGAIN : undefined)(value);
    if (Either.isLeft(format)) {
      const reason = `on line ${line.number} ${format.left}`;
      return Either.left(new FileError({ action: "read", file: this.#file, reason }));
    }
    const refuse = (reason: string) => Either.left(this.#corrupt(line, reason));
    if (this.#checked && !isIntact(line.bytes)) {
      return refuse("it is not what was written: its checksum differs");
    }
    const record = this.#decode(value);
    if (Either.isLeft(record)) return refuse(`its record is wrong: ${record.left}`);
    const { id } = record.right;
    if (this.#seen.has(id)) return refuse(`it repeats the id '${id}'`);
    this.#seen.add(id);
    return Either.right(record.right);
  }

  #corrupt({ number }: Line, reason: string): JournalCorrupt {
    return new JournalCorrupt({ file: this.#file, line: number, reason });
  }
}
