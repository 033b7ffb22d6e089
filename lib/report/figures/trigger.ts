/**
 * Figures of a trigger: its scores on right and wrong first answers, ROC, precision against recall.
 *
 * @module
 */
import type { CurvePoint, TriggerAnalysis } from "../../results/mod.ts";
import { type Filters, type Html, instancesAddress } from "../html/mod.ts";
import { figure, type FigureWords, GROUP_COLOR, GROUPS, inDigits, Plot, tick } from "./figure.ts";
import { linked } from "./intervals.ts";

const LAYOUT = { height: 260, marginLeft: 40, marginRight: 48, marginTop: 22, marginBottom: 36 };

/** What is known beside the scores. */
export interface ScoreOptions {
  /** Calibrated; undefined where it is not recorded. */
  readonly threshold: number | undefined;
  /** Of the instances that were scored. */
  readonly filters: Filters;
  readonly takeaway: string;
}

/** Scores of right and of wrong answers, with the threshold. */
export function scoreFigure(
  { histogram, trigger }: TriggerAnalysis,
  { threshold, filters, takeaway }: ScoreOptions,
): Html {
  const { edges, beyond } = histogram;
  const last = edges.length - 2;
  const bins = GROUPS.flatMap((group) => {
    const total = histogram[group].reduce((sum, count) => sum + count, 0);
    return histogram[group].map((count, i) => ({
      ...{ group, count, from: edges[i]!, to: edges[i + 1]! },
      share: total === 0 ? 0 : (100 * count) / total,
      filters: {
        first: group,
        from: i === 0 ? undefined : String(edges[i]),
        to: i === last ? undefined : String(edges[i + 1]),
      },
    }));
  });
  type Bin = (typeof bins)[number];
  const inside = threshold !== undefined && threshold >= edges[0]! && threshold <= edges.at(-1)!;
  return figure({
    title: "Scores",
    takeaway,
    caption: `Of right and of wrong first answers, on one axis. ${
      thresholdText(threshold, inside)
    }${
      beyond === 0 ? "" : ` The last bar holds ${beyond} higher scores too.`
    } A bar opens its instances.`,
    label: `Histogram of the scores of ${trigger} for right and for wrong first answers`,
    data: {
      columns: ["first answer", "score from", "score to", "answers", "share, %"],
      rows: bins.map(({ group, from, to, count, share }) => [group, from, to, count, share]),
    },
    plot: {
      ...LAYOUT,
      x: { label: `${trigger} →`, tickFormat: tick, ticks: 4 },
      y: { label: "↑ answers, %", grid: true, ticks: 4 },
      fy: { label: null, domain: [...GROUPS] },
      color: GROUP_COLOR,
      marks: [
        Plot.rectY(bins.filter(({ count }) => count > 0), {
          ...{ x1: "from", x2: "to", y: "share", fy: "group", fill: "group" },
          title: ({ count, from, to }: Bin) => `${count} with ${tick(from)} to ${tick(to)}`,
          ...linked((bin: Bin) => instancesAddress({ ...filters, ...bin.filters })),
        }),
        Plot.ruleY([0]),
        Plot.ruleX(inside ? [threshold] : [], { strokeDasharray: "4 3", strokeWidth: 1.5 }),
      ],
    },
  });
}

function thresholdText(threshold: number | undefined, inside: boolean): string {
  if (threshold === undefined) return "The run records no calibrated threshold.";
  const value = inDigits(threshold, 4);
  return inside
    ? `It fires right of the dashed line, its calibrated threshold ${value}.`
    : `Its calibrated threshold, ${value}, lies outside the figure.`;
}

/** True against false positives, with the point where the trigger works. */
export function rocFigure({ curve, quality }: TriggerAnalysis): Html | null {
  const { fired, hits, wrong, n, auc } = quality;
  return curve.length === 0 ? null : rates(curve, ["falsePositiveRate", "recall"], {
    title: "ROC",
    caption:
      "Each threshold's share of wrong answers found against right ones disturbed. The dot is where the trigger works, the dashed line firing at random.",
    label: `Receiver operating characteristic, area ${auc.area?.toFixed(2)}`,
    axes: ["right answers it fires on, %", "wrong answers it fires on, %"],
    reference: Plot.line([[0, 0], [1, 1]], REFERENCE),
    working: [{ x: (fired - hits) / (n - wrong), y: hits / wrong }],
  });
}

/** Precision against recall, with the share of wrong answers, which firing at random would give. */
export function precisionFigure({ curve, quality }: TriggerAnalysis): Html | null {
  const points = curve.filter(({ precision }) => precision !== null);
  const { precision: { value: y }, recall: { value: x }, wrong, n } = quality;
  return points.length === 0 ? null : rates(points, ["recall", "precision"], {
    title: "Precision and recall",
    caption:
      "Each threshold's share of wrong answers among those it fires on, against those it finds. The dot is where the trigger works, the dashed line firing at random.",
    label: "Precision of the trigger against its recall",
    axes: ["recall, %", "precision, %"],
    reference: Plot.ruleY([wrong / n], REFERENCE),
    working: x === null || y === null ? [] : [{ x, y }],
  });
}

const REFERENCE = { strokeOpacity: 0.6, strokeDasharray: "3 3" };

/** Words, axes and marks of a curve of shares. */
interface RatesOptions extends FigureWords {
  readonly axes: readonly [x: string, y: string];
  readonly reference: Plot.Markish;
  /** Where the trigger works, if it does. */
  readonly working: readonly { readonly x: number; readonly y: number }[];
}

function rates(
  curve: readonly CurvePoint[],
  [x, y]: readonly [keyof CurvePoint, keyof CurvePoint],
  { axes, reference, working, ...words }: RatesOptions,
): Html {
  const share = { domain: [0, 1], ticks: 5, percent: true };
  return figure({
    ...words,
    data: {
      columns: ["threshold", ...axes],
      rows: curve.map((point) => [point.threshold, percent(point[x]), percent(point[y])]),
    },
    plot: {
      ...LAYOUT,
      x: { label: `${axes[0]} →`, ...share, domain: [0, 100] },
      y: { label: `↑ ${axes[1]}`, ...share, domain: [0, 100], grid: true },
      marks: [
        reference,
        Plot.line(curve, { x, y, stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.dot(working, { x: "x", y: "y", fill: "var(--wrong)", r: 5 }),
      ],
    },
  });
}

const percent = (share: number | null) => share === null ? null : 100 * share;
