/**
 * The final table of a run, and one line that says what it means.
 *
 * @module
 */
import type { Comparison, Summary } from "../results/mod.ts";
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

/** What the run says of DPC, in a sentence, and how many examples failed, if any did. */
export function conclusion(summary: Summary): string {
  const { failed } = summary;
  const examples = failed === 1 ? "1 example" : `${failed} examples`;
  return failed === 0
    ? verdict(summary)
    : `${verdict(summary)}\n${examples} failed (errors.jsonl) and count in no number; ` +
      "the same command tries again.";
}

function verdict(summary: Summary): string {
  const dpc = summary.comparisons.find(({ arm }) => arm.startsWith("dpc"));
  const statement = dpc === undefined ? describeGrid(summary) : describe(dpc);
  return `${statement} on ${summary.n} examples` +
    (summary.prompts.length > 1 ? ` under ${summary.prompts.length} prompts.` : ".") +
    (dpc === undefined ? "" : better(summary, dpc.arm));
}

/** Names the most accurate arm where it is another than the one that was spoken of. */
function better({ arms }: Summary, spoken: string): string {
  const accuracy = (name: string) => arms[name]!.accuracy ?? 0;
  const best = Object.keys(arms).reduce((a, b) => accuracy(b) > accuracy(a) ? b : a);
  return accuracy(best) > accuracy(spoken)
    ? ` The most accurate arm is ${best} (${percent(accuracy(best))} %).`
    : "";
}

/** What an ablation says, in which no arm is the one that the run is about. */
function describeGrid({ arms, comparisons }: Summary): string {
  const corrected = comparisons.filter(({ arm }) => arms[arm]!.triggerRate !== null);
  const count = corrected.length === 1
    ? "1 arm that corrects"
    : `${corrected.length} arms that correct`;
  if (corrected.length === 0) {
    const corrects = Object.values(arms).some(({ triggerRate }) => triggerRate !== null);
    return corrects ? "Nothing to compare as the run has no arm pt," : "No arm corrects a prompt";
  }
  const differing = corrected.filter(({ pValueHolm }) => pValueHolm < 0.05);
  const { against } = corrected[0]!;
  return differing.length === 0
    ? `Of ${count} the prompt, none is shown to differ from ${against} (5 %, Holm-corrected)`
    : `Of ${count} the prompt, these differ from ${against} (5 %, Holm-corrected): ${
      differing.map(({ arm, difference }) => `${arm} ${points(difference)}`).join(", ")
    },`;
}

function describe({ arm, against, difference, interval }: Comparison): string {
  if (difference === null || interval === null) return "Nothing to compare";
  const by = `${points(difference)} points (95 % interval ${pointsInterval(interval)})`;
  if (interval[0] > 0) return `${arm} is more accurate than ${against}: ${by}`;
  if (interval[1] < 0) return `${arm} is less accurate than ${against}: ${by}`;
  return `No difference between ${arm} and ${against} is shown: ${by}`;
}
