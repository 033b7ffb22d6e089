/**
 * What a program of one's own starts with: a model, a prompt, a task, arms, a run and its report. Everything else is exported by the doors
 * of the rooms, `dynamic-prompt-corruption/dpc` for example.
 *
 * Stability: stable.
 *
 * @module
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { readResults, writeReport } from "dynamic-prompt-corruption";
 *
 * export const program = Effect.gen(function* () {
 *   // what runEvaluation wrote, or `dpc evaluate`
 *   const { n } = yield* readResults("runs/first");
 *   assert.equal(n, 8);
 *   assert.match(yield* writeReport("runs/first"), /report\.html$/);
 * });
 * ```
 */
export { Arm, evaluate, localEvaluator } from "./arm/mod.ts";
export { Acceptance, Corruption, type Probe, Trigger } from "./dpc/mod.ts";
export { loadPrompt, savePrompt, tune } from "./prompt/mod.ts";
export { writeReport } from "./report/mod.ts";
export { compareRuns, Sample, summarise, type Summary } from "./results/mod.ts";
export { Journal, readResults, readRun, runEvaluation, summariseRun } from "./run/mod.ts";
export { Model, modelLayer, Stage } from "./stage/mod.ts";
export { Progress } from "./terminal/mod.ts";
export { type Example, examples, type Task, tasks } from "./task/mod.ts";
