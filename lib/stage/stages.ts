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
export * from "./choose.ts";

/** Finds the answer in the text. */
export function extractAnswer(task: Task): Stage<Answered, Extracted> {
  return make((example: Answered) => {
    const { text, finish } = example.answer;
    return Effect.succeed({ extraction: task.extract(text, { example, finish }) });
  });
}

/** Compares it with the gold answer. */
export function grade(task: Task): Stage<Extracted, Graded> {
  return make((example: Extracted) =>
    Effect.map(task.grade(example.extraction, example), (verdict) => ({ verdict }))
  );
}
