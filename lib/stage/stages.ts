/**
 * The stages of a pipeline, to be used as a namespace: `Stage.generate({ prompt })`.
 *
 * @module
 */
import { Effect } from "effect";
import type { Task } from "../task/mod.ts";
import type { Answered, Extracted, Graded } from "./records.ts";
import { make, type Stage } from "./stage.ts";

export * from "./stage.ts";
export * from "./generate.ts";
export * from "./correct.ts";

/** Finds the answer in the text. */
export function extractAnswer(task: Task): Stage<Answered, Pick<Extracted, "extraction">> {
  return make(({ example, answer: { text, finish } }: Answered) =>
    Effect.succeed({ extraction: task.extract(text, { example, finish }) })
  );
}

/**
 * Compares it with the gold answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, pipe, Stream } from "effect";
 * import { Stage } from "dynamic-prompt-corruption/stage";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * export const program = pipe(
 *   examples(wordProblems, { path: "data/benchmark", split: "dev", limit: 4 }),
 *   Stage.tokenize(wordProblems),
 *   Stage.generate(),
 *   Stage.accept,
 *   Stage.extractAnswer(wordProblems),
 *   Stage.grade(wordProblems),
 *   Stream.filter(({ verdict }) => verdict.correct),
 *   Stream.runCount,
 *   Effect.tap((correct) => assert.ok(correct >= 1)),
 * );
 * ```
 */
export function grade(task: Task): Stage<Extracted, Pick<Graded, "verdict">> {
  return make(({ extraction, example }: Extracted) =>
    Effect.map(task.grade(extraction, example), (verdict) => ({ verdict }))
  );
}
