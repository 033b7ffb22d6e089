/**
 * All tasks by name.
 *
 * @module
 */
import { Data, Effect, type Scope } from "effect";
import { aqua } from "./aqua.ts";
import { multiarith, svamp } from "./arithmetic.ts";
import { gsm8k, wordProblems } from "./gsm8k.ts";
import { type JsonlOptions, makeJsonl } from "./jsonl.ts";
import { makeMath } from "./math.ts";
import type { Task } from "./task.ts";

const PLAIN_TASKS = { "word-problems": wordProblems, gsm8k, aqua, svamp, multiarith };

/** The names that {@linkcode byName} knows. */
export const NAMES = [...Object.keys(PLAIN_TASKS), "math", "jsonl"] as readonly string[];

/** A task that does not exist. */
export class UnknownTask extends Data.TaggedError("UnknownTask")<{ readonly name: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot find task '${this.name}': choose one of ${NAMES.join(", ")}`;
  }
}

/**
 * Finds a task; those that check answers symbolically hold a worker until the scope ends.
 *
 * @param name one of {@linkcode NAMES}
 * @param options the fields of task "jsonl"; the others take none
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Either } from "effect";
 * import { byName } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const task = yield* byName("jsonl", { question: "problem", answer: "solution" });
 *   const example = task.toExample({ problem: "What is 9 * 2?", solution: "18" }, "mine-0");
 *   assert.equal(Either.getOrThrow(example).gold, "18");
 * }).pipe(Effect.scoped);
 * ```
 */
export function byName(
  name: string,
  options: JsonlOptions = {},
): Effect.Effect<Task, UnknownTask, Scope.Scope> {
  if (name === "math") return makeMath();
  if (name === "jsonl") return makeJsonl(options);
  const task = Object.entries(PLAIN_TASKS).find(([known]) => known === name)?.[1];
  return task === undefined ? new UnknownTask({ name }) : Effect.succeed(task);
}
