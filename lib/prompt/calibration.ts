/**
 * What was measured on a tuning split and is kept with the prompt, in `dpc.json` beside the adapter: beta, and the threshold of each
 * trigger. PEFT ignores the file.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { type FileError, type Files, FORMAT, readJson, writeJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import { type Learned, LearnedJson } from "./learned.ts";
import { PromptError, type SoftPrompt } from "./soft_prompt.ts";

/** The file beside a prompt that holds its calibration. */
export const CALIBRATION_FILE = "dpc.json";

const Finite = Schema.Number.pipe(Schema.finite());
const Layer = Schema.Int.pipe(Schema.nonNegative());
const Range = Schema.Struct({ start: Layer, end: Layer }).pipe(
  Schema.filter(({ start, end }) => start < end || "a range of layers must not be empty"),
);

/** One trigger's threshold, and what it was worth on the split it was chosen on. */
export interface CalibratedTrigger {
  /** It fires above. */
  readonly threshold: number;
  /** Mean flow of the first halves, of a trigger that needs it and reads another probe than saliency. */
  readonly beta?: number;
  /** Scores between which the 30 % of the split nearest to the threshold lie: where a cascade does not trust it; absent where it was not recorded. */
  readonly doubt?: readonly [low: number, high: number];
  /** Accuracy of DPC with it, cross-validated. */
  readonly accuracy: number;
  /** Area under its ROC curve against "the first answer is wrong"; null with one class. */
  readonly auc: number | null;
  /** Share of instances it fires on. */
  readonly rate: number;
}

/** Beta and thresholds of a prompt. */
export interface Calibration {
  /** Number of the file's form. */
  readonly format: typeof FORMAT;
  /** Name of the task. */
  readonly task: string;
  /** Split that it was measured on. */
  readonly split: string;
  /** Examples of the split that were used. */
  readonly rows: number;
  /** SHA-256 of the prompt's vectors. */
  readonly prompt: string;
  /** Fingerprint of the model, with its adapter. */
  readonly model: string;
  /** SHA-256 of the LoRA that is part of the model, and fingerprint of what it was added to; absent without one. */
  readonly adapter?: { readonly sha256: string; readonly base: string };
  /** SHA-256 of the tokenizer's files; absent where it was not recorded. */
  readonly tokenizer?: string;
  /** SHA-256 of the template and its worked examples; absent where it was not recorded. */
  readonly template?: string;
  /** Of which loss the saliency is the gradient: the mean or the sum over the rationale's tokens. */
  readonly loss: "mean" | "sum";
  /** Where the model ran. */
  readonly device: string;
  /** Layers that count as shallow. */
  readonly shallow: { readonly start: number; readonly end: number };
  /** Layers that count as deep. */
  readonly deep: { readonly start: number; readonly end: number };
  /** Share of entries that the corruption set to 0. */
  readonly gamma: number;
  /** Longest answer, tokens; absent where it was not recorded. */
  readonly maxNewTokens?: number;
  /** Mean flow of the first halves of the rationales (lib/dpc/README.md, "Trigger"). */
  readonly beta: number;
  /** Accuracy on the split without correction. */
  readonly firstAccuracy: number;
  /** Accuracy with every instance corrected. */
  readonly secondAccuracy: number;
  /** The trigger of the arm "dpc". */
  readonly trigger: string;
  /** All triggers that were calibrated, by name. */
  readonly triggers: Readonly<Record<string, CalibratedTrigger>>;
  /** Positions of the static corruptions, from 0; absent where they were not measured. */
  readonly positions?: {
    /** Where information accumulates most often. */
    readonly frequent: number;
    /** Whose corruption gives the most right answers; absent where not every position was tried. */
    readonly best?: number;
  };
  /** The arm "best", chosen before any test; absent where none was. */
  readonly best?: {
    /** Its name, such as "lateFlow/static". */
    readonly arm: string;
    /** Its trigger's threshold, where that was chosen for its corruption; that of the trigger by default. */
    readonly threshold?: number;
    /** Its accuracy, cross-validated; absent where it was not measured. */
    readonly accuracy?: number;
  };
  /** The models of the arms "route" and "select"; absent where none were learned. */
  readonly learned?: Learned;
  /** Attention calibration of the arm "act"; absent where no heads were chosen. */
  readonly act?: ChosenHeads & {
    /** A position is a sink where it receives more than alpha / N of the attention. */
    readonly alpha: number;
  };
  /** Attention calibration of the arm "act:code"; absent where no heads were chosen. */
  readonly actCode?: ChosenHeads & {
    /** A position is a sink where it receives more than this of the attention, but for the first such position. */
    readonly threshold: number;
  };
  /** How far the arm "contrast" goes; absent where it was not chosen. */
  readonly contrast?: {
    /** a in (1 + a) z - a z', of the logits z with the prompt and z' without it. */
    readonly weight: number;
    /** Divergence of the two next-token distributions above which they are contrasted, in nats. */
    readonly threshold: number;
    /** Examples that it was chosen on. */
    readonly rows: number;
    /** Its accuracy on them, cross-validated. */
    readonly accuracy: number;
  };
}

/** Heads whose attention sinks are calibrated. */
export interface ChosenHeads {
  /** Share that a sink keeps. */
  readonly beta: number;
  /** Examples that the heads were chosen on; 0 where all that may be are calibrated. */
  readonly rows: number;
  /** Layer and query head, from 0. */
  readonly heads: readonly (readonly [layer: number, head: number])[];
}

const TriggerJson: Schema.Schema<CalibratedTrigger> = Schema.Struct({
  threshold: Finite,
  beta: Schema.optionalWith(Finite, { exact: true }),
  doubt: Schema.optionalWith(Schema.Tuple(Finite, Finite), { exact: true }),
  accuracy: Finite,
  auc: Schema.NullOr(Finite),
  rate: Finite,
});

const chosenHeads = {
  beta: Finite,
  rows: Schema.Int.pipe(Schema.nonNegative()),
  heads: Schema.Array(Schema.Tuple(Layer, Layer)),
};
const ActJson: Schema.Schema<NonNullable<Calibration["act"]>> = Schema.Struct({
  alpha: Finite,
  ...chosenHeads,
});
const ActCodeJson: Schema.Schema<NonNullable<Calibration["actCode"]>> = Schema.Struct({
  threshold: Finite.pipe(Schema.positive()),
  ...chosenHeads,
});

const ContrastJson: Schema.Schema<NonNullable<Calibration["contrast"]>> = Schema.Struct({
  weight: Finite.pipe(Schema.between(-1, 1)),
  threshold: Finite.pipe(Schema.nonNegative()),
  rows: Schema.Int.pipe(Schema.positive()),
  accuracy: Finite,
});

const PositionsJson: Schema.Schema<NonNullable<Calibration["positions"]>> = Schema.Struct({
  frequent: Layer,
  best: Schema.optionalWith(Layer, { exact: true }),
});

const BestJson: Schema.Schema<NonNullable<Calibration["best"]>> = Schema.Struct({
  arm: Schema.String,
  threshold: Schema.optionalWith(Finite, { exact: true }),
  accuracy: Schema.optionalWith(Finite, { exact: true }),
});

/** The form of a {@linkcode Calibration}. */
export const CalibrationJson: Schema.Schema<Calibration> = Schema.Struct({
  format: Schema.Literal(FORMAT),
  task: Schema.String,
  split: Schema.String,
  rows: Schema.Int.pipe(Schema.positive()),
  prompt: Schema.String,
  model: Schema.String,
  adapter: Schema.optionalWith(Schema.Struct({ sha256: Schema.String, base: Schema.String }), {
    exact: true,
  }),
  tokenizer: Schema.optionalWith(Schema.String, { exact: true }),
  template: Schema.optionalWith(Schema.String, { exact: true }),
  loss: Schema.Literal("mean", "sum"),
  device: Schema.String,
  shallow: Range,
  deep: Range,
  gamma: Finite,
  maxNewTokens: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  beta: Finite,
  firstAccuracy: Finite,
  secondAccuracy: Finite,
  trigger: Schema.String,
  triggers: Schema.Record({ key: Schema.String, value: TriggerJson }),
  positions: Schema.optionalWith(PositionsJson, { exact: true }),
  best: Schema.optionalWith(BestJson, { exact: true }),
  learned: Schema.optionalWith(LearnedJson, { exact: true }),
  act: Schema.optionalWith(ActJson, { exact: true }),
  actCode: Schema.optionalWith(ActCodeJson, { exact: true }),
  contrast: Schema.optionalWith(ContrastJson, { exact: true }),
});

/**
 * Loads the calibration of a prompt.
 *
 * @param prompt where given, the calibration must have been made for its vectors
 * @returns it, or `undefined` where the prompt has none; fails with {@linkcode PromptError} on a malformed one
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { loadCalibration } from "dynamic-prompt-corruption/prompt";
 *
 * export const program = Effect.gen(function* () {
 *   const calibration = yield* loadCalibration("data/prompts/seed0");
 *   assert.equal(calibration?.split, "dev");
 * });
 * ```
 */
export function loadCalibration(
  directory: string,
  prompt?: SoftPrompt,
): Effect.Effect<Calibration | undefined, PromptError, Files> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, CALIBRATION_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return undefined;
    const refuse = (reason: string) => new PromptError({ directory, reason });
    const calibration = yield* Effect.mapError(
      readJson(file, CalibrationJson, { remedy: "calibrate the prompt again" }),
      (error) => refuse(`it cannot be read: ${error.message}`),
    );
    if (prompt !== undefined && calibration.prompt !== prompt.hash) {
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
): Effect.Effect<void, FileError, Files> {
  return Effect.flatMap(
    Path.Path,
    (path) => writeJson(path.join(directory, CALIBRATION_FILE), calibration),
  );
}
