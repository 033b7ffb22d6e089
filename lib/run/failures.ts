/**
 * errors.jsonl of a run directory: examples that could not be evaluated, and why. They count in no number of the results; continuing the
 * run tries them again, so the file tells of the last session alone.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Cause, Chunk, Data, Effect, Either, Stream } from "effect";
import { type FileError, fileError, type Files } from "../schema/files.ts";
import { oneLine, Schema } from "../schema/mod.ts";
import { entries, type ReadError } from "./journal_entries.ts";

/** The file of a run directory that holds what failed. */
const ERRORS_FILE = "errors.jsonl";

/** An example that could not be evaluated: a line of errors.jsonl. */
export interface Failure {
  /** As the sample's would be: example and prompt. */
  readonly id: string;
  /** One line. */
  readonly error: string;
}

const FailureLine: Schema.Schema<Failure> = Schema.Struct({
  id: Schema.String,
  error: Schema.String,
});

/** More examples failed than may. */
export class TooManyErrors extends Data.TaggedError("TooManyErrors")<{
  /** Failures that do not stop the run. */
  readonly allowed: number;
  /** What they are of, where a share is tolerated: "5 % of 200 examples". */
  readonly share?: string;
  /** The one too many. */
  readonly last: Failure;
  /** errors.jsonl. */
  readonly file: string;
}> {
  /** One line for the user. */
  override get message(): string {
    const share = this.share === undefined ? "" : ` (${this.share})`;
    return `Cannot go on as more than ${this.allowed} examples${share} failed, the last, ` +
      `'${this.last.id}', with: ${this.last.error} (all are in '${this.file}'; ` +
      "the same command goes on with what is left)";
  }
}

/** Not one example could be evaluated. */
export class AllFailed extends Data.TaggedError("AllFailed")<{
  /** Examples that failed. */
  readonly failed: number;
  /** The commonest reason, and how many have it. */
  readonly reason: string;
  readonly times: number;
  /** errors.jsonl. */
  readonly file: string;
}> {
  /** One line for the user. */
  override get message(): string {
    const { failed, reason, times, file } = this;
    return `Cannot evaluate as ${failed === 1 ? "the only example" : `all ${failed} examples`} ` +
      `failed, ${times === failed ? "" : `${times} of them `}with: ${reason} (see '${file}')`;
  }
}

/** How many examples may fail: a number of them, or a share of all, 0.05 for 5 %. */
export type Tolerance = number | { readonly share: number };

/** The failures that a tolerance allows of so many examples. */
function allowedOf(tolerance: Tolerance, examples: number) {
  if (typeof tolerance === "number") return { allowed: tolerance };
  const percent = Number((100 * tolerance.share).toPrecision(6));
  return {
    allowed: Math.floor(tolerance.share * examples + 1e-9),
    share: `${percent} % of ${examples}`,
  };
}

/** Records failures. */
export interface Failures {
  /** So far. */
  readonly count: () => number;
  /** What to fail with where nothing else was made; nothing without failures. */
  readonly all: () => AllFailed | undefined;
  /** Fails with {@linkcode TooManyErrors} once there are more than may be. */
  readonly add: (failure: Failure) => Effect.Effect<void, TooManyErrors | FileError>;
}

/**
 * Begins the failures of a session in a run directory that this process holds.
 *
 * @param tolerance most failures
 * @param examples of the run, of which a share is
 */
export function openFailures(
  directory: string,
  tolerance: Tolerance,
  examples: number,
): Effect.Effect<Failures, FileError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, ERRORS_FILE);
    const failed = fileError("write", file);
    yield* Effect.mapError(fs.remove(file, { force: true }), failed);
    let count = 0;
    const reasons = new Map<string, number>();
    return {
      count: () => count,
      all: () => {
        const [most] = [...reasons].sort(([, a], [, b]) => b - a);
        return most && new AllFailed({ failed: count, reason: most[0], times: most[1], file });
      },
      add: (failure) =>
        Effect.gen(function* () {
          const line = new TextEncoder().encode(JSON.stringify(failure) + "\n");
          yield* fs.open(file, { flag: "a" }).pipe(
            Effect.flatMap((handle) => Effect.zipRight(handle.writeAll(line), handle.sync)),
            Effect.scoped,
            Effect.mapError(failed),
            Effect.uninterruptible,
          );
          count += 1;
          reasons.set(failure.error, (reasons.get(failure.error) ?? 0) + 1);
          const limit = allowedOf(tolerance, examples);
          if (count > limit.allowed) {
            return yield* new TooManyErrors({ ...limit, last: failure, file });
          }
        }),
    };
  });
}

/** The failures of a run's last session. */
export function readFailures(
  directory: string,
): Effect.Effect<readonly Failure[], ReadError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, ERRORS_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return [];
    const lines = yield* Stream.runCollect(entries(file, FailureLine, { checked: false }));
    return Chunk.toReadonlyArray(lines).map(({ record }) => record);
  });
}

/** An effect whose failure, even by a defect, is a value: one line of text. Interruption stays what it is. */
export function captureFailure<A, E, R>(
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<Either.Either<A, string>, never, R> {
  return Effect.matchCauseEffect(effect, {
    onSuccess: (value) => Effect.succeed(Either.right(value)),
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.interrupt
        : Effect.succeed(Either.left(oneLine(textOf(Cause.squash(cause))))),
  });
}

const textOf = (error: unknown): string => error instanceof Error ? error.message : String(error);
