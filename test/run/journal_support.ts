/**
 * What the suites of the journal share.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Chunk, Effect, Stream } from "effect";
import { Journal } from "../../lib/run/mod.ts";
import { toCheckedLine } from "../../lib/run/checked_line.ts";
import { Schema } from "../../lib/schema/mod.ts";

/** A record of these tests. */
export const Sample = Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  arms: Schema.Record({ key: Schema.String, value: Schema.Number }),
});
export type Sample = typeof Sample.Type;

/** The record of a number. */
export const sample = (at: number): Sample => ({
  id: `t/${at}`,
  text: `Ä ${at}\n"`,
  arms: { pt: at },
});
/** With what journals of these records are opened. */
export const options = { config: { task: "t", gamma: 0.1 }, schema: Sample };

/** The line of a record without its line feed. */
export const lineOf = (record: object) => new TextDecoder().decode(toCheckedLine(record)).trimEnd();

/** A fresh directory and the paths in it. */
export const setup = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const directory = path.join(yield* fs.makeTempDirectoryScoped(), "runs", "first");
  return { fs, path, directory, samples: path.join(directory, "samples.jsonl") };
});

/** Opens, does something, and closes again. */
export const session = <A, E, R>(
  directory: string,
  use: (journal: Journal.Journal<Sample>) => Effect.Effect<A, E, R>,
) => Effect.scoped(Effect.flatMap(Journal.open(directory, options), use));

/** The ids of all records, in order. */
export const idsOf = (directory: string) =>
  Journal.rows(directory, Sample).pipe(
    Stream.map(({ id }) => id),
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray),
  );

/** The message of the failure that an effect must end in. */
export const messageOf = <A, E extends Error, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flip(effect).pipe(
    Effect.map((error) => error.message),
    Effect.catchAll(() => Effect.fail(new Error("expected a failure"))),
  );
