/**
 * The one door to `@effect/schema`: what the rest of the library needs of it, and decoding whose failure is one readable line.
 *
 * Stability: experimental.
 *
 * @module
 */
import * as Schema from "@effect/schema/Schema";
import * as ArrayFormatter from "@effect/schema/ArrayFormatter";
import type { ParseError } from "@effect/schema/ParseResult";
import { Either } from "effect";

export { Schema };

/**
 * Decodes unknown data; a failure is one line that names the first key at fault.
 *
 * @param schema what the data must be
 * @returns a function from the data to the value, or to the reason as text ("at vocab_size: is missing")
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { decode, Schema } from "dynamic-prompt-corruption/schema";
 *
 * const port = decode(Schema.Struct({ port: Schema.Number }))({ port: "x" });
 * assert.deepEqual(port, Either.left('at port: Expected number, actual "x"'));
 * ```
 */
export function decode<A, I>(
  schema: Schema.Schema<A, I>,
): (data: unknown) => Either.Either<A, string> {
  const run = Schema.decodeUnknownEither(schema);
  return (data) =>
    Either.mapLeft(run(data), (error) => {
      const first = firstIssue(error);
      if (first === undefined) return "does not have the expected form";
      const where = first.path.length === 0 ? "" : `at ${first.path.join(".")}: `;
      return where + first.message.replace(/\s+/g, " ").slice(0, 300);
    });
}

/** The first of an error's issues; undefined where its text needs more stack than there is, as that of 10,000 nested arrays. */
function firstIssue(error: ParseError) {
  try {
    return ArrayFormatter.formatErrorSync(error)[0];
  } catch {
    return undefined;
  }
}

/** Characters of a reason that are shown. */
const SHOWN = 600;

/** A reason as a message can hold it: one line, cut where a file's own content would make it endless. */
export function oneLine(reason: string): string {
  const line = reason.slice(0, 2 * SHOWN).replace(/\s+/g, " ");
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}
export * from "./difference.ts";
export { hasPrototypeKey, parseJson, type ParseOptions } from "./json.ts";
export { type Line, lines, LineSplitter, MAX_LINE_BYTES, Pieces } from "./json_lines.ts";
export { escapesDirectory } from "./links.ts";
