/**
 * Accuracies under each prompt and in each stratum, as charts on one axis and as tables.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import { type Accuracy, MIN_PROMPTS } from "../../statistics/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { accuracyDomain, accuracyFigure } from "../figures/mod.ts";
import {
  type Filters,
  type Html,
  instancesAddress,
  markup,
  ofStratum,
  table,
} from "../html/mod.ts";
import { promptTakeaway, strataTakeaway } from "../takeaways/mod.ts";

/** A part of the instances. */
interface Group {
  readonly name: string;
  readonly filters: Filters;
  /** The accuracy of each arm. */
  readonly of: (arm: string) => Accuracy | undefined;
}

/** Values of a stratum beyond which their charts would be a wall. */
const MOST_CHARTS = 16;

/** Accuracy of each arm under each prompt, and its difference for new prompts; null of one prompt. */
export function promptSection(summary: Summary): Html | null {
  const { arms, prompts } = summary;
  if (prompts.length < 2) return null;
  const groups = prompts.map((name): Group => ({
    name,
    filters: { prompt: name },
    of: (arm) => arms[arm]?.prompts[name],
  }));
  return markup`<h3>Accuracy under each prompt</h3>
<p>${promptTakeaway(summary)}</p>
${chartsOf(summary, groups)}
${accuracyTable(summary, groups, { label: "Accuracy under each prompt, %", first: "prompt" })}
${newPromptTable(summary)}`;
}

/** Accuracy of each arm in each stratum. */
export function strataSections(summary: Summary): readonly Html[] {
  const { arms } = summary;
  return Object.entries(Object.values(arms)[0]?.strata ?? {}).map(([key, values]) => {
    const groups = Object.keys(values).map((value): Group => ({
      name: `${key} ${value}`,
      filters: ofStratum(key, value),
      of: (arm) => arms[arm]?.strata[key]?.[value],
    }));
    const label = `Accuracy by ${key}, %`;
    return markup`<h3>Accuracy by ${key}</h3>
<p>${strataTakeaway(summary, key)}</p>
${groups.length > MOST_CHARTS ? null : chartsOf(summary, groups)}
${accuracyTable(summary, groups, { label, first: key })}`;
  });
}

function chartsOf(summary: Summary, groups: readonly Group[]): Html {
  const names = Object.keys(summary.arms);
  const domain = accuracyDomain(groups.flatMap(({ of }) => names.map(of)));
  const charts = groups.map(({ name, filters, of }) => {
    return accuracyFigure(summary, of, {
      title: name,
      caption: `${
        answers(of(names[0] ?? "")?.n ?? 0)
      } of each arm, 95 % intervals; one axis for these figures.`,
      label: `Accuracy of each arm, ${name}`,
      filters,
      domain,
    });
  });
  return markup`<div class="charts">${charts}</div>`;
}

const answers = (n: number): string => `${n} ${n === 1 ? "answer" : "answers"}`;

function accuracyTable(
  { arms }: Summary,
  groups: readonly Group[],
  { label, first }: { readonly label: string; readonly first: string },
): Html {
  const names = Object.keys(arms);
  const rows = groups.map(({ name, filters, of }) =>
    [
      name,
      of(names[0]!)?.n ?? 0,
      ...names.map((arm) =>
        markup`<a href="${instancesAddress({ arm, ...filters })}">${
          Table.percent(of(arm)?.accuracy ?? null)
        }</a>`
      ),
    ] as const
  );
  return markup`<details><summary>As a table</summary>${
    table([first, "of", ...names], rows, { label })
  }</details>`;
}

function newPromptTable({ arms, comparisons }: Summary): Html | null {
  if (comparisons.length === 0) return null;
  const rows = Object.keys(arms).flatMap((name) => {
    const comparison = comparisons.find((each) => each.arm === name);
    if (comparison === undefined) return [];
    const { difference, newPrompts, newPromptsPValueHolm } = comparison;
    return [
      [
        name,
        Table.points(difference),
        Table.pointsInterval(newPrompts?.interval ?? null),
        Table.pValue(newPrompts?.pValue ?? null),
        Table.pValue(newPromptsPValueHolm),
      ] as const,
    ];
  });
  const titles = ["arm", `difference to ${comparisons[0]!.against}`, "95 % interval, new prompts"];
  return markup`<h4>For new prompts</h4>
${table([...titles, "p", "p (Holm)"], rows, { label: "Differences for new prompts" })}
<p class="note">Student's interval and test of the differences under each prompt, on these examples. Nothing is claimed with fewer than ${MIN_PROMPTS} prompts.</p>`;
}
