/**
 * Rows of a JSON Lines file or of one JSON array, cut out of a byte stream without holding more than one row.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { DatasetError } from "./example.ts";

/** The bytes of one row and where they stand in the file. */
export interface RowBytes {
  /** Line on which the row starts, from 1. */
  readonly line: number;
  /** Offset of the row's first byte. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes a row may have; beyond it, a file without line ends would fill the memory. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Cuts a byte stream into rows: a file whose first character is "[" is one array, any other is JSON Lines. Blank lines are no
 * rows.
 *
 * @param stream the file's bytes
 * @param path the file's name, for errors
 * @returns the rows; fails with {@link DatasetError} on an array that does not end or a row over {@link MAX_ROW_BYTES}
 */
export function rows<E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  path: string,
): Stream.Stream<RowBytes, E | DatasetError, R> {
  return Stream.suspend(() => {
    const cutter = new Cutter(path);
    const attempt = (cut: () => readonly RowBytes[]) =>
      Effect.try({ try: cut, catch: (error) => error as DatasetError });
    return Stream.concat(
      Stream.mapConcatEffect(stream, (chunk) => attempt(() => cutter.push(chunk))),
      Stream.fromIterableEffect(attempt(() => cutter.end())),
    );
  });
}

type Layout = "unknown" | "lines" | "before array element" | "array element" | "after array";

/** The state between two chunks of a file; its methods throw {@link DatasetError}. */
class Cutter {
  readonly #path: string;
  #layout: Layout = "unknown";
  #line = 1;
  #offset = 0;
  /** The row being read: its pieces from earlier chunks, and where it started. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  #start = { line: 1, offset: 0 };
  /** Brackets open inside the array element, and whether the reader stands in a string. */
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Uint8Array): readonly RowBytes[] {
    const found: RowBytes[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#layout === "unknown") position = this.#sniff(chunk, position);
      else if (this.#layout === "lines") position = this.#pushLine(chunk, position, found);
      else if (this.#layout === "array element") {
        position = this.#pushElement(chunk, position, found);
      } else position = this.#pushBetween(chunk, position);
    }
    this.#offset += chunk.length;
    return found;
  }

  end(): readonly RowBytes[] {
    if (this.#layout === "array element" || this.#layout === "before array element") {
      throw this.#fault("the JSON array does not end (is the file complete?)", this.#line);
    }
    const found: RowBytes[] = [];
    if (this.#layout === "lines") this.#finish(found);
    return found;
  }

  #sniff(chunk: Uint8Array, position: number): number {
    const byte = chunk[position]!;
    if (isBlank(byte) || BYTE_ORDER_MARK[this.#offset + position] === byte) {
      return this.#skip(byte, position);
    }
    this.#begin(position);
    this.#layout = byte === OPEN_ARRAY ? "before array element" : "lines";
    return byte === OPEN_ARRAY ? position + 1 : position;
  }

  #pushLine(chunk: Uint8Array, position: number, found: RowBytes[]): number {
    const newline = chunk.indexOf(NEWLINE, position);
    if (newline < 0) {
      this.#keep(chunk.slice(position));
      return chunk.length;
    }
    this.#keep(chunk.slice(position, newline));
    this.#finish(found);
    this.#line++;
    this.#begin(newline + 1);
    return newline + 1;
  }

  #pushBetween(chunk: Uint8Array, position: number): number {
    const byte = chunk[position]!;
    if (isBlank(byte)) return this.#skip(byte, position);
    if (this.#layout === "after array") {
      throw this.#fault("something follows the end of the JSON array", this.#line);
    }
    if (byte === CLOSE_ARRAY) {
      this.#layout = "after array";
      return position + 1;
    }
    this.#begin(position);
    this.#layout = "array element";
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
        this.#keep(chunk.slice(from, position));
        this.#finish(found);
        this.#layout = byte === COMMA ? "before array element" : "after array";
        return position + 1;
      }
    }
    this.#keep(chunk.slice(from));
    return chunk.length;
  }

  #readString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #skip(byte: number, position: number): number {
    if (byte === NEWLINE) this.#line++;
    return position + 1;
  }

  #begin(position: number): void {
    this.#start = { line: this.#line, offset: this.#offset + position };
  }

  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > MAX_ROW_BYTES) {
      const limit = `${MAX_ROW_BYTES / 1024 / 1024} MiB`;
      throw this.#fault(`the row is longer than ${limit} (is it JSON Lines?)`, this.#start.line);
    }
    this.#pieces.push(piece);
  }

  #finish(found: RowBytes[]): void {
    const bytes = this.#pieces.length === 1
      ? this.#pieces[0]!
      : concatenate(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
    if (!bytes.every(isBlank)) found.push({ ...this.#start, bytes });
  }

  #fault(reason: string, line: number): DatasetError {
    return new DatasetError({ path: this.#path, line, reason });
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function concatenate(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
