/**
 * How far an answer's next-token logits are contrasted with those of the model without the prompt, chosen on a development split.
 *
 * @module
 */
import type { Effect } from "effect";
import type { EngineError } from "../model/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import type { Sample } from "../results/mod.ts";
import type { Model, Stage, Tokenized } from "../stage/mod.ts";
import type { Task } from "../task/mod.ts";
import { make } from "./arm.ts";
import { evaluate } from "./evaluate.ts";

/** Folds of the cross-validation. */
const FOLDS = 5;

/** What is tried, the least change first: of those that are equally good the first is chosen. */
export const CONTRASTS: readonly Stage.ContrastOptions[] = [
  { weight: 0, threshold: 0 },
  ...[0.25, -0.25, 0.5, -0.5, 1, -1].flatMap((weight) =>
    [1, 0.1, 0].map((threshold) => ({ weight, threshold }))
  ),
];

/** Answers an example with each of {@linkcode CONTRASTS}; the first, which changes nothing, by the arm `pt`. */
export function evaluateContrasts(
  { task, prompt }: { readonly task: Task; readonly prompt: SoftPrompt },
): (example: Tokenized) => Effect.Effect<Sample, EngineError, Model> {
  const arms = CONTRASTS.map((contrast) =>
    make({ name: nameOf(contrast), ...(contrast.weight === 0 ? {} : { contrast }) })
  );
  return evaluate(task, { prompt, arms });
}

/** The contrast with most right answers, and the accuracy of choosing so, cross-validated; `undefined` without samples. */
export function chooseContrast(
  samples: readonly Sample[],
): Stage.ContrastOptions & { readonly accuracy: number; readonly rows: number } | undefined {
  if (samples.length === 0) return undefined;
  const isRight = (contrast: Stage.ContrastOptions) => ({ arms }: Sample) =>
    arms[nameOf(contrast)]!.correct;
  const bestOn = (rows: readonly Sample[]) => {
    const right = CONTRASTS.map((contrast) => rows.filter(isRight(contrast)).length);
    return CONTRASTS[right.indexOf(Math.max(...right))]!;
  };
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const chosen = bestOn(samples.filter((_, i) => i % FOLDS !== fold));
    return samples.filter((_, i) => i % FOLDS === fold).filter(isRight(chosen)).length;
  });
  const accuracy = folds.reduce((sum, right) => sum + right, 0) / samples.length;
  return { ...bestOn(samples), accuracy, rows: samples.length };
}

const nameOf = ({ weight, threshold }: Stage.ContrastOptions): string =>
  weight === 0 ? "pt" : `${weight} above ${threshold}`;
