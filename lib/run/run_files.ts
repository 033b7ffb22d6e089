/**
 * The files of a run directory beside samples.jsonl: run.json says what the run is, results.json what came out.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Effect } from "effect";
import { Summary } from "../results/mod.ts";
import { type FileError, type Files, FORMAT, readJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import { EVALUATE_AGAIN } from "./journal_entries.ts";

/** The file of a run directory that holds its configuration. */
export const RUN_FILE = "run.json";

/** The file of a run directory that holds its results. */
export const RESULTS_FILE = "results.json";

/** The content of run.json. */
export interface RunFile<Config = unknown> {
  /** Number of the form of the run directory's files. */
  readonly format: typeof FORMAT;
  /** What makes the run this run. */
  readonly config: Config;
  /** Versions, machine and time of each session. */
  readonly sessions: readonly unknown[];
}

/**
 * Reads run.json; fails with {@linkcode FileError} where it is missing, malformed or of another format.
 *
 * @param config the form of the configuration
 */
export function readRunFile<Config, I>(
  directory: string,
  config: Schema.Schema<Config, I>,
): Effect.Effect<RunFile<Config>, FileError, Files> {
  const schema = Schema.Struct({
    format: Schema.Literal(FORMAT),
    config,
    sessions: Schema.Array(Schema.Unknown),
  });
  return Effect.flatMap(
    Path.Path,
    (path) => readJson(path.join(directory, RUN_FILE), schema, { remedy: EVALUATE_AGAIN }),
  );
}

/** Reads results.json; fails with {@linkcode FileError} where it is missing, malformed or of another format. */
export function readResults(
  directory: string,
): Effect.Effect<Summary, FileError, Files> {
  return Effect.flatMap(
    Path.Path,
    (path) => readJson(path.join(directory, RESULTS_FILE), Summary, { remedy: EVALUATE_AGAIN }),
  );
}

/** What a finished run says of itself and of its results. */
export interface FinishedRun {
  /** The content of run.json. */
  readonly run: RunFile;
  /** The content of results.json. */
  readonly summary: Summary;
}

/** Reads a finished run but for its samples; fails with {@linkcode FileError}. */
export function readRun(
  directory: string,
): Effect.Effect<FinishedRun, FileError, Files> {
  return Effect.all({
    run: readRunFile(directory, Schema.Unknown),
    summary: readResults(directory),
  });
}
