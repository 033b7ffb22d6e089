/**
 * The numbers of results.json, computed from samples that are taken in one by one.
 *
 * @module
 */
import { Record } from "effect";
import { Acceptance } from "../dpc/mod.ts";
import { FORMAT } from "../schema/files.ts";
import type { ArmSample, Sample } from "./sample.ts";
import type { ArmComparison, ArmSummary, Strata, Summary } from "./summary.ts";
import * as Statistics from "../statistics/mod.ts";

/** Options of {@linkcode summarise} and {@linkcode SummaryCollector.finish}. */
export interface SummariseOptions {
  /** Examples that have no sample as they failed; 0 by default. */
  readonly failed?: number;
  /** The arm that the others are compared with; "pt" by default. */
  readonly against?: string;
  /** The arm that was named beforehand as the one to be tested; none by default. */
  readonly primary?: string | null;
}

/**
 * Summarises samples; an example that is not there under every prompt, or lacks one of the answers drawn to it, is left out.
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
 *   const { comparisons } = summarise("word-problems", samples);
 *   assert.deepEqual(comparisons.map(({ arm }) => arm), ["base", "untriggered"]);
 * });
 * ```
 */
export function summarise(
  task: string,
  samples: Iterable<Sample>,
  options: SummariseOptions = {},
): Summary {
  const collector = new SummaryCollector();
  for (const sample of samples) collector.add(sample);
  return collector.finish(task, options);
}

/** What is kept of an arm, by sample: no text. */
interface ArmColumns {
  readonly correct: boolean[];
  readonly strict: boolean[];
  readonly verdict: ArmSample["verdict"][];
  readonly tokens: number[];
  readonly flowPasses: (number | undefined)[];
  readonly trigger: ArmSample["trigger"][];
  /** What was answered, where several answers are drawn. */
  readonly answer: ArmSample["answer"][];
}

/** What of a sample is taken in. */
export type SampleOutcomes = Pick<Sample, "example" | "prompt" | "draw" | "strata" | "arms">;

/**
 * Takes the samples of a run in one by one; keeps their verdicts, token counts, trigger scores and, where several are drawn, answers, but
 * no text and no flow.
 */
export class SummaryCollector {
  readonly #examples: string[] = [];
  readonly #prompts: string[] = [];
  /** From 1; all 1 where one answer is given. */
  readonly #draws: number[] = [];
  #answers = 1;
  /** Of the examples under the first prompt. */
  readonly #strata: Sample["strata"][] = [];
  readonly #arms = new Map<string, ArmColumns>();

  /** Samples so far. */
  get samples(): number {
    return this.#examples.length;
  }

  /** Takes one more sample in. */
  add({ example, prompt, draw, strata, arms }: SampleOutcomes): void {
    const at = this.#examples.push(example) - 1;
    this.#draws.push(draw ?? 1);
    this.#answers = Math.max(this.#answers, draw ?? 1);
    // one string for all samples of a prompt
    this.#prompts.push(prompt === this.#prompts[at - 1] ? this.#prompts[at - 1]! : prompt);
    if (prompt === this.#prompts[0]) this.#strata[at] = strata;
    for (const [name, arm] of Object.entries(arms)) {
      const columns = this.#arms.get(name) ??
        {
          correct: [],
          strict: [],
          verdict: [],
          tokens: [],
          flowPasses: [],
          trigger: [],
          answer: [],
        };
      this.#arms.set(name, columns);
      columns.correct[at] = arm.correct;
      columns.strict[at] = arm.strict;
      columns.verdict[at] = arm.verdict;
      columns.tokens[at] = arm.tokens;
      columns.flowPasses[at] = arm.flowPasses;
      columns.trigger[at] = arm.trigger;
      if (draw !== undefined) columns.answer[at] = arm.answer;
    }
  }

  /**
   * The summary of the samples so far: of the examples that are there under every prompt with all their answers, and the arms that all of them have.
   *
   * @param task the task's name
   */
  finish(
    task: string,
    { failed = 0, against = "pt", primary = null }: SummariseOptions = {},
  ): Summary {
    const prompts = [...new Set(this.#prompts)];
    const answers = this.#answers;
    const samples = this.#complete(prompts.length * answers);
    const names = [...this.#arms.keys()].filter((name) =>
      samples.length > 0 && samples.every((at) => this.#arms.get(name)!.correct[at] !== undefined)
    );
    /** [prompts * answers][examples], the answers under a prompt one after the other, examples in the order of their ids. */
    const rows = prompts.flatMap((prompt) =>
      Array.from(
        { length: answers },
        (_, i) =>
          samples.filter((at) => this.#prompts[at] === prompt && this.#draws[at] === i + 1)
            .sort((a, b) => this.#examples[a]! < this.#examples[b]! ? -1 : 1),
      )
    );
    const strata = this.#places(rows[0] ?? []);
    const outcomes = (arm: string, places?: readonly number[]): Statistics.Outcomes => {
      const { correct } = this.#arms.get(arm)!;
      return rows.map((row) =>
        (places?.map((place) => row[place]!) ?? row).map((at) => correct[at]!)
      );
    };
    const compare = (arm: string, against: string) => ({
      arm,
      against,
      ...Statistics.comparePaired(outcomes(arm), outcomes(against), { answers }),
    });
    const comparisons = !names.includes(against) ? [] : names
      .filter((name) => name !== against)
      .map((arm) => ({
        ...compare(arm, against),
        strata: mapStrata(
          strata,
          (places) =>
            Statistics.comparePaired(outcomes(arm, places), outcomes(against, places), { answers }),
        ),
      }));
    const spoken = primary ?? names.find((name) => name.startsWith("dpc"));
    const rivals = spoken === undefined || !names.includes(spoken) ? [] : names
      .filter((name) => name !== spoken && this.#corrects(name))
      .map((arm) => compare(arm, spoken));
    return {
      format: FORMAT,
      task,
      n: rows[0]?.length ?? 0,
      failed,
      prompts,
      ...(answers === 1 ? {} : { answers }),
      arms: Object.fromEntries(names.map((name) => {
        const all = outcomes(name);
        return [name, {
          ...Statistics.pooledAccuracy(all),
          ...this.#summariseArm(samples, name, names.includes(against) ? against : undefined),
          ...(answers === 1
            ? {}
            : { majority: Statistics.pooledAccuracy(this.#majorities(name, rows)) }),
          prompts: Object.fromEntries(prompts.map((prompt, i) => [
            safeKey(prompt),
            Statistics.pooledAccuracy(all.slice(i * answers, (i + 1) * answers)),
          ])),
          strata: mapStrata(
            strata,
            (places) => Statistics.pooledAccuracy(outcomes(name, places)),
          ),
        }];
      })),
      primary,
      comparisons: withHolm(comparisons, primary),
      rivals: withHolm(rivals, null),
    };
  }

  /** Whether an arm may correct: then its samples have a trigger. */
  #corrects(arm: string): boolean {
    return this.#arms.get(arm)!.trigger.some((trigger) => (trigger ?? null) !== null);
  }

  /** Whether the answer that most of those drawn give is right, [prompts][examples]. */
  #majorities(arm: string, rows: readonly (readonly number[])[]): Statistics.Outcomes {
    const { answer, correct } = this.#arms.get(arm)!;
    return Array.from({ length: rows.length / this.#answers }, (_, prompt) => {
      const drawn = rows.slice(prompt * this.#answers, (prompt + 1) * this.#answers);
      return rows[0]!.map((_, place) => {
        const candidates = drawn.map((row) => ({
          logProbabilities: [],
          answer: answer[row[place]!] ?? undefined,
        }));
        return correct[drawn[Acceptance.majority.choose(candidates)]![place]!]!;
      });
    });
  }

  /** Numbers of the samples of examples that are there so many times: under each prompt, and with each answer. */
  #complete(times: number): readonly number[] {
    const counts = new Map<string, number>();
    for (const example of this.#examples) counts.set(example, (counts.get(example) ?? 0) + 1);
    return [...this.#examples.keys()].filter((at) => counts.get(this.#examples[at]!) === times);
  }

  /** Where in a row the examples of each stratum stand; values in their natural order. */
  #places(row: readonly number[]): Strata<readonly number[]> {
    const strata = new Map<string, Map<string, number[]>>();
    for (const [place, at] of row.entries()) {
      for (const [key, value] of Object.entries(this.#strata[at]!)) {
        const values = strata.get(key) ?? new Map<string, number[]>();
        const places = values.get(value) ?? [];
        places.push(place);
        strata.set(key, values.set(value, places));
      }
    }
    return Object.fromEntries([...strata].map(([key, values]) => [
      safeKey(key),
      Object.fromEntries(
        [...values].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
          .map(([value, places]) => [safeKey(value), places]),
      ),
    ]));
  }

  #summariseArm(
    samples: readonly number[],
    name: string,
    against: string | undefined,
  ): Omit<ArmSummary, keyof Statistics.Accuracy | "prompts" | "strata"> {
    const { correct, strict, verdict, tokens, flowPasses, trigger } = this.#arms.get(name)!;
    const first = against === undefined || against === name
      ? undefined
      : this.#arms.get(against)!.correct;
    const perSample = (of: (at: number) => number) =>
      samples.reduce((sum, at) => sum + of(at), 0) / Math.max(1, samples.length);
    const count = (test: (at: number) => boolean) => samples.filter(test).length;
    const triggered = samples.filter((at) => trigger[at] !== null);
    return {
      strict: count((at) => correct[at]! && strict[at]!),
      rounded: count((at) => verdict[at] === "rounded"),
      unparsed: count((at) => verdict[at] === "unparsed"),
      cutOff: count((at) => verdict[at] === "cut off"),
      tokens: perSample((at) => tokens[at]!),
      ...(samples.some((at) => flowPasses[at] === undefined)
        ? {}
        : { flowPasses: perSample((at) => flowPasses[at]!) }),
      triggerRate: triggered.length === 0
        ? null
        : triggered.filter((at) => trigger[at]!.fired).length / triggered.length,
      trigger: triggered.length === 0 || first === undefined ? null : Statistics.triggerQuality(
        triggered.map((at) => ({
          ...trigger[at]!,
          wrong: !first[at]!,
          example: this.#examples[at]!,
        })),
      ),
      transitions: first === undefined ? null : samples.reduce(
        (counts, at) => Statistics.addTransition(counts, first[at]!, correct[at]!),
        Statistics.NO_TRANSITIONS,
      ),
    };
  }
}

/** Comparisons with their p values corrected; the primary arm's stands alone, as it was named beforehand. */
function withHolm<A extends Statistics.PairedComparison & { readonly arm: string }>(
  comparisons: readonly A[],
  primary: string | null,
): readonly (A & Pick<ArmComparison, "pValueHolm" | "newPromptsPValueHolm">)[] {
  const corrected = (pValueOf: (each: A) => number | null) => {
    const family = comparisons.filter((each) => each.arm !== primary && pValueOf(each) !== null);
    const adjusted = Statistics.holm(family.map((each) => pValueOf(each)!));
    const byArm = new Map(family.map((each, at) => [each.arm, adjusted[at]!]));
    return (each: A) => byArm.get(each.arm) ?? pValueOf(each);
  };
  const these = corrected(({ pValue }) => pValue);
  const others = corrected(({ newPrompts }) => newPrompts?.pValue ?? null);
  return comparisons.map((each) => ({
    ...each,
    pValueHolm: these(each)!,
    newPromptsPValueHolm: others(each),
  }));
}

/** A name as a key of results.json: assigned to another object, the key `__proto__` would replace its prototype. */
const safeKey = (name: string): string => name === "__proto__" ? "(__proto__)" : name;

const mapStrata = <A, B>(strata: Strata<A>, of: (value: A) => B): Strata<B> =>
  Record.map(strata, (values) => Record.map(values, of));
