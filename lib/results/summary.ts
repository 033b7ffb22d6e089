/**
 * results.json: every number of a run, computed from its samples alone.
 *
 * @module
 */
import type { ArmSample, Sample } from "./sample.ts";
import * as Statistics from "../statistics/mod.ts";

/** One value for each value of each stratum, by their names: `kind`, `distracting`. */
export type Strata<A> = Readonly<Record<string, Readonly<Record<string, A>>>>;

/** One arm over a run. */
export interface ArmSummary extends Statistics.Accuracy {
  /** Correct by the task's strict reading too. */
  readonly strict: number;
  /** Not correct, as a decimal where the task asks for the exact value that rounds to it. */
  readonly rounded: number;
  /** Answers in which nothing was found. */
  readonly unparsed: number;
  /** Answers that reached the token limit. */
  readonly cutOff: number;
  /** Generated tokens per answer, all rounds. */
  readonly tokens: number;
  /** Share of instances that were corrected; null for an arm that never is. */
  readonly triggerRate: number | null;
  /** The trigger against "the answer of pt is wrong"; null without a trigger or without the arm pt. */
  readonly trigger: Statistics.TriggerQuality | null;
  /** From the answer of pt to this arm's; null without the arm pt. */
  readonly transitions: Statistics.Transitions | null;
  /** The same within each stratum. */
  readonly strata: Strata<Statistics.Accuracy>;
}

/** Two arms on the same examples. */
export interface Comparison extends Statistics.PairedComparison {
  /** The arm. */
  readonly arm: string;
  /** The arm it is compared with. */
  readonly against: string;
  /** Holm-corrected over the comparisons of the run. */
  readonly pValueHolm: number;
  /** The same within each stratum. */
  readonly strata: Strata<Statistics.PairedComparison>;
}

/** The content of results.json. */
export interface Summary {
  /** The task's name. */
  readonly task: string;
  /** Examples. */
  readonly n: number;
  /** Examples under a prompt that could not be evaluated (errors.jsonl); they count in no other number. */
  readonly failed: number;
  /** Prompts that the examples ran under. */
  readonly prompts: readonly string[];
  /** Each arm's numbers, by name. */
  readonly arms: Readonly<Record<string, ArmSummary>>;
  /** Each other arm against the first answers. */
  readonly comparisons: readonly Comparison[];
}

/** What {@linkcode summarise} can be told. */
export interface SummariseOptions {
  /** Examples that have no sample as they failed; 0 by default. */
  readonly failed?: number;
  /** The arm that the others are compared with; "pt" by default. */
  readonly against?: string;
}

/**
 * Summarises samples; an example that is not there under every prompt is left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Journal } from "dynamic-prompt-corruption/run";
 * import { Sample, summarise } from "dynamic-prompt-corruption/results";
 *
 * export const program = Effect.gen(function* () {
 *   const samples = yield* Stream.runCollect(Journal.rows("runs/first", Sample));
 *   const { comparisons } = summarise("word-problems", [...samples]);
 *   assert.deepEqual(comparisons.map(({ arm }) => arm), ["base", "untriggered"]);
 * });
 * ```
 */
export function summarise(
  task: string,
  all: readonly Sample[],
  { failed = 0, against = "pt" }: SummariseOptions = {},
): Summary {
  const prompts = [...new Set(all.map(({ prompt }) => prompt))];
  const samples = complete(all, prompts.length);
  const names = Object.keys(samples[0]?.arms ?? {});
  const table = new Outcomes(samples, prompts);
  const comparisons = !names.includes(against) ? [] : names
    .filter((name) => name !== against)
    .map((arm) => ({
      arm,
      against,
      ...Statistics.comparePaired(table.of(arm), table.of(against)),
      strata: table.strata((examples) =>
        Statistics.comparePaired(table.of(arm, examples), table.of(against, examples), IN_STRATA)
      ),
    }));
  const corrected = Statistics.holm(comparisons.map(({ pValue }) => pValue));
  return {
    task,
    n: new Set(samples.map(({ example }) => example)).size,
    failed,
    prompts,
    arms: Object.fromEntries(
      names.map((name) => [name, {
        ...Statistics.pooledAccuracy(table.of(name)),
        ...summariseArm(samples, name, against),
        strata: table.strata((examples) =>
          Statistics.pooledAccuracy(table.of(name, examples), IN_STRATA)
        ),
      }]),
    ),
    comparisons: comparisons.map((each, i) => ({ ...each, pValueHolm: corrected[i]! })),
  };
}

/** The samples of examples that are there under so many prompts. */
function complete(samples: readonly Sample[], prompts: number): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const { example } of samples) counts.set(example, (counts.get(example) ?? 0) + 1);
  return samples.filter(({ example }) => counts.get(example) === prompts);
}

/** There are many strata. */
const IN_STRATA: Statistics.BootstrapOptions = { resamples: 2000 };

/** Which answers are right, by prompt and example. */
class Outcomes {
  readonly #rows: readonly (readonly Sample[])[];

  constructor(samples: readonly Sample[], prompts: readonly string[]) {
    this.#rows = prompts.map((prompt) =>
      samples.filter((sample) => sample.prompt === prompt)
        .sort((a, b) => a.example < b.example ? -1 : 1)
    );
  }

  /** [prompts][examples]; of those examples alone, where they are given. */
  of(arm: string, examples?: ReadonlySet<string>): Statistics.Outcomes {
    return this.#rows.map((row) =>
      row.filter(({ example }) => examples?.has(example) ?? true)
        .map(({ arms }) => arms[arm]!.correct)
    );
  }

  /** Something of the examples of each stratum; values in their natural order. */
  strata<A>(of: (examples: ReadonlySet<string>) => A): Strata<A> {
    const strata = new Map<string, Map<string, Set<string>>>();
    for (const sample of this.#rows[0] ?? []) {
      for (const [key, value] of Object.entries(sample.strata)) {
        const values = strata.get(key) ?? new Map<string, Set<string>>();
        strata.set(key, values.set(value, (values.get(value) ?? new Set()).add(sample.example)));
      }
    }
    return Object.fromEntries(
      [...strata].map(([key, values]) => [
        key,
        Object.fromEntries(
          [...values].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
            .map(([value, examples]) => [value, of(examples)]),
        ),
      ]),
    );
  }
}

function summariseArm(
  samples: readonly Sample[],
  name: string,
  against: string,
): Omit<ArmSummary, keyof Statistics.Accuracy | "strata"> {
  const rows = samples.map((sample) => sample.arms[name]!);
  const firsts = samples.map((sample) => sample.arms[against]);
  const count = (test: (row: ArmSample) => boolean) => rows.filter(test).length;
  const triggered = rows.filter((row) => row.trigger !== null);
  const paired = name !== against && firsts.every((first) => first !== undefined);
  return {
    strict: count(({ correct, strict }) => correct && strict),
    rounded: count(({ verdict }) => verdict === "rounded"),
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
  };
}
