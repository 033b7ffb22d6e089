/**
 * What was measured on a tuning split and is kept with the prompt, in `dpc.json` beside the adapter: beta, and the threshold of each
 * trigger. PEFT ignores the file.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { type FileError, readJson, writeJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import { hashOf, PromptError, type SoftPrompt } from "./soft_prompt.ts";

const CALIBRATION_FILE = "dpc.json";

const Finite = Schema.Number.pipe(Schema.finite());
const Layer = Schema.Int.pipe(Schema.nonNegative());
const Range = Schema.Struct({ start: Layer, end: Layer }).pipe(
  Schema.filter(({ start, end }) => start < end || "a range of layers must not be empty"),
);

/** One trigger's threshold, and what it was worth on the split it was chosen on. */
const CalibratedTrigger = Schema.Struct({
  /** It fires above. */
  threshold: Finite,
  /** Accuracy of DPC with it, cross-validated. */
  accuracy: Finite,
  /** Area under its ROC curve against "the first answer is wrong"; null with one class. */
  auc: Schema.NullOr(Finite),
  /** Share of instances it fires on. */
  rate: Finite,
});

const CalibrationJson = Schema.Struct({
  format: Schema.Literal(1),
  task: Schema.String,
  split: Schema.String,
  rows: Schema.Int.pipe(Schema.positive()),
  /** SHA-256 of the prompt's vectors. */
  prompt: Schema.String,
  /** Fingerprint of the model. */
  model: Schema.String,
  /** Layers that count as shallow and as deep. */
  shallow: Range,
  deep: Range,
  gamma: Finite,
  /** Mean flow of the former halves of the rationales (METHOD.md, Stage 1). */
  beta: Finite,
  /** Accuracy on the split without correction, and with every instance corrected. */
  firstAccuracy: Finite,
  secondAccuracy: Finite,
  /** The trigger of the arm "dpc". */
  trigger: Schema.String,
  triggers: Schema.Record({ key: Schema.String, value: CalibratedTrigger }),
});

/** Beta and thresholds of a prompt. */
export type Calibration = typeof CalibrationJson.Type;

/**
 * Loads the calibration of a prompt.
 *
 * @param prompt where given, the calibration must have been made for its vectors
 * @returns it, or `undefined` where the prompt has none; fails with {@linkcode PromptError} on a malformed one
 */
export function loadCalibration(
  directory: string,
  prompt?: SoftPrompt,
): Effect.Effect<Calibration | undefined, PromptError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, CALIBRATION_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return undefined;
    const refuse = (reason: string) => new PromptError({ directory, reason });
    const calibration = yield* Effect.mapError(
      readJson(file, CalibrationJson),
      (error) => refuse(`it can't be read: ${error.message}`),
    );
    if (prompt !== undefined && calibration.prompt !== hashOf(prompt)) {
      return yield* refuse(
        `${CALIBRATION_FILE} was measured with other vectors than it has now: calibrate it again`,
      );
    }
    return calibration;
  });
}

/** Keeps a calibration with its prompt. */
export function saveCalibration(
  directory: string,
  calibration: Calibration,
): Effect.Effect<void, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.flatMap(
    Path.Path,
    (path) => writeJson(path.join(directory, CALIBRATION_FILE), calibration),
  );
}
