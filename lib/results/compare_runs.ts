/**
 * Runs side by side: each arm of a run against the same arm of the first run, on the examples that both have.
 *
 * @module
 */
import type { Sample } from "./sample.ts";
import {
  type Accuracy,
  accuracy,
  comparePaired,
  holm,
  type Outcomes,
  type PairedComparison,
  pooledAccuracy,
} from "../statistics/mod.ts";

/** Outcomes of a run by arm, example and prompt. */
export class RunOutcomes {
  /** The run's name. */
  readonly name: string;
  /** By arm, then by example, then by prompt and answer. */
  readonly arms: Map<string, Map<string, Map<string, boolean>>> = new Map();
  /** Names of its prompts, in their order. */
  readonly prompts: Set<string> = new Set();
  /** Answers to each example under each prompt. */
  answers: number = 1;

  /**
   * Starts with no sample.
   *
   * @param name of the run
   */
  constructor(name: string) {
    this.name = name;
  }

  /** Takes one more sample in. */
  add({ example, question, gold, prompt, draw = 1, arms }: Sample): void {
    // an id alone may be that of another dataset
    const key = JSON.stringify([example, question, gold]);
    this.prompts.add(prompt);
    this.answers = Math.max(this.answers, draw);
    for (const [name, { correct }] of Object.entries(arms)) {
      const examples = this.arms.get(name) ?? new Map<string, Map<string, boolean>>();
      const prompts = examples.get(key) ?? new Map<string, boolean>();
      this.arms.set(name, examples.set(key, prompts.set(rowKey(prompt, draw), correct)));
    }
  }
}

/** One arm of one run. */
export interface RunArm {
  /** The run's name. */
  readonly run: string;
  /** The arm's name. */
  readonly arm: string;
  /** The arm's accuracy over all examples of its run. */
  readonly accuracy: Accuracy;
  /**
   * Against the same arm of the first run, on the examples that both have; null for the first run, and where nothing matches: no
   * common example, or another number of prompts or answers.
   */
  readonly comparison: (PairedComparison & { readonly pValueHolm: number }) | null;
}

/**
 * Compares runs with the first of them. Prompts are paired in the order in which a run has them, as seeds of the same kind have other
 * names.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { compareRuns, RunOutcomes, Sample } from "dynamic-prompt-corruption/results";
 * import { Journal } from "dynamic-prompt-corruption/run";
 *
 * export const program = Effect.gen(function* () {
 *   const read = (directory: string) =>
 *     Stream.runFold(Journal.rows(directory, Sample), new RunOutcomes(directory), (run, sample) => {
 *       run.add(sample);
 *       return run;
 *     });
 *   const rows = compareRuns([yield* read("runs/first"), yield* read("runs/first")]);
 *   const again = rows.find(({ arm, comparison }) => arm === "pt" && comparison !== null);
 *   assert.equal(again?.comparison?.difference, 0);
 * });
 * ```
 */
export function compareRuns(runs: readonly RunOutcomes[]): readonly RunArm[] {
  const rows = runs.flatMap((run) =>
    [...run.arms].map(([arm, examples]) => {
      const own = { examples, run };
      const pooled = outcomes(own, [...examples.keys()]);
      const all = [...examples.values()].flatMap((prompts) => [...prompts.values()]);
      const first = run === runs[0] ? undefined : runs[0]?.arms.get(arm);
      const against = first && { examples: first, run: runs[0]! };
      return {
        run: run.name,
        arm,
        accuracy: pooled === null
          ? accuracy(all.filter(Boolean).length, all.length)
          : pooledAccuracy(pooled),
        comparison: against === undefined ? null : compare(own, against),
      };
    })
  );
  const corrected = holm(rows.flatMap(({ comparison }) => comparison?.pValue ?? []));
  let at = 0;
  return rows.map((row) => ({
    ...row,
    comparison: row.comparison && { ...row.comparison, pValueHolm: corrected[at++]! },
  }));
}

/** Outcomes of an arm by example and prompt, and its run, which has the prompts' order: an example that was tried again may have another. */
interface ArmOutcomes {
  readonly examples: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
  readonly run: RunOutcomes;
}

function compare(arm: ArmOutcomes, against: ArmOutcomes): PairedComparison | null {
  const common = [...arm.examples.keys()].filter((key) => against.examples.has(key));
  const [ours, theirs] = [outcomes(arm, common), outcomes(against, common)];
  const { answers } = arm.run;
  const comparable = ours !== null && ours.length === theirs?.length &&
    answers === against.run.answers;
  return comparable ? comparePaired(ours, theirs, { answers }) : null;
}

/** [prompts * answers][examples]; null of no example, or where an example lacks one, as in a run that is not finished. */
function outcomes({ examples, run }: ArmOutcomes, keys: readonly string[]): Outcomes | null {
  const rows = [...run.prompts].flatMap((prompt) =>
    Array.from({ length: run.answers }, (_, i) => rowKey(prompt, i + 1))
  );
  const found = keys.map((key) => examples.get(key)!);
  if (found.length === 0 || found.some(({ size }) => size !== rows.length)) return null;
  return rows.map((row) => found.map((example) => example.get(row)!));
}

/** A prompt, and one of the answers drawn under it. */
const rowKey = (prompt: string, draw: number): string => `${prompt}#${draw}`;
