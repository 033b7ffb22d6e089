/**
 * Downloads whose size and SHA-256 are known beforehand, over https, continued where an earlier attempt broke off.
 *
 * @module
 */
import { FileSystem, HttpClient, HttpClientRequest, Path } from "@effect/platform";
import { Data, Effect, Schedule, Stream } from "effect";
import { hashFile } from "../schema/files.ts";
import { hubHash } from "./blob.ts";
import { isSecure, RefusedRedirect } from "./guarded_fetch.ts";

/** A file whose size and content are known before it is downloaded. */
export interface RemoteFile {
  /** Its place below the folder it goes to. */
  readonly file: string;
  /** Where it is downloaded from. */
  readonly url: string;
  /** Its size. */
  readonly bytes: number;
  /** SHA-256 in hexadecimal, or what Git calls such a file: SHA-1 in hexadecimal of `blob SIZE`, a zero byte and its content. */
  readonly sha256: string;
}

/** A file that cannot be downloaded. */
export class DownloadError extends Data.TaggedError("DownloadError")<{
  readonly url: string;
  readonly reason: string;
  /** Whether another attempt may help. */
  readonly passing: boolean;
}> {
  /** One line for the user. */
  override get message(): string {
    const wayOut = this.passing ? " (run the command again to go on where it stopped)" : "";
    return `Cannot download '${this.url}': ${this.reason}${wayOut}`;
  }
}

/** How a download ended. */
export type Downloaded = "already there" | "downloaded";

/** Attempts after the first one that failed for a passing reason. */
const RETRIES = 3;
/** Seconds without a byte after which a connection counts as lost. */
const SILENCE = 30;

/**
 * Downloads a file unless it is there already; what has come of it so far is kept beside it as `<file>.part`.
 *
 * @param source what to download
 * @param directory the folder under which the source's file goes
 * @param received is told how many bytes of it are there, as they come
 * @returns fails with {@linkcode DownloadError}; the file is only ever there with the right size and sum
 *
 * @example
 * ```ts ignore
 * import { FetchHttpClient } from "@effect/platform";
 * import * as NodeContext from "@effect/platform-node/NodeContext";
 * import { Effect } from "effect";
 * import { download, SOURCES } from "dynamic-prompt-corruption/task";
 *
 * const [train] = SOURCES;
 * export const program = download(train!, "data/cache").pipe( // checked by size and SHA-256
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.provide(NodeContext.layer),
 * );
 * ```
 */
export function download(
  source: RemoteFile,
  directory: string,
  received: (bytes: number) => Effect.Effect<void> = () => Effect.void,
): Effect.Effect<
  Downloaded,
  DownloadError,
  FileSystem.FileSystem | HttpClient.HttpClient | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    if (!isSecure(source.url)) return yield* fault(source, "only https is allowed");
    const target = path.join(directory, source.file);
    const part = `${target}.part`;
    const io = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.mapError(effect, ({ message }) => fault(source, message));
    if (yield* io(isComplete(target, source))) return "already there" as const;
    yield* io(fs.makeDirectory(path.dirname(target), { recursive: true }));
    yield* fetchRest(source, part, received).pipe(
      Effect.retry({
        while: ({ passing }) => passing,
        schedule: Schedule.intersect(Schedule.exponential("500 millis"), Schedule.recurs(RETRIES)),
      }),
    );
    if (!(yield* io(isComplete(part, source)))) {
      yield* io(fs.remove(part));
      return yield* fault(
        source,
        "its size or SHA-256 is not the expected one; it was thrown away",
      );
    }
    yield* io(fs.rename(part, target));
    return "downloaded" as const;
  });
}

function fault(source: RemoteFile, reason: string, passing = false): DownloadError {
  return new DownloadError({ url: source.url, reason: reason.replace(/\s+/g, " "), passing });
}

/** Appends what is missing to the partial file; starts anew where the server cannot continue. */
function fetchRest(
  source: RemoteFile,
  part: string,
  received: (bytes: number) => Effect.Effect<void>,
) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const client = yield* HttpClient.HttpClient;
    const have = Math.max(0, yield* sizeOf(part));
    if (have === source.bytes && have > 0) return;
    const from = have < source.bytes ? have : 0;
    const request = HttpClientRequest.get(source.url).pipe(
      from === 0 ? (whole) => whole : HttpClientRequest.setHeader("range", `bytes=${from}-`),
    );
    const response = yield* client.execute(request).pipe(
      Effect.timeout(`${SILENCE} seconds`),
      Effect.mapError((error) => lost(source, error)),
    );
    const continues = response.status === 206;
    if (response.status !== 200 && !continues) {
      const passing = response.status >= 500 || response.status === 429;
      return yield* fault(source, `the server answered ${response.status}`, passing);
    }
    let room = source.bytes - (continues ? from : 0);
    const bytes = response.stream.pipe(
      Stream.timeoutFail(() => new Error(`no data for ${SILENCE} s`), `${SILENCE} seconds`),
      Stream.mapError((error) => lost(source, error)),
      Stream.tap((chunk) => {
        room -= chunk.length;
        return room < 0
          ? fault(source, `it is longer than ${source.bytes} bytes`)
          : received(source.bytes - room);
      }),
    );
    yield* Stream.run(bytes, fs.sink(part, { flag: continues ? "a" : "w" })).pipe(
      Effect.mapError((error) =>
        error._tag === "DownloadError" ? error : fault(source, error.message)
      ),
    );
    if (room > 0) return yield* fault(source, `the connection broke ${room} bytes early`, true);
  });
}

function lost(source: RemoteFile, error: unknown): DownloadError {
  const cause = error instanceof Error ? error.cause ?? error : error;
  const inner = cause instanceof Error ? cause.cause ?? cause : cause;
  const detail = inner instanceof Error ? inner.message : String(inner);
  if (inner instanceof RefusedRedirect) return fault(source, detail);
  return fault(source, `no connection to ${new URL(source.url).hostname} (${detail})`, true);
}

/** Bytes of a file, -1 where there is none. */
const sizeOf = (path: string): Effect.Effect<number, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.stat(path)).pipe(
    Effect.map((info) => Number(info.size)),
    Effect.orElseSucceed(() => -1),
  );

/** Whether a file has the source's size and sum. */
const isComplete = (path: string, { bytes, sha256 }: RemoteFile) =>
  Effect.flatMap(
    sizeOf(path),
    (size) =>
      size === bytes
        ? Effect.map(
          hashFile(path, () => hubHash(sha256, bytes)),
          (sum) => sum === sha256,
        )
        : Effect.succeed(false),
  );
