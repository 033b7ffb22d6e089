/**
 * What the learned arms read: the words of a question, and confidence, agreement, length and flow of its answers.
 *
 * @module
 */
import { accumulation, lateFlow, lateFlowMaximum, SALIENCY, tokenFlow } from "../../dpc/mod.ts";
import type { Stage } from "../../stage/mod.ts";

/** Words and question marks of a text, in small letters; numbers say nothing of its kind. */
const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}+|\?/gu) ?? [];

/** The words of some questions, each once, in alphabetical order. */
export const vocabularyOf = (questions: readonly string[]): readonly string[] =>
  [...new Set(questions.flatMap(wordsOf))].sort();

/** How often a question has each word of a vocabulary. */
export function wordCounts(vocabulary: readonly string[], question: string): readonly number[] {
  const counts = new Map<string, number>();
  for (const word of wordsOf(question)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return vocabulary.map((word) => counts.get(word) ?? 0);
}

/**
 * Features of the answers to a question: of each its lowest and mean log-probability, its length, and whether an answer was found in it; of
 * each two whether they agree; of the flow, where it was measured, the trigger's scores but for their thresholds.
 */
export function answerFeatures(
  { base, pt, corrected }: Stage.SelectableAnswers,
): readonly number[] {
  const answers = [base, pt, ...(corrected === undefined ? [] : [corrected.answer])];
  const agreement = answers.flatMap(({ answer }, i) =>
    answers.slice(i + 1).map((other) => Number(answer === other.answer))
  );
  return [
    ...answers.flatMap(featuresOf),
    ...agreement,
    ...(corrected === undefined ? [] : flowFeatures(corrected.saliency)),
  ];
}

function featuresOf({ logProbabilities, answer }: Stage.SelectableAnswer): readonly number[] {
  const { length } = logProbabilities;
  const sum = logProbabilities.reduce((total, p) => total + p, 0);
  const lowest = logProbabilities.reduce((least, p) => Math.min(least, p), 0);
  return [lowest, sum / Math.max(1, length), length, Number(answer !== undefined)];
}

/** Logarithms, as flows of different answers differ by powers of ten; by the sum of the loss, of whichever the saliency is. */
function flowFeatures(saliency: Parameters<typeof tokenFlow>[0] | undefined): readonly number[] {
  if (saliency === undefined) return [0, 0, 0];
  const flow = tokenFlow(saliency);
  const { loss } = saliency.probe ?? SALIENCY;
  const tokens = loss === "mean" ? saliency.rationaleRows : 1;
  const magnitude = (value: number) => Math.log10(Math.max(tokens * value, 1e-30));
  return [
    magnitude(lateFlow(flow)),
    magnitude(lateFlowMaximum(flow)),
    accumulation(saliency).share,
  ];
}
