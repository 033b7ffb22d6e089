/**
 * results.json: every number of a run, computed from its samples alone.
 *
 * @module
 */
import type { ArmSample, Sample } from "./sample.ts";
import * as Statistics from "./statistics.ts";

/** One arm over a run. */
export interface ArmSummary extends Statistics.Accuracy {
  /** Correct by the task's strict reading too. */
  readonly strict: number;
  readonly unparsed: number;
  readonly cutOff: number;
  /** Generated tokens per answer, all rounds. */
  readonly tokens: number;
  /** Share of instances that were corrected; null for an arm that never is. */
  readonly triggerRate: number | null;
  /** The trigger against "the answer of pt is wrong"; null without a trigger or without the arm pt. */
  readonly trigger: Statistics.TriggerQuality | null;
  /** From the answer of pt to this arm's; null without the arm pt. */
  readonly transitions: Statistics.Transitions | null;
  /** Accuracy of each stratum, by its name and value. */
  readonly strata: Readonly<Record<string, Readonly<Record<string, Statistics.Accuracy>>>>;
}

/** Two arms on the same examples. */
export interface Comparison extends Statistics.PairedComparison {
  readonly arm: string;
  readonly against: string;
  /** Holm-corrected over the comparisons of the run. */
  readonly pValueHolm: number;
}

/** The content of results.json. */
export interface Summary {
  readonly task: string;
  /** Examples. */
  readonly n: number;
  /** Prompts that the examples ran under. */
  readonly prompts: readonly string[];
  readonly arms: Readonly<Record<string, ArmSummary>>;
  readonly comparisons: readonly Comparison[];
}

/**
 * Summarises samples; every example must be there under every prompt.
 *
 * @param against the arm that the others are compared with; "pt" by default
 */
export function summarise(
  task: string,
  samples: readonly Sample[],
  against: string = "pt",
): Summary {
  const names = Object.keys(samples[0]?.arms ?? {});
  const prompts = [...new Set(samples.map(({ prompt }) => prompt))];
  const comparisons = !names.includes(against) ? [] : names
    .filter((name) => name !== against)
    .map((arm) => ({ arm, against, ...compare(samples, prompts, arm, against) }));
  const corrected = Statistics.holm(comparisons.map(({ pValue }) => pValue));
  return {
    task,
    n: new Set(samples.map(({ example }) => example)).size,
    prompts,
    arms: Object.fromEntries(names.map((name) => [name, summariseArm(samples, name, against)])),
    comparisons: comparisons.map((each, i) => ({ ...each, pValueHolm: corrected[i]! })),
  };
}

function compare(
  samples: readonly Sample[],
  prompts: readonly string[],
  arm: string,
  against: string,
): Statistics.PairedComparison {
  const outcomes = (name: string) =>
    prompts.map((prompt) =>
      samples.filter((sample) => sample.prompt === prompt)
        .sort((a, b) => a.example < b.example ? -1 : 1)
        .map((sample) => sample.arms[name]!.correct)
    );
  return Statistics.comparePaired(outcomes(arm), outcomes(against));
}

function summariseArm(samples: readonly Sample[], name: string, against: string): ArmSummary {
  const rows = samples.map((sample) => sample.arms[name]!);
  const firsts = samples.map((sample) => sample.arms[against]);
  const count = (test: (row: ArmSample) => boolean) => rows.filter(test).length;
  const triggered = rows.filter((row) => row.trigger !== null);
  const paired = name !== against && firsts.every((first) => first !== undefined);
  return {
    ...Statistics.accuracy(count(({ correct }) => correct), rows.length),
    strict: count(({ correct, strict }) => correct && strict),
    unparsed: count(({ verdict }) => verdict === "unparsed"),
    cutOff: count(({ verdict }) => verdict === "cut off"),
    tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0) / Math.max(1, rows.length),
    triggerRate: triggered.length === 0
      ? null
      : triggered.filter(({ trigger }) => trigger!.fired).length / triggered.length,
    trigger: triggered.length === 0 || !paired ? null : Statistics.triggerQuality(
      rows.flatMap(({ trigger }, i) =>
        trigger === null ? [] : [{ ...trigger, wrong: !firsts[i]!.correct }]
      ),
    ),
    transitions: !paired ? null : rows.reduce(
      (counts, { correct }, i) => Statistics.addTransition(counts, firsts[i]!.correct, correct),
      Statistics.NO_TRANSITIONS,
    ),
    strata: strataOf(samples, name),
  };
}

function strataOf(samples: readonly Sample[], name: string): ArmSummary["strata"] {
  const counts: Record<string, Record<string, [correct: number, n: number]>> = {};
  for (const { strata, arms } of samples) {
    for (const [key, value] of Object.entries(strata)) {
      const cell = (counts[key] ??= {})[value] ??= [0, 0];
      cell[0] += Number(arms[name]!.correct);
      cell[1] += 1;
    }
  }
  return Object.fromEntries(
    Object.entries(counts).map(([key, values]) => [
      key,
      Object.fromEntries(
        Object.entries(values).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
          .map(([value, [correct, n]]) => [value, Statistics.accuracy(correct, n)]),
      ),
    ]),
  );
}
