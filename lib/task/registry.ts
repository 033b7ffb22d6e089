/**
 * All tasks by name.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import { Registry, type UnknownName } from "../registry/mod.ts";
import { aqua } from "./aqua.ts";
import { multiarith, svamp } from "./arithmetic.ts";
import { gsm8k, wordProblems } from "./gsm8k.ts";
import { JSONL_DEFAULTS, type JsonlOptions, makeJsonl } from "./jsonl.ts";
import { makeMath } from "./math.ts";
import type { Task } from "./task.ts";
import { MATH_TEMPLATES, type Template } from "./template/mod.ts";

/** A task in the table of tasks. */
export interface TaskEntry
  extends Registry.Entry<JsonlOptions, Effect.Effect<Task, never, Scope.Scope>> {
  /** Its templates. */
  readonly templates: readonly Template.Template[];
}

const plain = (task: Task, description: string): TaskEntry => ({
  description,
  templates: task.templates,
  make: () => Effect.succeed(task),
});

/** All tasks by name. */
export const tasks: Registry.Registry<TaskEntry> = {
  kind: "task",
  entries: {
    "word-problems": plain(wordProblems, "the embedded benchmark"),
    gsm8k: plain(gsm8k, "grade-school word problems"),
    aqua: plain(aqua, "algebra with five options"),
    svamp: plain(svamp, "one-step word problems, varied"),
    multiarith: plain(multiarith, "word problems of several steps"),
    math: {
      description: "competition problems",
      templates: MATH_TEMPLATES,
      make: () => makeMath(),
    },
    jsonl: {
      description: "questions and answers in a file of any form",
      defaults: JSONL_DEFAULTS,
      templates: gsm8k.templates,
      make: makeJsonl,
    },
  },
};

/**
 * Finds a task; those that check answers symbolically hold a worker until the scope ends.
 *
 * @param name one of {@linkcode tasks}
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
): Effect.Effect<Task, UnknownName, Scope.Scope> {
  return Effect.flatMap(Registry.find(tasks, name), ({ make }) => make(options));
}
