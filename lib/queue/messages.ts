/**
 * What goes through a queue, as schemas that both sides check: the plan of a run, an example for a worker, and the sample that comes
 * back.
 *
 * @module
 */
import { Either } from "effect";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Sample } from "../results/mod.ts";
import { type Unit } from "../arm/mod.ts";
import { type Calibration, CalibrationJson, type TuningMethod } from "../prompt/mod.ts";
import { Registry } from "../registry/mod.ts";
import { decode, Schema } from "../schema/mod.ts";
import { type Extractor, extractors } from "../task/mod.ts";

const Numbers = Schema.Array(Schema.Int);
const Strings = Schema.Array(Schema.String);
const Sha256 = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/));

/** A soft prompt with its vectors: workers need no file of it. */
export interface PlannedPrompt {
  /** Its name in the run. */
  readonly name: string;
  /** What its vectors are. */
  readonly method: TuningMethod;
  /** n. */
  readonly virtualTokens: number;
  /** [n, width] float32, little endian, in base64. */
  readonly vectors: string;
  /** Hash of the vectors. */
  readonly sha256: string;
  /** What was measured with it. */
  readonly calibration: Calibration | null;
}

/** What a worker must know and have to take part in a run. */
export interface Plan {
  /** Version of the plan's form. */
  readonly format: 1;
  /**
   * Hash of the run's configuration. It has what the coordinator alone knows, such as the data and how questions are put, so that another
   * run of the same model is not taken for this one and given its results.
   */
  readonly configuration: string;
  /** Fingerprint of the model. */
  readonly model: string;
  /** SHA-256 of the tokenizer's files. */
  readonly tokenizer: string;
  /** Where the model is computed, as run.json records it; the CPU where it is absent. */
  readonly device?: string;
  /** Hash of the library's code. */
  readonly code: string;
  /** Name of the task. */
  readonly task: string;
  /** How task "jsonl" finds and compares answers. */
  readonly extractor?: Extractor;
  /** Seed of everything random. */
  readonly seed: number;
  /** Empty where no arm has a prompt. */
  readonly prompts: readonly PlannedPrompt[];
  /** The choice of arms, as run.json records it. */
  readonly arms: unknown;
}

const PlanMessage: Schema.Schema<Plan> = Schema.Struct({
  format: Schema.Literal(1),
  configuration: Sha256,
  model: Sha256,
  tokenizer: Sha256,
  device: Schema.optionalWith(Schema.String, { exact: true }),
  code: Sha256,
  task: Schema.String,
  extractor: Schema.optionalWith(Schema.Literal(...Registry.names(extractors)), { exact: true }),
  seed: Schema.Int,
  prompts: Schema.Array(Schema.Struct({
    name: Schema.String,
    method: Schema.Literal("prompt", "prefix"),
    virtualTokens: Schema.Int,
    vectors: Schema.String,
    sha256: Sha256,
    calibration: Schema.NullOr(CalibrationJson),
  })),
  arms: Schema.Unknown,
});

const UnitMessage: Schema.Schema<Unit> = Schema.Struct({
  prompt: Schema.String,
  example: Schema.Struct({
    id: Schema.String,
    question: Schema.String,
    gold: Schema.String,
    accepted: Schema.optionalWith(Strings, { exact: true }),
    rationale: Schema.optionalWith(Schema.String, { exact: true }),
    options: Schema.optionalWith(Strings, { exact: true }),
    strata: Schema.Record({ key: Schema.String, value: Schema.String }),
    promptText: Schema.String,
    prefixIds: Numbers,
    ids: Numbers,
    stop: Strings,
    maxNewTokens: Schema.Int,
    sampling: Schema.optionalWith(
      Schema.Struct({
        temperature: Schema.Number,
        topP: Schema.Number,
        topK: Schema.optionalWith(Schema.Int, { exact: true }),
        repetitionPenalty: Schema.optionalWith(Schema.Number, { exact: true }),
        seed: Schema.Int,
      }),
      { exact: true },
    ),
    draw: Schema.optionalWith(Schema.Int, { exact: true }),
    secondPass: Schema.optionalWith(
      Schema.Struct({
        cue: Schema.String,
        maxNewTokens: Schema.Int,
        addSpecialTokens: Schema.Boolean,
      }),
      { exact: true },
    ),
  }),
});

/** What a worker made of an example: its sample, or why there is none and whether another need not try. */
export type Result =
  | { readonly sample: Sample }
  | { readonly error: string; readonly final: boolean };

const ResultMessage = Schema.Union(
  Schema.Struct({ sample: Sample }),
  Schema.Struct({ error: Schema.String, final: Schema.Boolean }),
);

/** Reads the plan of a run, or says what is wrong with it. */
export const readPlan: (data: unknown) => Either.Either<Plan, string> = decode(PlanMessage);

/** Reads an example for a worker, or says what is wrong with it. */
export const readUnit: (data: unknown) => Either.Either<Unit, string> = decode(UnitMessage);

/** Reads what a worker made of an example, or says what is wrong with it. */
export const readResult: (data: unknown) => Either.Either<Result, string> = decode(ResultMessage);

/** Tells runs apart: an equal plan, as it was sent, is the same run. */
export const runId = (plan: unknown): string => digest(JSON.stringify(plan));

/** The id of a sample as the queue can have it: BullMQ reserves some characters. */
export const jobId = (sample: string): string => digest(sample);

const digest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 32);

/** Vectors as text. */
export const encodeVectors = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** Text as vectors. */
export function decodeVectors(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}
