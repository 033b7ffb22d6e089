/**
 * The tables of a run.
 *
 * @module
 */
import type { Summary } from "../results/mod.ts";
import {
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
 *   assert.match(resultsTable(summarise("word-problems", [...samples])), /^untriggered +\d+\.\d +/m);
 * });
 * ```
 */
export function resultsTable({ arms, comparisons, answers }: Summary): string {
  const rows = Object.entries(arms).map(([name, arm]) => {
    const comparison = comparisons.find((each) => each.arm === name);
    return [
      name,
      percent(arm.accuracy),
      percentInterval(arm.interval),
      points(comparison?.difference ?? null),
      pointsInterval(comparison?.interval ?? null),
      pValue(comparison?.pValueHolm ?? null),
      arm.triggerRate === null ? "-" : percent(arm.triggerRate),
    ];
  });
  const against = right(`vs ${comparisons[0]?.against ?? "pt"}`);
  const differing = [against, "95 %", right("p, Holm"), right("fired")];
  const title = answers === undefined ? "accuracy" : "pass@1";
  return render(["arm", right(title), "95 %", ...differing], rows);
}

/** The accuracy of what most of the answers drawn to a question say; empty where one is given. */
export function majorityTable({ arms, answers }: Summary): string {
  if (answers === undefined) return "";
  const rows = Object.entries(arms).map(([name, { majority, accuracy }]) => [
    name,
    percent(accuracy),
    percent(majority?.accuracy ?? null),
    ...(majority === undefined ? ["-"] : [percentInterval(majority.interval)]),
  ]);
  return render([`of ${answers} answers`, right("pass@1"), right(`maj@${answers}`), "95 %"], rows);
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

/** Values of a stratum beyond which it is left to the report. */
const MAX_STRATUM = 16;
/** Lines of strata beyond which all are left to the report. */
const MAX_STRATA_ROWS = 10;
/** Columns of a terminal. */
const WIDTH = 80;

/** Accuracies of all arms within each value of the strata, such as the benchmark's kinds; empty of none, or where they need more room. */
export function strataTable({ arms }: Summary): string {
  const all = Object.entries(arms);
  const rows = Object.entries(all[0]?.[1].strata ?? {}).flatMap(([key, values]) => {
    const names = Object.keys(values);
    if (names.length === 1 || names.length > MAX_STRATUM) return [];
    return names.map((value) => [
      `${key} ${value}`,
      values[value]!.n,
      ...all.map(([, arm]) => percent(arm.strata[key]?.[value]?.accuracy ?? null)),
    ]);
  });
  if (rows.length === 0 || rows.length > MAX_STRATA_ROWS) return "";
  const table = render(["of", ...["n", ...all.map(([name]) => name)].map(right)], rows);
  return table.indexOf("\n") > WIDTH ? "" : table;
}
