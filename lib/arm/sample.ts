/**
 * The line of samples.jsonl that the arms' records give.
 *
 * @module
 */
import { accumulation, blockFlow, positionFlow, type Saliency, tokenFlow } from "../dpc/mod.ts";
import type { Generation } from "../model/mod.ts";
import type { ArmRecord } from "./arm.ts";
import type { Tokenized } from "../stage/mod.ts";
import { type ArmSample, type Sample, type SampleFlow, sampleId } from "../results/mod.ts";

/** The line's part of an arm. */
export function armSample(
  record: ArmRecord,
  { milliseconds, flowPasses, flowMilliseconds = 0 }:
    & Pick<ArmSample, "milliseconds" | "flowPasses">
    & { readonly flowMilliseconds?: number },
): ArmSample {
  const { answer, first, second, compared, corruptions, sampled } = record;
  const { extraction, verdict, trigger } = record;
  // one of the sampled answers may be the first
  const answers = new Set([first, ...corruptions.map((each) => each.answer), ...sampled]);
  for (const more of [second, compared]) if (more !== undefined) answers.add(more);
  const logProbabilities = answer.logProbabilities;
  return {
    text: answer.text,
    answer: extraction.answer ?? null,
    rule: extraction.rule,
    correct: verdict.correct,
    strict: verdict.strict,
    verdict: verdict.kind,
    finish: answer.finish,
    tokens: [...answers].reduce((sum, { ids }) => sum + ids.length, 0),
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
    ...(record.chosen === undefined ? {} : { chosen: record.chosen }),
    ...(sampled.length === 0 ? {} : { sampled: sampled.map(({ text }) => text) }),
    ...(flowPasses === undefined ? {} : { flowPasses }),
    milliseconds,
    ...workOf([...answers], flowMilliseconds),
  };
}

/** The work on answers, where all are timed, and on their flow. */
function workOf(answers: readonly Generation[], flow: number): Pick<ArmSample, "work"> {
  const sum = answers.reduce((sum, { milliseconds = NaN }) => sum + milliseconds, 0);
  if (Number.isNaN(sum)) return {};
  const saliency = Math.round(flow);
  return {
    work: {
      milliseconds: Math.round(sum) + saliency,
      ...(saliency === 0 ? {} : { saliency: { milliseconds: saliency } }),
    },
  };
}

/** The line of an example; `measured` is the arm's record that has the saliency of the first answer, if one has. */
export function sampleOf(
  example: Tokenized,
  prompt: string,
  arms: Readonly<Record<string, ArmSample>>,
  measured: ArmRecord | undefined,
): Sample {
  const { id, draw, question, gold, strata, promptText } = example;
  return {
    id: sampleId(example, prompt),
    example: id,
    prompt,
    ...(draw === undefined ? {} : { draw }),
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

function flowOf(saliency: Saliency, starts: readonly number[]): SampleFlow {
  const { pq, pr, qr, rr } = blockFlow(saliency);
  return {
    pq: pq.map(rounded),
    pr: pr.map(rounded),
    qr: qr.map(rounded),
    rr: rr.map(rounded),
    accumulation: accumulation(saliency).perPosition.map(rounded),
    tokens: tokenFlow(saliency).map(rounded),
    positions: positionFlow(saliency).map((layer) => layer.map(brief)),
    starts,
  };
}

/** Three digits: a shade of colour shows no more, and there are layers times positions of them. */
const brief = (value: number): number => Number(value.toPrecision(3));

/** Six digits: as many as float32 holds. */
const rounded = (value: number): number => Number(value.toPrecision(6));
