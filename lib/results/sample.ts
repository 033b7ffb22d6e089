/**
 * A line of samples.jsonl: what every arm made of one example under one prompt. All numbers of a run can be computed from these lines.
 *
 * @module
 */
import { Schema } from "../schema/mod.ts";

/** Information flow of the first answer under the soft prompt (lib/dpc/README.md, "Saliency" and "Accumulation"). */
export interface SampleFlow {
  /** S_pq of each layer: from prompt to question. */
  readonly pq: readonly number[];
  /** S_pr of each layer: from prompt to rationale. */
  readonly pr: readonly number[];
  /** S_qr of each layer: from question to rationale. */
  readonly qr: readonly number[];
  /** S_rr of each layer: from earlier to later rationale tokens. */
  readonly rr: readonly number[];
  /** a(j) for each virtual token, over the shallow half of the layers, whatever layers an arm is told to correct by. */
  readonly accumulation: readonly number[];
  /** s_t for each token of the rationale, over the deep half. */
  readonly tokens: readonly number[];
  /** Mean flow from each virtual token in each layer, [layers][n]; absent in runs made before it was recorded. */
  readonly positions?: readonly (readonly number[])[];
  /** Where each token of the rationale begins in its text; absent in runs made before it was recorded. */
  readonly starts?: readonly number[];
}

/** One arm of a line. */
export interface ArmSample {
  /** The answer that counts. */
  readonly text: string;
  /** The answer found in the text; null where none was found. */
  readonly answer: string | null;
  /** The extractor's rule that matched. */
  readonly rule: string;
  /** Whether the answer is right. */
  readonly correct: boolean;
  /** Whether the task's strict reading agrees too. */
  readonly strict: boolean;
  /** Right, or in which way not. */
  readonly verdict: "correct" | "rounded" | "wrong" | "unparsed" | "cut off";
  /** Why the answer ended. */
  readonly finish: "eos" | "stop" | "length";
  /** Tokens generated for this arm: all its answers. */
  readonly tokens: number;
  /** Lowest natural log-probability of the answer's tokens; null for an empty answer. */
  readonly lowest: number | null;
  /** Their mean; null for an empty answer. */
  readonly mean: number | null;
  /** What the trigger said of the first answer; null where the arm has none. */
  readonly trigger:
    | { readonly name: string; readonly score: number; readonly fired: boolean }
    | null;
  /** The answer before corruption, where there was one. */
  readonly first: string | null;
  /** What was corrupted and answered then, one for each round. */
  readonly corruptions: readonly {
    readonly name: string;
    readonly positions: readonly number[];
    readonly text: string;
  }[];
  /** The option that a learned model chose, such as "base"; absent where none did. */
  readonly chosen?: string;
  /** Answers that were sampled, of which `text` is one; absent where none was. */
  readonly sampled?: readonly string[];
  /** Passes forward and back, or what stands in their place, that measured the flow of this arm's answers; absent in runs of before. */
  readonly flowPasses?: number;
  /** Milliseconds from the example's start to this arm's verdict, waiting included; examples run side by side. */
  readonly milliseconds: number;
  /**
   * The engine's work on its answers and their flow without waiting, what other arms share counted whole; absent where it was not measured.
   * `saliency` is what of it the flow took, if any; runs of before leave that out.
   */
  readonly work?: {
    readonly milliseconds: number;
    readonly saliency?: { readonly milliseconds: number };
  };
}

/** A line of samples.jsonl. */
export interface Sample {
  /** Example and prompt: "gsm8k-test-17@seed0"; where several answers are drawn, which: "gsm8k-test-17@seed0#2". */
  readonly id: string;
  /** Id of the example. */
  readonly example: string;
  /** Name of the soft prompt; "base" where no arm has one. */
  readonly prompt: string;
  /** Which of the answers drawn to the question, from 1; absent where one is given. */
  readonly draw?: number;
  /** The question as the dataset has it. */
  readonly question: string;
  /** The right answer. */
  readonly gold: string;
  /** Groups that the example belongs to, by their kind. */
  readonly strata: Readonly<Record<string, string>>;
  /** The exact text that the model read. */
  readonly promptText: string;
  /** What each arm made of it. */
  readonly arms: Readonly<Record<string, ArmSample>>;
  /** The information flow; null where no arm measured it. */
  readonly flow: SampleFlow | null;
}

const Numbers = Schema.Array(Schema.Number);

const Flow: Schema.Schema<SampleFlow> = Schema.Struct({
  pq: Numbers,
  pr: Numbers,
  qr: Numbers,
  rr: Numbers,
  accumulation: Numbers,
  tokens: Numbers,
  positions: Schema.optionalWith(Schema.Array(Numbers), { exact: true }),
  starts: Schema.optionalWith(Numbers, { exact: true }),
});

const Arm: Schema.Schema<ArmSample> = Schema.Struct({
  text: Schema.String,
  answer: Schema.NullOr(Schema.String),
  rule: Schema.String,
  correct: Schema.Boolean,
  strict: Schema.Boolean,
  verdict: Schema.Literal("correct", "rounded", "wrong", "unparsed", "cut off"),
  finish: Schema.Literal("eos", "stop", "length"),
  tokens: Schema.Int,
  lowest: Schema.NullOr(Schema.Number),
  mean: Schema.NullOr(Schema.Number),
  trigger: Schema.NullOr(
    Schema.Struct({ name: Schema.String, score: Schema.Number, fired: Schema.Boolean }),
  ),
  first: Schema.NullOr(Schema.String),
  corruptions: Schema.Array(
    Schema.Struct({ name: Schema.String, positions: Numbers, text: Schema.String }),
  ),
  chosen: Schema.optionalWith(Schema.String, { exact: true }),
  sampled: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  flowPasses: Schema.optionalWith(Schema.Int, { exact: true }),
  milliseconds: Schema.Number,
  work: Schema.optionalWith(
    Schema.Struct({
      milliseconds: Schema.Number,
      saliency: Schema.optionalWith(Schema.Struct({ milliseconds: Schema.Number }), {
        exact: true,
      }),
    }),
    { exact: true },
  ),
});

/** The schema of a line. */
export const Sample: Schema.Schema<Sample> = Schema.Struct({
  id: Schema.String,
  example: Schema.String,
  prompt: Schema.String,
  draw: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  question: Schema.String,
  gold: Schema.String,
  strata: Schema.Record({ key: Schema.String, value: Schema.String }),
  promptText: Schema.String,
  arms: Schema.Record({ key: Schema.String, value: Arm }),
  flow: Schema.NullOr(Flow),
}).pipe(
  Schema.filter(({ id, example, prompt, draw }) => {
    const expected = sampleId({ id: example, draw }, prompt);
    return id === expected || `its id must be '${expected}': found '${id}'`;
  }),
);

/** Id of the line of an example under a prompt, and of one of the answers drawn to it. */
export const sampleId = (
  { id, draw }: { readonly id: string; readonly draw?: number | undefined },
  prompt: string,
): string => `${id}@${prompt}${draw === undefined ? "" : `#${draw}`}`;
