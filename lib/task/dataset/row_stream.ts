/**
 * Rows of a JSON Lines file or of one JSON array, cut out of a byte stream without holding more than one row.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { LineSplitter, MAX_LINE_BYTES, Pieces } from "../../schema/mod.ts";
import { DatasetError } from "./example.ts";

/** The bytes of one row and where they stand in the file. */
export interface RowBytes {
  /** Line on which the row starts, from 1. */
  readonly line: number;
  /** Offset of the row's first byte. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A row as its file has it. */
export interface Content {
  /** Where it starts, from 1: a line, or the number of the row. */
  readonly line: number;
  /** What `line` counts, if not lines. */
  readonly unit?: "row";
  /** JSON text. */
  readonly bytes?: Uint8Array;
  /** Offset of `bytes` in the file. */
  readonly offset?: number;
  /** What it holds, where it is not JSON text. */
  readonly value?: unknown;
  /** Why it cannot be read. */
  readonly fault?: string;
}

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Cuts a byte stream into rows: a file whose first character is "[" is one array, any other is JSON Lines. Blank lines are no
 * rows.
 *
 * @param stream the file's bytes
 * @param path the file's name, for errors
 * @returns the rows; fails with {@link DatasetError} on an array that does not end or a row over {@link MAX_LINE_BYTES}
 */
export function rows<E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  path: string,
): Stream.Stream<RowBytes, E | DatasetError, R> {
  return Stream.suspend(() => {
    const cutter = new RowCutter(path);
    const attempt = (cut: () => readonly RowBytes[]) =>
      Effect.try({ try: cut, catch: (error) => error as DatasetError });
    return Stream.concat(
      Stream.mapConcatEffect(stream, (chunk) => attempt(() => cutter.push(chunk))),
      Stream.fromIterableEffect(attempt(() => cutter.end())),
    );
  });
}

/** The state between two chunks of a file; its methods throw {@link DatasetError}. */
class RowCutter {
  readonly #path: string;
  readonly #lines = new LineSplitter();
  #array: ArrayCutter | undefined;
  /** Whether nothing but blanks has come. */
  #blank = true;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Uint8Array): readonly RowBytes[] {
    if (this.#array !== undefined) return this.#array.push(chunk);
    if (this.#blank) {
      const at = chunk.findIndex((byte, i) =>
        !isBlank(byte) && BYTE_ORDER_MARK[this.#offset + i] !== byte
      );
      this.#blank = at < 0;
      if (chunk[at] === OPEN_ARRAY) {
        this.#lines.push(chunk.subarray(0, at));
        this.#array = new ArrayCutter(this.#path, this.#lines.number, this.#offset + at + 1);
        return this.#array.push(chunk.subarray(at + 1));
      }
    }
    this.#offset += chunk.length;
    const found = this.#rowsOf(this.#lines.push(chunk));
    if (this.#lines.pending > MAX_LINE_BYTES) throw tooLong(this.#path, this.#lines.number);
    return found;
  }

  end(): readonly RowBytes[] {
    return this.#array?.end() ?? this.#rowsOf(this.#lines.rest());
  }

  #rowsOf(lines: ReturnType<LineSplitter["push"]>): readonly RowBytes[] {
    return lines.flatMap(({ number: line, bytes, end, terminated }) => {
      if (bytes.length > MAX_LINE_BYTES) throw tooLong(this.#path, line);
      const mark = line === 1 && BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)
        ? BYTE_ORDER_MARK.length
        : 0;
      const row = bytes.subarray(mark);
      const offset = end - row.length - (terminated ? 1 : 0);
      return row.every(isBlank) ? [] : [{ line, offset, bytes: row }];
    });
  }
}

/** Cuts the elements of a JSON array. */
class ArrayCutter {
  readonly #path: string;
  readonly #element = new Pieces();
  #state: "before element" | "element" | "after" = "before element";
  #line: number;
  #offset: number;
  #start = { line: 1, offset: 0 };
  /** Brackets open inside the element, and whether the reader stands in a string. */
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Starts after the opening bracket. */
  constructor(path: string, line: number, offset: number) {
    this.#path = path;
    this.#line = line;
    this.#offset = offset;
  }

  push(chunk: Uint8Array): readonly RowBytes[] {
    const found: RowBytes[] = [];
    let position = 0;
    while (position < chunk.length) {
      position = this.#state === "element"
        ? this.#pushElement(chunk, position, found)
        : this.#pushBetween(chunk, position);
    }
    this.#offset += chunk.length;
    return found;
  }

  end(): readonly RowBytes[] {
    if (this.#state === "after") return [];
    throw this.#fault("the JSON array does not end (is the file complete?)");
  }

  #pushBetween(chunk: Uint8Array, position: number): number {
    const byte = chunk[position]!;
    if (byte === NEWLINE) this.#line++;
    if (isBlank(byte)) return position + 1;
    if (this.#state === "after") {
      throw this.#fault("something follows the end of the JSON array");
    }
    if (byte === CLOSE_ARRAY) {
      this.#state = "after";
      return position + 1;
    }
    this.#start = { line: this.#line, offset: this.#offset + position };
    this.#state = "element";
    return position;
  }

  #pushElement(chunk: Uint8Array, from: number, found: RowBytes[]): number {
    for (let position = from; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (byte === NEWLINE) this.#line++;
      if (this.#inString) this.#readString(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#depth++;
      else if (this.#depth > 0 && (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT)) this.#depth--;
      else if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        this.#keep(chunk.subarray(from, position));
        const bytes = this.#element.take();
        if (!bytes.every(isBlank)) found.push({ ...this.#start, bytes });
        this.#state = byte === COMMA ? "before element" : "after";
        return position + 1;
      }
    }
    this.#keep(chunk.subarray(from));
    return chunk.length;
  }

  #readString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #keep(piece: Uint8Array): void {
    this.#element.add(piece);
    if (this.#element.size > MAX_LINE_BYTES) throw tooLong(this.#path, this.#start.line);
  }

  #fault(reason: string): DatasetError {
    return new DatasetError({ path: this.#path, line: this.#line, reason });
  }
}

function tooLong(path: string, line: number): DatasetError {
  const limit = `${MAX_LINE_BYTES / 2 ** 20} MiB`;
  const reason = `the row is longer than ${limit} (is it JSON Lines?)`;
  return new DatasetError({ path, line, reason });
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
