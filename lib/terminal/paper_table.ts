/**
 * Table 2 of the DPC paper, the ablation of its two stages: methods as rows, data as columns.
 *
 * @module
 */
import { type Accuracy, holm, type PairedComparison, shown } from "../statistics/mod.ts";
import type { Summary } from "../results/mod.ts";
import { percent, points, render } from "./table.ts";

/** The arms of the table in its order, and what they are called there. */
export const PAPER_ARMS: Readonly<
  Record<string, { readonly label: string; readonly trigger: string; readonly corrupted: string }>
> = {
  base: { label: "pre-trained model", trigger: "-", corrupted: "-" },
  pt: { label: "prompt tuning", trigger: "-", corrupted: "-" },
  act: { label: "ACT", trigger: "-", corrupted: "-" },
  "act:code": { label: "ACT, authors' code", trigger: "-", corrupted: "-" },
  random: { label: "random corruption", trigger: "no", corrupted: "a random position" },
  untriggered: { label: "without trigger", trigger: "no", corrupted: "accumulated" },
  "dpc:affectedRatio": {
    label: "DPC",
    trigger: "affectedRatio",
    corrupted: "accumulated",
  },
  dpc: { label: "DPC", trigger: "best on dev", corrupted: "accumulated" },
};

/** Data of a column: all of a run, or one value of a stratum. */
interface Column {
  readonly title: string;
  readonly accuracy: (arm: string) => Accuracy | undefined;
  readonly against: (arm: string) => CellComparison | undefined;
}

/** A comparison with its p value corrected over the column. */
type CellComparison = PairedComparison & { readonly pValueHolm: number };

/**
 * Lays out the paper's table: accuracies in %, in brackets the difference to prompt tuning in points, with a star where
 * that is shown: by its 95 % interval and by its p value, Holm-corrected over the arms of the column. Columns are the values of strata that have few, such as the kinds of the benchmark, and all examples.
 *
 * @param summary of a run; its arms of {@linkcode PAPER_ARMS} are rows
 */
export function paperTable(summary: Summary): string {
  const columns = columnsOf(summary);
  const rows = Object.entries(PAPER_ARMS)
    .filter(([arm]) => arm in summary.arms)
    .map(([arm, { label, trigger, corrupted }]) => [
      label,
      trigger,
      corrupted,
      ...columns.map(({ accuracy, against }) => cell(accuracy(arm), against(arm))),
    ]);
  return render([
    { title: "method" },
    { title: "trigger" },
    { title: "corrupted" },
    ...columns.map(({ title }) => ({ title, align: "right" as const })),
  ], rows);
}

function columnsOf(summary: Summary): readonly Column[] {
  const { task, arms, comparisons } = summary;
  return [
    ...fewStrata(summary).map(([key, value]) => {
      const within = comparisons.map(({ strata }) => strata[key]![value]!);
      const corrected = holm(within.map(({ pValue }) => pValue));
      return {
        title: value,
        accuracy: (arm: string) => arms[arm]?.strata[key]?.[value],
        against: (arm: string) => {
          const at = comparisons.findIndex((each) => each.arm === arm);
          return at < 0 ? undefined : { ...within[at]!, pValueHolm: corrected[at]! };
        },
      };
    }),
    {
      title: task,
      accuracy: (arm) => arms[arm],
      against: (arm) => comparisons.find((each) => each.arm === arm),
    },
  ];
}

function cell(accuracy: Accuracy | undefined, against: CellComparison | undefined): string {
  const value = percent(accuracy?.accuracy ?? null);
  if (against === undefined || against.difference === null) return value;
  const star = shown(against.interval, against.pValueHolm) === "not shown" ? " " : "*";
  return `${value} (${points(against.difference)})${star}`;
}

/** Values of a stratum beyond which it has no columns. */
const MAX_STRATUM = 3;

/** Name and value of the strata that have few values. */
function fewStrata({ arms }: Summary): readonly (readonly [key: string, value: string])[] {
  return Object.entries(Object.values(arms)[0]?.strata ?? {}).flatMap(([key, values]) => {
    const names = Object.keys(values);
    return names.length > 1 && names.length <= MAX_STRATUM
      ? names.map((value) => [key, value] as const)
      : [];
  });
}
