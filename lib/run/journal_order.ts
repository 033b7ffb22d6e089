/**
 * Putting the lines of samples.jsonl in order: they are appended as they are finished, so that none waits in memory for a slow one.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, Option, Stream } from "effect";
import { type FileError, fileError, type Files, writeAtomicFrom } from "../schema/files.ts";
import type { Schema } from "../schema/mod.ts";
import { entries, type Identified, type ReadError } from "./journal_entries.ts";

/**
 * Sorts the lines of a file in one step; a file that is in order is left alone.
 *
 * @param file samples.jsonl, to which nothing is appended any more
 * @param schema the form of a record
 * @param rankOf where a record belongs, from 0
 */
export function sortLines<A extends Identified, I>(
  file: string,
  schema: Schema.Schema<A, I>,
  rankOf: (record: A) => number,
): Effect.Effect<void, ReadError, Files> {
  return Effect.gen(function* () {
    const lines: { readonly rank: number; readonly start: number; readonly end: number }[] = [];
    yield* Stream.runForEach(
      entries(file, schema),
      ({ record, start, end }) =>
        Effect.sync(() => void lines.push({ rank: rankOf(record), start, end })),
    );
    if (lines.every(({ rank }, at) => at === 0 || lines[at - 1]!.rank <= rank)) return;
    lines.sort((a, b) => a.rank - b.rank || a.start - b.start);
    const fs = yield* FileSystem.FileSystem;
    const failed = fileError("read", file);
    yield* Effect.scoped(Effect.gen(function* () {
      const source = yield* Effect.mapError(fs.open(file), failed);
      yield* writeAtomicFrom<FileError, never>(
        file,
        (write) =>
          Effect.forEach(lines, ({ start, end }) =>
            Effect.gen(function* () {
              yield* source.seek(start, "start");
              const bytes = yield* Effect.mapError(source.readAlloc(end - start), failed);
              yield* write(Option.getOrElse(bytes, () => new Uint8Array()));
            }), { discard: true }),
      );
    }));
  });
}
