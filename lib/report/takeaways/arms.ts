/**
 * What accuracies and cost say of the arm that the run is about.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import * as Statistics from "../../statistics/mod.ts";
import { Table } from "../../terminal/mod.ts";

/** The arm that the run is about: the primary one, or else the first dpc. */
export const spokenArm = ({ arms, primary }: Summary): string | undefined =>
  primary ?? Object.keys(arms).find((name) => name.startsWith("dpc"));

const MORE = { higher: "more accurate", lower: "less accurate" } as const;

/** In which values of a stratum the arm differs from the first answers; empty where nothing is compared. */
export function strataTakeaway(summary: Summary, key: string): string {
  const comparison = summary.comparisons.find(({ arm }) => arm === spokenArm(summary));
  if (comparison === undefined) return "";
  const { arm, against } = comparison;
  const values = Object.entries(comparison.strata[key] ?? {});
  const corrected = Statistics.holm(values.map(([, { pValue }]) => pValue));
  const found = values.flatMap(([value, { interval, difference }], i) => {
    const finding = Statistics.shown(interval, corrected[i]!);
    const points = `${Table.points(difference)} points, p ${Table.pValue(corrected[i]!)}`;
    return finding === "not shown" ? [] : [`${MORE[finding]} where ${key} is ${value} (${points})`];
  });
  const rule = values.length < 2 ? "" : `, Holm-corrected over the ${values.length} groups`;
  if (found.length === 0) {
    return `A difference between ${arm} and ${against} is not shown in any group (95 % interval and p${rule}).`;
  }
  const rest = found.length === values.length ? "" : "; elsewhere a difference is not shown";
  return `Compared with ${against}, ${arm} is ${
    found.join(" and ")
  }${rest} (95 % interval and p${rule}).`;
}

/** How the accuracy of the arm and of the first answers goes up and down with the prompt. */
export function promptTakeaway(summary: Summary): string {
  const spoken = spokenArm(summary);
  const names = [summary.comparisons[0]?.against, spoken].filter((name) =>
    name !== undefined && summary.arms[name] !== undefined
  );
  const parts = names.map((name) => {
    const accuracies = Object.values(summary.arms[name!]!.prompts).map(({ accuracy }) =>
      accuracy ?? 0
    );
    const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)].map(Table.percent);
    return `${name} from ${low} to ${high} %`;
  });
  return parts.length === 0
    ? ""
    : `Measured under single prompts: ${parts.join(", ")}; single prompts are not tested.`;
}

/** What the arm costs beside the first answers; empty where there is nothing to compare. */
export function costTakeaway(summary: Summary): string {
  const spoken = spokenArm(summary);
  const against = summary.comparisons[0]?.against;
  if (spoken === undefined || against === undefined || spoken === against) return "";
  const [tokens, before] = [spoken, against].map((name) => summary.arms[name]?.tokens);
  if (!tokens || !before) return "";
  return `${spoken} generates ${tokens.toFixed(0)} tokens per answer, ${
    (tokens / before).toFixed(1)
  } times as many as ${against} (${before.toFixed(0)}).`;
}
