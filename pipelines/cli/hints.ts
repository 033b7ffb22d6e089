/**
 * The way out of a failure: which option or program helps. The library says what is wrong and knows neither.
 *
 * @module
 */
import { Predicate } from "effect";
import type { NotCalibrated } from "../../lib/arm/mod.ts";
import type { CheckpointError, EngineError } from "../../lib/model/mod.ts";
import type { TrainingError } from "../../lib/model/training/mod.ts";
import type { TooManyErrors } from "../../lib/run/mod.ts";
import type { ChatError, DatasetError } from "../../lib/task/mod.ts";

/** Failures that an option or another program helps against. */
type Hinted =
  | ChatError
  | CheckpointError
  | DatasetError
  | EngineError
  | NotCalibrated
  | TooManyErrors
  | TrainingError;

/** Where memory does not suffice, fewer workers need less of it. */
const ofMemory = ({ cause }: { readonly cause?: unknown }) =>
  Predicate.isTagged(cause, "OutOfMemory") ? "give fewer --workers, or a shorter text" : undefined;

/** What to do, by the error's tag; nothing where its data leaves no way. */
const HINTS: {
  readonly [E in Hinted as E["_tag"]]: (error: E) => string | undefined;
} = {
  ChatError: () => "run without --chat",
  CheckpointError: ({ repository }) =>
    repository && `npx dpc fetch model ${repository} downloads it`,
  DatasetError: ({ missing, line, repository }) =>
    repository !== undefined
      ? `npx dpc fetch data ${repository} downloads it`
      : missing
      ? "npx dpc fetch downloads the public datasets"
      : line === undefined
      ? undefined
      : "--skip-bad goes on over such rows",
  EngineError: ofMemory,
  NotCalibrated: ({ missing }) =>
    `run \`npx dpc calibrate --prompt DIR${
      {
        calibration: "",
        heads: " --act 100",
        "heads of the code": " --act-code 100",
        contrast: " --contrast 100",
        models: " --learn",
      }[missing]
    }\` first`,
  TooManyErrors: () => "--max-errors allows more",
  TrainingError: ofMemory,
};

/** What a failure says, with the way out in brackets where there is one. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = Predicate.hasProperty(error, "_tag") && Object.hasOwn(HINTS, String(error._tag))
    ? HINTS[error._tag as Hinted["_tag"]](error as never)
    : undefined;
  return hint === undefined ? message : `${message} (${hint})`;
}
