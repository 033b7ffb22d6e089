/**
 * Reading samples.jsonl: every whole record once, in order.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Data, Effect, Either, Stream } from "effect";
import { type FileError, streamBytes } from "../schema/files.ts";
import { parseJson } from "../schema/mod.ts";
import { decode, oneLine, type Schema } from "../schema/mod.ts";
import { type Line, lines, MAX_LINE_BYTES } from "../schema/mod.ts";

/** What every record has: an id that no other record of the run has. */
export interface Identified {
  /** What no other record has. */
  readonly id: string;
}

/** A record and where its line ends in the file. */
export interface Entry<A> {
  readonly record: A;
  /** Offset of the byte behind the line and its line feed. */
  readonly end: number;
}

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

/**
 * The records of a journal. A last line without line feed, or one that is no JSON, is what a crash leaves, and is skipped; the
 * same anywhere else is damage.
 *
 * @param file samples.jsonl
 * @param schema the form of a record
 * @returns the records; fails with {@linkcode JournalCorrupt} on a damaged line, a record of another form or a repeated id
 */
export function entries<A extends Identified, I>(
  file: string,
  schema: Schema.Schema<A, I>,
): Stream.Stream<Entry<A>, JournalCorrupt | FileError, FileSystem.FileSystem> {
  const corrupt = (line: number, reason: string) => new JournalCorrupt({ file, line, reason });
  const tooLong = (line: number) => corrupt(line, `it has more than ${MAX_LINE_BYTES} bytes`);
  return Stream.suspend(() => {
    const reader = new EntryReader(decode(schema), corrupt);
    return streamBytes(file).pipe(
      lines(tooLong),
      Stream.mapChunksEffect((chunk) => Effect.suspend(() => reader.read(chunk))),
    );
  });
}

class EntryReader<A extends Identified> {
  readonly #decode: (data: unknown) => Either.Either<A, string>;
  readonly #corrupt: (line: number, reason: string) => JournalCorrupt;
  readonly #seen = new Set<string>();
  /** Set by a line that is no JSON: harmless if no line follows. */
  #torn: JournalCorrupt | undefined;

  constructor(
    decode: (data: unknown) => Either.Either<A, string>,
    corrupt: (line: number, reason: string) => JournalCorrupt,
  ) {
    this.#decode = decode;
    this.#corrupt = corrupt;
  }

  read(lines: Chunk.Chunk<Line>): Either.Either<Chunk.Chunk<Entry<A>>, JournalCorrupt> {
    const found: Entry<A>[] = [];
    for (const line of lines) {
      if (this.#torn !== undefined) return Either.left(this.#torn);
      if (!line.terminated) continue;
      const parsed = parseJson(line.bytes);
      if (Either.isLeft(parsed)) {
        this.#torn = this.#corrupt(line.number, parsed.left);
        continue;
      }
      const record = this.#decode(parsed.right);
      if (Either.isLeft(record)) {
        return Either.left(this.#corrupt(line.number, `its record is wrong: ${record.left}`));
      }
      const { id } = record.right;
      if (this.#seen.has(id)) {
        return Either.left(this.#corrupt(line.number, `it repeats the id '${id}'`));
      }
      this.#seen.add(id);
      found.push({ record: record.right, end: line.end });
    }
    return Either.right(Chunk.unsafeFromArray(found));
  }
}
