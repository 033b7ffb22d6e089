/**
 * Which heads ACT calibrates (lib/model/graph/sink_calibration.ts), chosen on a development split: those of which calibration alone, one
 * head at a time, gives more right answers than none, as its authors choose them.
 *
 * @module
 */
import type { Effect } from "effect";
import type { AttentionCalibration, DecoderConfig, EngineError, SinkRule } from "../model/mod.ts";
import type { Task } from "../task/mod.ts";
import { make } from "./arm.ts";
import { evaluate } from "./evaluate.ts";
import type { Model, Tokenized } from "../stage/mod.ts";
import type { SoftPrompt } from "../prompt/mod.ts";
import type { Sample } from "../results/mod.ts";

/** A head: layer and query head, from 0. */
export type Head = AttentionCalibration["heads"][number];

/** alpha = 5 and beta = 0.4, as in the paper. */
export const ACT_STANDARD = { alpha: 5, beta: 0.4 } as const;

/** As in the program of the paper's authors that generates answers (GATECH-EIC/ACT, mt-bench). */
export const ACT_CODE = { threshold: 0.15, beta: 0.4 } as const;

/** As in their search for heads. */
export const ACT_CODE_SEARCH = { threshold: 0.1, beta: 0.4 } as const;

/**
 * The heads that may be calibrated: of all layers but the first two and the last, as in the paper; of all where there are fewer than four.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { candidateHeads } from "dynamic-prompt-corruption/arm";
 *
 * assert.deepEqual(candidateHeads({ layers: 4, heads: 2 }), [[2, 0], [2, 1]]);
 * ```
 */
export function candidateHeads(
  { layers, heads }: Pick<DecoderConfig, "layers" | "heads">,
): readonly Head[] {
  const [start, end] = layers < 4 ? [0, layers] : [2, layers - 1];
  return Array.from(
    { length: (end - start) * heads },
    (_, i) => [start + Math.floor(i / heads), i % heads] as const,
  );
}

/** Options of {@linkcode evaluateHeads}. */
export type EvaluateHeadsOptions = SinkRule & Pick<AttentionCalibration, "beta"> & {
  /** Extracts and grades. */
  readonly task: Task;
  /** The soft prompt. */
  readonly prompt: SoftPrompt;
  /** Heads to try. */
  readonly candidates: readonly Head[];
};

/**
 * Answers an example once as it is, by the arm `pt`, and once for each candidate, by an arm of its name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { ACT_STANDARD, evaluateHeads } from "dynamic-prompt-corruption/arm";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const [sample] = yield* pipe(
 *     examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 2 }),
 *     Stage.streamed(Stage.tokenize(wordProblems)),
 *     Stage.streamed(evaluateHeads({
 *       ...ACT_STANDARD,
 *       task: wordProblems,
 *       prompt: NO_PROMPT,
 *       candidates: [[2, 0], [2, 1]],
 *     })),
 *     Stream.runCollect,
 *   );
 *   assert.deepEqual(Object.keys(sample!.arms), ["pt", "2.0", "2.1"]);
 * });
 * ```
 */
export function evaluateHeads(
  { task, prompt, candidates, ...rule }: EvaluateHeadsOptions,
): (example: Tokenized) => Effect.Effect<Sample, EngineError, Model> {
  const arms = [
    make({ name: "pt" }),
    ...candidates.map((head) => make({ name: nameOf(head), act: { ...rule, heads: [head] } })),
  ];
  return evaluate(task, { prompt, arms });
}

/** The heads with more right answers than `pt`. */
export function betterHeads(
  samples: readonly Sample[],
  candidates: readonly Head[],
): readonly Head[] {
  const right = (arm: string) => samples.filter(({ arms }) => arms[arm]!.correct).length;
  return candidates.filter((head) => right(nameOf(head)) > right("pt"));
}

const nameOf = (head: Head): string => head.join(".");
