/**
 * JSON Lines as a stream: lines with their numbers and byte offsets.
 *
 * @module
 */
import { Chunk, Effect, Stream } from "effect";

/** One line of a file. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Its bytes, without the line feed. */
  readonly bytes: Uint8Array;
  /** Offset of the byte after the line and its line feed. */
  readonly end: number;
  /** Whether a line feed ends it; only the last line of a file can lack it. */
  readonly terminated: boolean;
}

/** Bytes a line may have; beyond it, a damaged file without line feeds would fill the memory. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

const LINE_FEED = 0x0a;

/**
 * Cuts a byte stream into lines; holds one line at a time.
 *
 * @param tooLong the error for a line of more than {@linkcode MAX_LINE_BYTES}, given its number
 */
export function lines<E2>(
  tooLong: (line: number) => E2,
): <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) => Stream.Stream<Line, E | E2, R> {
  return (bytes) =>
    Stream.suspend(() => {
      const splitter = new LineSplitter();
      const cut = Stream.mapChunksEffect(bytes, (chunk) =>
        Effect.suspend(() => {
          const found = Chunk.toReadonlyArray(chunk).flatMap((part) => splitter.push(part));
          return splitter.pending > MAX_LINE_BYTES
            ? Effect.fail(tooLong(splitter.number))
            : Effect.succeed(Chunk.unsafeFromArray(found));
        }));
      return Stream.concat(cut, Stream.suspend(() => Stream.fromIterable(splitter.rest())));
    });
}

/** Bytes that come in pieces. */
export class Pieces {
  /** Bytes so far. */
  size = 0;
  #parts: Uint8Array[] = [];

  /** Adds a piece, which is not copied. */
  add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.size += part.length;
  }

  /** All bytes; starts anew. */
  take(): Uint8Array {
    const [first, ...others] = this.#parts;
    let bytes = first ?? new Uint8Array();
    if (others.length > 0) {
      bytes = new Uint8Array(this.size);
      let at = 0;
      for (const part of this.#parts) {
        bytes.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.size = 0;
    return bytes;
  }
}

/** Splits a file that comes in pieces into lines. */
export class LineSplitter {
  /** Number of the line that is being read. */
  number = 1;
  readonly #line = new Pieces();
  #offset = 0;

  /** Bytes of the line so far. */
  get pending(): number {
    return this.#line.size;
  }

  /** The lines that a further piece ends. */
  push(part: Uint8Array): readonly Line[] {
    const found: Line[] = [];
    let start = 0;
    for (let at = part.indexOf(LINE_FEED); at >= 0; at = part.indexOf(LINE_FEED, start)) {
      this.#line.add(part.subarray(start, at));
      found.push(this.#finish(true));
      start = at + 1;
    }
    this.#line.add(part.subarray(start));
    return found;
  }

  /** The last line, where no line feed ends it. */
  rest(): readonly Line[] {
    return this.pending === 0 ? [] : [this.#finish(false)];
  }

  #finish(terminated: boolean): Line {
    const bytes = this.#line.take();
    this.#offset += bytes.length + (terminated ? 1 : 0);
    return { number: this.number++, bytes, end: this.#offset, terminated };
  }
}
