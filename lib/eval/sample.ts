/**
 * A line of samples.jsonl: what every arm made of one example under one prompt. All numbers of a run can be computed from these lines.
 *
 * @module
 */
import { accumulation, blockFlow, tokenFlow } from "../dpc/mod.ts";
import type { Saliency } from "../dpc/mod.ts";
import { Schema } from "../schema/mod.ts";
import type { ArmRecord } from "./arm.ts";
import type { Tokenized } from "./records.ts";

const Numbers = Schema.Array(Schema.Number);

/** Information flow of the first answer under the soft prompt (METHOD.md, "Saliency" and "Accumulation"). */
const Flow = Schema.Struct({
  /** S_pq, S_pr, S_qr and S_rr for each layer. */
  pq: Numbers,
  pr: Numbers,
  qr: Numbers,
  rr: Numbers,
  /** a(j) for each virtual token. */
  accumulation: Numbers,
  /** s_t for each token of the rationale. */
  tokens: Numbers,
  /** Where each token of the rationale begins in its text; absent in runs made before it was recorded. */
  starts: Schema.optionalWith(Numbers, { exact: true }),
});

const ArmSample = Schema.Struct({
  text: Schema.String,
  answer: Schema.NullOr(Schema.String),
  /** The extractor's rule that matched. */
  rule: Schema.String,
  correct: Schema.Boolean,
  /** Whether the task's strict reading agrees too. */
  strict: Schema.Boolean,
  verdict: Schema.Literal("correct", "wrong", "unparsed", "cut off"),
  finish: Schema.Literal("eos", "stop", "length"),
  /** Tokens generated for this arm: all its answers. */
  tokens: Schema.Int,
  /** Lowest and mean natural log-probability of the answer's tokens; null for an empty answer. */
  lowest: Schema.NullOr(Schema.Number),
  mean: Schema.NullOr(Schema.Number),
  trigger: Schema.NullOr(
    Schema.Struct({ name: Schema.String, score: Schema.Number, fired: Schema.Boolean }),
  ),
  /** The answer before corruption, where there was one. */
  first: Schema.NullOr(Schema.String),
  corruptions: Schema.Array(
    Schema.Struct({ name: Schema.String, positions: Numbers, text: Schema.String }),
  ),
  /** Milliseconds from the example's start to this arm's verdict; examples run side by side. */
  milliseconds: Schema.Number,
});

/** The schema of a line. */
export const Sample = Schema.Struct({
  /** Example and prompt: "gsm8k-test-17@seed0". */
  id: Schema.String,
  example: Schema.String,
  /** Name of the soft prompt; "base" where no arm has one. */
  prompt: Schema.String,
  question: Schema.String,
  gold: Schema.String,
  strata: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** The exact text that the model read. */
  promptText: Schema.String,
  arms: Schema.Record({ key: Schema.String, value: ArmSample }),
  flow: Schema.NullOr(Flow),
});

/** A line of samples.jsonl. */
export type Sample = typeof Sample.Type;

/** One arm of a line. */
export type ArmSample = typeof ArmSample.Type;

/** The line's part of an arm. */
export function armSample(record: ArmRecord, milliseconds: number): ArmSample {
  const { answer, first, corruptions, extraction, verdict, trigger } = record;
  const logProbabilities = answer.logProbabilities;
  return {
    text: answer.text,
    answer: extraction.answer ?? null,
    rule: extraction.rule,
    correct: verdict.correct,
    strict: verdict.strict,
    verdict: verdict.kind,
    finish: answer.finish,
    tokens: [first, ...corruptions.map((each) => each.answer)]
      .reduce((sum, { ids }) => sum + ids.length, 0),
    lowest: logProbabilities.length === 0
      ? null
      : rounded(logProbabilities.reduce((least, p) => Math.min(least, p))),
    mean: logProbabilities.length === 0
      ? null
      : rounded(logProbabilities.reduce((sum, p) => sum + p, 0) / logProbabilities.length),
    trigger: trigger === undefined ? null : { ...trigger, score: rounded(trigger.score) },
    first: corruptions.length === 0 ? null : first.text,
    corruptions: corruptions.map(({ name, positions, answer: { text } }) => ({
      name,
      positions,
      text,
    })),
    milliseconds,
  };
}

/** The line of an example; `measured` is the arm's record that has the saliency of the first answer, if one has. */
export function sampleOf(
  { example, promptText }: Tokenized,
  prompt: string,
  arms: Readonly<Record<string, ArmSample>>,
  measured: ArmRecord | undefined,
): Sample {
  const { id, question, gold, strata } = example;
  return {
    id: `${id}@${prompt}`,
    example: id,
    prompt,
    question,
    gold,
    strata,
    promptText,
    arms,
    flow: measured?.saliency === undefined
      ? null
      : flowOf(measured.saliency, measured.first.starts),
  };
}

function flowOf(saliency: Saliency, starts: readonly number[]): typeof Flow.Type {
  const { pq, pr, qr, rr } = blockFlow(saliency);
  return {
    pq: pq.map(rounded),
    pr: pr.map(rounded),
    qr: qr.map(rounded),
    rr: rr.map(rounded),
    accumulation: accumulation(saliency).perPosition.map(rounded),
    tokens: tokenFlow(saliency).map(rounded),
    starts,
  };
}

/** Six digits: as many as float32 holds. */
const rounded = (value: number): number => Number(value.toPrecision(6));
