/**
 * Grading an answer that is there already.
 *
 * @module
 */
import { Effect } from "effect";
import type { ArmSample } from "../results/mod.ts";
import type { Example, Task } from "../task/mod.ts";

/** An arm's part of a line with everything that follows from its text found again: answer, rule, verdict. */
export function gradeAgain(
  task: Task,
  example: Example,
  arm: ArmSample,
): Effect.Effect<ArmSample> {
  const extraction = task.extract(arm.text, { example, finish: arm.finish });
  return Effect.map(task.grade(extraction, example), ({ kind, correct, strict }) => ({
    ...arm,
    answer: extraction.answer ?? null,
    rule: extraction.rule,
    correct,
    strict,
    verdict: kind,
  }));
}
