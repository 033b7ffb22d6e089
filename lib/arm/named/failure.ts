/**
 * Why an arm can't be made.
 *
 * @module
 */
import { Data } from "effect";
import type { UnknownName } from "../../registry/mod.ts";

/** An arm that can't be made. */
export class ArmError extends Data.TaggedError("ArmError")<{
  /** One line for the user. */
  readonly message: string;
}> {}

/** An arm that needs a calibration its prompt does not have. */
export class NotCalibrated extends Data.TaggedError("NotCalibrated")<{
  /** What can't be done: "run the arm 'dpc'". */
  readonly what: string;
  /** What is missing: a calibration, or in it the heads of ACT, the contrast or the learned models. */
  readonly missing: "calibration" | "heads" | "heads of the code" | "contrast" | "models";
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot ${this.what} as ${REASONS[this.missing]}`;
  }
}

const REASONS: Readonly<Record<NotCalibrated["missing"], string>> = {
  calibration: "the prompt has no calibration",
  heads: "no heads are chosen for the prompt",
  "heads of the code": "no heads are chosen for the prompt by that rule",
  contrast: "no contrast is chosen for the prompt",
  models: "no models are learned for the prompt",
};

/** Why an arm can't be made. */
export type ArmFailure = ArmError | NotCalibrated | UnknownName;
