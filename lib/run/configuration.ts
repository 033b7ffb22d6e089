/**
 * What makes a run the same run: the identifying fields, and what is said where they differ.
 *
 * @module
 */
import { Data } from "effect";
import type { Sampling } from "../model/mod.ts";
import { type Calibration, CalibrationJson } from "../prompt/mod.ts";
import { Registry } from "../registry/mod.ts";
import { describeDifferences, type Difference, Schema } from "../schema/mod.ts";
import { type ChatOptions, extractors, type JsonlOptions } from "../task/mod.ts";

/** The run directory holds a run of another configuration. */
export class ConfigurationChanged extends Data.TaggedError("ConfigurationChanged")<{
  readonly directory: string;
  readonly differences: readonly Difference[];
}> {
  /** A line that says what could not be done, and one for each difference. */
  override get message(): string {
    return [
      `Cannot continue the run in '${this.directory}' as its configuration differs ` +
      "(give the recorded options, or another directory):",
      ...describeDifferences(this.differences, "in the run").map((line) => `  ${line}`),
    ].join("\n");
  }
}

/** A prompt of a run. */
export interface PromptConfiguration {
  /** Its name in the run. */
  readonly name: string;
  /** How it was tuned; absent of prompt tuning. */
  readonly method?: "prefix";
  /** SHA-256 of its vectors. */
  readonly sha256: string;
  /** What was measured with it; null where nothing was. */
  readonly calibration: Calibration | null;
}

/** The part of a dataset that a shard of a run has. */
export interface ShardConfiguration {
  /** From 1. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
  /** Ids of its examples. */
  readonly ids: readonly string[];
  /** Where its examples stand in the dataset, from 0, with spaces between. */
  readonly places: string;
  /** Examples of all shards. */
  readonly total: number;
}

/** What identifies an evaluation, as run.json has it: two runs with equal ones give equal samples. */
export interface RunConfiguration {
  /** Name of the task. */
  readonly task: string;
  /** Fields and extractor of task jsonl. */
  readonly jsonl?: JsonlOptions;
  /** Which examples, and a hash of their file. */
  readonly data: {
    readonly path: string;
    readonly split?: string;
    readonly config?: string;
    readonly limit?: number;
    readonly shuffleSeed?: number;
    readonly ids?: readonly string[];
    readonly excludeIds?: readonly string[];
    readonly sha256: string;
  };
  /** Name of the template, ids of its worked examples, and a hash of how it puts them and questions. */
  readonly template: {
    readonly name: string;
    readonly shots: readonly string[];
    readonly sha256?: string;
  };
  /** Fingerprint of the model, with its adapter. */
  readonly model: string;
  /** SHA-256 of the LoRA that is part of the model; absent without one. */
  readonly adapter?: string;
  /** Fingerprint of the model that it was added to; absent without one. */
  readonly base?: string;
  /** SHA-256 of the tokenizer's files, chat template included; absent where it was not recorded. */
  readonly tokenizer?: string;
  /** Prompts that each example runs under; null without one. */
  readonly prompts: readonly (PromptConfiguration | null)[];
  /** Names of the arms; absent of a grid. */
  readonly arms?: readonly string[];
  /** Share of the entries that a corruption sets to 0; absent of a grid. */
  readonly gamma?: number;
  /** How tokens of all answers are drawn, by `seed`; absent where the likeliest are taken. */
  readonly decoding?: Omit<Sampling, "seed">;
  /** Answers drawn to each question; absent where one is given. */
  readonly answers?: number;
  /** Answers that self-consistency samples, and at which temperature; absent of a grid. */
  readonly sampling?: { readonly samples: number; readonly temperature: number };
  /** Axes of a grid of arms; absent of named arms. */
  readonly grid?: Readonly<Record<string, unknown>>;
  /** The arm that is tested alone, named before the run; absent where none is. */
  readonly primary?: string;
  /** Seed of everything random. */
  readonly seed: number;
  /** Whether prompts are put into the model's chat template. */
  readonly chat: boolean;
  /** How they are put into it, where it is not by the defaults. */
  readonly chatOptions?: ChatOptions;
  /** Longest answer, where it is not the task's own. */
  readonly maxNewTokens?: number;
  /** Of which loss the saliency is the gradient. */
  readonly loss: "mean" | "sum";
  /** Where the model runs. */
  readonly device: string;
  /** Which part of a dataset it is; absent of a whole run. */
  readonly shard?: ShardConfiguration;
  /** What the run was scored again by; absent where it was not. */
  readonly rescored?: {
    readonly from: string;
    readonly data: string;
    readonly sha256: string;
    readonly extractor: string | null;
  };
}

const Text = Schema.String;
const Texts = Schema.Array(Text);
const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { exact: true });

const Jsonl: Schema.Schema<JsonlOptions> = Schema.Struct({
  question: optional(Text),
  answer: optional(Text),
  id: optional(Text),
  rationale: optional(Text),
  options: optional(Text),
  answerIndex: optional(Schema.Literal(0, 1)),
  strata: optional(Texts),
  extractor: optional(Schema.Literal(...Registry.names(extractors))),
});

/** The schema of a {@linkcode ShardConfiguration}. */
export const ShardConfiguration: Schema.Schema<ShardConfiguration> = Schema.Struct({
  index: Schema.Int,
  of: Schema.Int,
  ids: Texts,
  places: Text.pipe(Schema.pattern(/^\d+( \d+)*$/)),
  total: Schema.Int,
});

/** The schema of a {@linkcode RunConfiguration}. */
export const RunConfiguration: Schema.Schema<RunConfiguration> = Schema.Struct({
  task: Text,
  jsonl: optional(Jsonl),
  data: Schema.Struct({
    path: Text,
    split: optional(Text),
    config: optional(Text),
    limit: optional(Schema.Int),
    shuffleSeed: optional(Schema.Int),
    ids: optional(Texts),
    excludeIds: optional(Texts),
    sha256: Text,
  }),
  template: Schema.Struct({ name: Text, shots: Texts, sha256: optional(Text) }),
  model: Text,
  adapter: optional(Text),
  base: optional(Text),
  tokenizer: optional(Text),
  prompts: Schema.Array(Schema.NullOr(Schema.Struct({
    name: Text,
    method: optional(Schema.Literal("prefix")),
    sha256: Text,
    calibration: Schema.NullOr(CalibrationJson),
  }))),
  arms: optional(Texts),
  gamma: optional(Schema.Number),
  sampling: optional(Schema.Struct({ samples: Schema.Int, temperature: Schema.Number })),
  decoding: optional(Schema.Struct({
    temperature: Schema.Number,
    topP: Schema.Number,
    topK: optional(Schema.Int),
    repetitionPenalty: optional(Schema.Number),
  })),
  answers: optional(Schema.Int),
  primary: optional(Text),
  grid: optional(Schema.Record({ key: Text, value: Schema.Unknown })),
  seed: Schema.Int,
  chat: Schema.Boolean,
  chatOptions: optional(Schema.Struct({
    system: optional(Text),
    shotsAsTurns: optional(Schema.Boolean),
    arguments: optional(Schema.Record({ key: Text, value: Schema.Unknown })),
  })),
  maxNewTokens: optional(Schema.Int),
  loss: Schema.Literal("mean", "sum"),
  device: Text,
  shard: optional(ShardConfiguration),
  rescored: optional(
    Schema.Struct({ from: Text, data: Text, sha256: Text, extractor: Schema.NullOr(Text) }),
  ),
});

/** What of a run's configuration says how its texts are graded, and against which data; the rest is kept as it is. */
export interface GradingConfiguration {
  /** Name of the task. */
  readonly task: string;
  /** Fields and extractor of task jsonl. */
  readonly jsonl?: JsonlOptions;
  /** Which examples. */
  readonly data: {
    readonly path: string;
    readonly split?: string;
    readonly config?: string;
    readonly [key: string]: unknown;
  };
  /** What else identifies the run. */
  readonly [key: string]: unknown;
}

/** The schema of a {@linkcode GradingConfiguration}. */
export const GradingConfiguration: Schema.Schema<GradingConfiguration> = Schema.Struct({
  task: Text,
  jsonl: optional(Jsonl),
  data: Schema.Struct(
    { path: Text, split: optional(Text), config: optional(Text) },
    Schema.Record({ key: Text, value: Schema.Unknown }),
  ),
}, Schema.Record({ key: Text, value: Schema.Unknown }));
