/**
 * The tables of a run.
 *
 * @module
 */
import type { Summary } from "../results/mod.ts";
import type { Accuracy, PairedComparison } from "../statistics/mod.ts";
import {
  type Column,
  percent,
  percentInterval,
  points,
  pointsInterval,
  pValue,
  render,
  right,
} from "./table.ts";

/**
 * Arms with intervals, differences to the arm they are compared with, and the trigger's quality.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Journal } from "dynamic-prompt-corruption/run";
 * import { resultsTable } from "dynamic-prompt-corruption/terminal";
 * import { Sample, summarise } from "dynamic-prompt-corruption/results";
 *
 * export const program = Effect.gen(function* () {
 *   const samples = yield* Stream.runCollect(Journal.rows("runs/first", Sample));
 *   assert.match(resultsTable(summarise("word-problems", [...samples])), /^untriggered +8 /m);
 * });
 * ```
 */
export function resultsTable(summary: Summary): string {
  const rows = Object.entries(summary.arms).map(([name, arm]) => {
    const comparison = summary.comparisons.find((each) => each.arm === name);
    return [
      ...outcome(name, arm, comparison),
      pValue(comparison?.pValueHolm ?? null),
      arm.triggerRate === null ? "-" : percent(arm.triggerRate),
      arm.transitions === null
        ? "-"
        : `+${arm.transitions.wrongToRight} -${arm.transitions.rightToWrong}`,
      arm.tokens.toFixed(0),
    ];
  });
  const more = [right("p, Holm"), right("corrected"), "won, lost", right("tokens")];
  return render(["arm", ...outcomeColumns(summary), ...more], rows);
}

/** Prompts beyond which the lowest and the highest accuracy stand for all. */
const MAX_PROMPT_COLUMNS = 8;

/** The accuracy of each arm under each prompt, and what its differences say of new prompts; empty of one prompt. */
export function promptsTable({ arms, comparisons, prompts }: Summary): string {
  if (prompts.length < 2) return "";
  const each = prompts.length <= MAX_PROMPT_COLUMNS;
  const titles = each ? prompts : ["lowest", "highest"];
  const rows = Object.entries(arms).map(([name, arm]) => {
    const accuracies = Object.values(arm.prompts).map(({ accuracy }) => accuracy ?? 0);
    const cells = each ? accuracies : [Math.min(...accuracies), Math.max(...accuracies)];
    const comparison = comparisons.find((each) => each.arm === name);
    return [
      name,
      ...cells.map(percent),
      points(comparison?.difference ?? null),
      pointsInterval(comparison?.newPrompts?.interval ?? null),
      pValue(comparison?.newPromptsPValueHolm ?? null),
    ];
  });
  return render([
    { title: "under each prompt" },
    ...titles.map(right),
    right(`vs ${comparisons[0]?.against ?? "pt"}`),
    { title: "95 %, new prompts" },
    right("p, Holm"),
  ], rows);
}

/** Values of a stratum beyond which its arms stand side by side, without their differences. */
const MAX_INLINE_STRATA = 3;
/** Values of a stratum beyond which it is left to the report. */
const MAX_STRATA_ROWS = 16;

/** The same accuracies and differences within each value of the strata that have few, such as the benchmark's kinds; empty of none. */
export function strataTable(summary: Summary): string {
  const arms = Object.entries(summary.arms);
  const rows = fewStrata(summary).flatMap(([key, value]) =>
    arms.map(([name, arm]) => {
      const comparison = summary.comparisons.find((each) => each.arm === name);
      const paired = comparison?.strata[key]?.[value];
      return [`${key} ${value}`, ...outcome(name, arm.strata[key]![value]!, paired)];
    })
  );
  if (rows.length === 0) return "";
  return render(["of", "arm", ...outcomeColumns(summary)], rows);
}

/** Name and value of the strata that have few values. */
export function fewStrata(
  { arms }: Summary,
): readonly (readonly [key: string, value: string])[] {
  return Object.entries(Object.values(arms)[0]?.strata ?? {}).flatMap(([key, values]) => {
    const names = Object.keys(values);
    return names.length > 1 && names.length <= MAX_INLINE_STRATA
      ? names.map((value) => [key, value] as const)
      : [];
  });
}

/** Accuracies of all arms within each value of the strata that have many, such as MATH's subjects; empty of none. */
export function wideStrataTable({ arms }: Summary): string {
  const all = Object.entries(arms);
  const rows = Object.entries(all[0]?.[1].strata ?? {}).flatMap(([key, values]) => {
    const names = Object.keys(values);
    if (names.length <= MAX_INLINE_STRATA || names.length > MAX_STRATA_ROWS) return [];
    return names.map((value) => [
      `${key} ${value}`,
      values[value]!.n,
      ...all.map(([, arm]) => percent(arm.strata[key]?.[value]?.accuracy ?? null)),
    ]);
  });
  if (rows.length === 0) return "";
  return render(["of", ...["n", ...all.map(([name]) => name)].map(right)], rows);
}

function outcomeColumns({ comparisons }: Summary): readonly (Column | string)[] {
  const compared = right(`vs ${comparisons[0]?.against ?? "pt"}`);
  return [right("n"), right("accuracy"), "95 % interval", compared, "95 % interval", right("p")];
}

function outcome(
  name: string,
  { n, accuracy, interval }: Accuracy,
  paired: PairedComparison | undefined,
): readonly (string | number)[] {
  return [
    name,
    n,
    percent(accuracy),
    percentInterval(interval),
    points(paired?.difference ?? null),
    pointsInterval(paired?.interval ?? null),
    pValue(paired?.pValue ?? null),
  ];
}
