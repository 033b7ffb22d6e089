/**
 * Files as every folder reads and writes them: bounded in size, decoded by a schema, replaced in one step, and with
 * failures that are one readable line. Kept out of `mod.ts` so that the pure folders never load a platform.
 *
 * Stability: experimental.
 *
 * @module
 */
import { type Error as Platform, FileSystem, type Path } from "@effect/platform";
import { Data, Effect, Either, Stream } from "effect";
import { createHash, type Hash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { parseJson } from "./json.ts";
import { decode, oneLine, type Schema } from "./mod.ts";

/** What reading and writing files in folders needs. */
export type Files = FileSystem.FileSystem | Path.Path;

/** A file that could not be read or written; `reason` completes the sentence "Cannot read 'file' as ...". */
export class FileError extends Data.TaggedError("FileError")<{
  readonly action: "read" | "write";
  readonly file: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot ${this.action} '${this.file}' as ${oneLine(this.reason)}`;
  }
}

const REASONS: Partial<Record<Platform.SystemErrorReason, string>> = {
  NotFound: "there is no such file",
  PermissionDenied: "permission is denied",
  AlreadyExists: "it exists already",
};

/** Says in plain words why the system refused; completes "as ...". */
export function platformReason(error: Platform.PlatformError): string {
  const known = error._tag === "SystemError" ? REASONS[error.reason] : undefined;
  return known ?? `the system says "${(error.description ?? error.message).split("\n")[0]}"`;
}

/** Turns a platform error into a {@linkcode FileError} about one file. */
export function fileError(
  action: "read" | "write",
  file: string,
): (error: Platform.PlatformError) => FileError {
  return (error) => {
    const lacksFolder = action === "write" && error._tag === "SystemError" &&
      error.reason === "NotFound";
    const reason = lacksFolder ? "there is no such folder" : platformReason(error);
    return new FileError({ action, file, reason });
  };
}

/** Bytes that a folder's disk has room for; undefined where the system does not say. */
export const freeBytes = (folder: string): Effect.Effect<number | undefined> =>
  Effect.promise(() => statfs(folder).then(({ bavail, bsize }) => bavail * bsize, () => undefined));

/** The same where so many bytes do not fit; undefined where they do, or where the system does not say. */
export const roomBelow = (folder: string, bytes: number): Effect.Effect<number | undefined> =>
  Effect.map(freeBytes(folder), (free) => free === undefined || bytes < free ? undefined : free);

/** Bytes for a user to read: `2.5 GB`. */
export const gigabytes = (bytes: number): string =>
  `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;

/** Bytes a file may have by default: parsed, JSON takes up to twenty times as much of memory. */
const DEFAULT_MAX_BYTES = 16 * 2 ** 20;
/** Bytes that are hashed at a time. */
const HASHED_BYTES = 2 ** 20;

/** Options of {@linkcode readBytes}. */
export interface ReadOptions {
  /** Refuse a larger file before reading it (16 MiB by default). */
  readonly maxBytes?: number;
}

/** The number of the form in which run.json, samples.jsonl, results.json and dpc.json are written; no other is read. */
export const FORMAT = 2;

/**
 * A stored value if its format is {@linkcode FORMAT}, or else the reason why it is not read.
 *
 * @param remedy what the user can do about one of another format; undefined where the file has no format number
 */
export function checkFormat(
  remedy: string | undefined,
): (value: unknown) => Either.Either<unknown, string> {
  return (value) => {
    if (remedy === undefined || typeof value !== "object" || value === null) {
      return Either.right(value);
    }
    const { format } = value as { readonly format?: unknown };
    if (format === FORMAT) return Either.right(value);
    const found = typeof format === "number"
      ? `its format is ${format}`
      : "it has no format number";
    return Either.left(`${found} and this version reads format ${FORMAT}: ${remedy}`);
  };
}

/** Options of {@linkcode readJson}. */
export interface ReadJsonOptions extends ReadOptions {
  /** Of a file with a {@linkcode FORMAT}: what the user can do about one of another format. */
  readonly remedy?: string;
  /** Allow the key `__proto__`, for words as keys that are never assigned to another object; false by default. */
  readonly anyKeys?: boolean;
}

/** Reads a whole file whose size is checked first; fails with {@linkcode FileError}. */
export function readBytes(
  file: string,
  { maxBytes = DEFAULT_MAX_BYTES }: ReadOptions = {},
): Effect.Effect<Uint8Array, FileError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const info = yield* fs.stat(file).pipe(Effect.mapError(fileError("read", file)));
    if (info.type !== "File") return yield* irregular(file);
    if (Number(info.size) > maxBytes) {
      const reason = `it may have at most ${maxBytes} bytes: found ${info.size}`;
      return yield* new FileError({ action: "read", file, reason });
    }
    return yield* fs.readFile(file).pipe(Effect.mapError(fileError("read", file)));
  });
}

/** A regular file's bytes as they come; fails with {@linkcode FileError}, also for a named pipe, which would never end. */
export function streamBytes(
  file: string,
): Stream.Stream<Uint8Array, FileError, FileSystem.FileSystem> {
  return Stream.unwrap(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const { type } = yield* Effect.mapError(fs.stat(file), fileError("read", file));
    return type === "File"
      ? Stream.mapError(fs.stream(file), fileError("read", file))
      : Stream.fail(irregular(file));
  }));
}

/**
 * SHA-256 of a regular file, read piece by piece: a GiB takes about a second and no memory; fails with {@linkcode FileError}.
 *
 * @param begin makes another hash
 * @returns 64 hexadecimal digits
 */
export function hashFile(
  file: string,
  begin: () => Hash = () => createHash("sha256"),
): Effect.Effect<string, FileError, FileSystem.FileSystem> {
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const { type } = yield* fs.stat(file);
    if (type !== "File") return yield* irregular(file);
    const handle = yield* fs.open(file);
    const hash = begin();
    // one buffer for all pieces: a stream makes a new one for each, and takes three times as long
    const buffer = new Uint8Array(HASHED_BYTES);
    while (true) {
      const count = Number(yield* handle.read(buffer));
      if (count === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, count));
    }
  })).pipe(
    Effect.mapError((error) => error._tag === "FileError" ? error : fileError("read", file)(error)),
  );
}

const irregular = (file: string): FileError =>
  new FileError({ action: "read", file, reason: "it is not a regular file" });

/**
 * Reads a JSON file of the given form.
 *
 * @param file its path
 * @param schema what it must hold
 * @returns the decoded value; fails with {@linkcode FileError} naming the key at fault
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Schema } from "dynamic-prompt-corruption/schema";
 * import { readJson } from "dynamic-prompt-corruption/schema/files";
 *
 * export const program = Effect.gen(function* () {
 *   const schema = Schema.Struct({ model_type: Schema.String });
 *   assert.equal((yield* readJson("data/model/config.json", schema)).model_type, "llama");
 * });
 * ```
 */
export function readJson<A, I>(
  file: string,
  schema: Schema.Schema<A, I>,
  options: ReadJsonOptions = {},
): Effect.Effect<A, FileError, FileSystem.FileSystem> {
  return readBytes(file, options).pipe(
    Effect.flatMap((bytes) =>
      Either.mapLeft(
        parseJson(bytes, options).pipe(
          Either.flatMap(checkFormat(options.remedy)),
          Either.flatMap(decode(schema)),
        ),
        (reason) => new FileError({ action: "read", file, reason: sentence(reason) }),
      )
    ),
  );
}

/**
 * Replaces a file in one step: the bytes go to a temporary file beside it, reach the disk, then take the name. A crash
 * or a full disk leaves the old file as it was.
 *
 * @param file its path; the folder must exist
 * @param chunks the content, in order
 * @returns nothing; fails with {@linkcode FileError}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { readBytes, writeAtomic } from "dynamic-prompt-corruption/schema/files";
 *
 * export const program = Effect.gen(function* () {
 *   yield* writeAtomic("notes.txt", [new TextEncoder().encode("#### 18")]);
 *   assert.equal((yield* readBytes("notes.txt")).length, 7);
 * });
 * ```
 */
export function writeAtomic(
  file: string,
  chunks: Iterable<Uint8Array>,
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  return writeAtomicFrom(file, (write) => Effect.forEach(chunks, write, { discard: true }));
}

/**
 * Replaces a file in one step by content that is made piece by piece, for what is too large to hold.
 *
 * @param file its path; the folder must exist
 * @param produce writes the content through the function it is given
 * @returns nothing; fails with {@linkcode FileError}, or as `produce` does
 */
export function writeAtomicFrom<E, R>(
  file: string,
  produce: (
    write: (bytes: Uint8Array) => Effect.Effect<void, FileError>,
  ) => Effect.Effect<void, E | FileError, R>,
): Effect.Effect<void, E | FileError, R | FileSystem.FileSystem> {
  const failed = fileError("write", file);
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const temporary = `${file}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    const write = Effect.scoped(Effect.gen(function* () {
      const handle = yield* Effect.mapError(fs.open(temporary, { flag: "wx" }), failed);
      yield* produce((bytes) =>
        bytes.length === 0 ? Effect.void : Effect.mapError(handle.writeAll(bytes), failed)
      );
      yield* Effect.mapError(handle.sync, failed);
    }));
    yield* Effect.zipRight(write, Effect.mapError(fs.rename(temporary, file), failed)).pipe(
      Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true }))),
    );
  });
}

/** Has a file that was written by other means reach the disk; fails with {@linkcode FileError}. */
export function syncFile(file: string): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    yield* (yield* fs.open(file, { flag: "r+" })).sync;
  })).pipe(Effect.mapError(fileError("write", file)));
}

/** Writes a value as indented JSON with a final newline, in one step. */
export function writeJson(
  file: string,
  value: unknown,
): Effect.Effect<void, FileError, FileSystem.FileSystem> {
  return writeAtomic(file, [new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n")]);
}

/** Makes a schema's reason ("at vocab_size: is missing") complete the sentence "Cannot read ... as ...". */
function sentence(reason: string): string {
  return reason.startsWith("at ") ? `its content is wrong ${reason}` : reason;
}
