/**
 * Figures of a trigger: its scores on right and wrong first answers, ROC, precision against recall.
 *
 * @module
 */
import type { CurvePoint, TriggerAnalysis } from "../../results/mod.ts";
import { figure, type FigureOptions, GROUP_COLOR, GROUPS, Plot, tick } from "./figure.ts";
import type { Html } from "../html/mod.ts";

const LAYOUT = { height: 260, marginLeft: 36, marginRight: 16 };

/** Scores of right and of wrong answers, with the thresholds. */
export function scoreFigure({ histogram, thresholds, trigger }: TriggerAnalysis): Html {
  const { edges, beyond } = histogram;
  const bins = GROUPS.flatMap((group) => {
    const total = histogram[group].reduce((sum, count) => sum + count, 0);
    return histogram[group].map((count, i) => ({
      group,
      from: edges[i]!,
      to: edges[i + 1]!,
      share: total === 0 ? 0 : (100 * count) / total,
      count,
    }));
  });
  const rules = thresholds.flatMap(({ above }) => above === null ? [] : [above])
    .filter((above) => above <= edges.at(-1)!);
  return figure({
    title: "Scores",
    caption: `in % of the right and of the wrong first answers. It fires right of the line.${
      beyond === 0 ? "" : ` The last bar holds ${beyond} higher scores too.`
    }`,
    label: `Histogram of the scores of ${trigger} for right and for wrong first answers`,
    plot: {
      ...LAYOUT,
      x: { label: "score →", tickFormat: tick, ticks: 4 },
      y: { label: null, grid: true, ticks: 4 },
      fy: { label: null, domain: [...GROUPS], axis: null },
      color: GROUP_COLOR,
      marks: [
        Plot.rectY(bins, {
          x1: "from",
          x2: "to",
          y: "share",
          fy: "group",
          fill: "group",
          title: ({ count, from, to }: (typeof bins)[number]) =>
            `${count} with ${tick(from)} to ${tick(to)}`,
        }),
        Plot.ruleX(rules, { strokeDasharray: "4 3" }),
        Plot.text(GROUPS.map((group) => ({ group })), {
          fy: "group",
          text: "group",
          frameAnchor: "top-right",
          fill: "group",
          fontWeight: 600,
        }),
      ],
    },
  });
}

/** True against false positives, with the point where the trigger works. */
export function rocFigure({ curve, quality }: TriggerAnalysis): Html | null {
  const { fired, hits, wrong, n, auc } = quality;
  const area = auc.area === null ? "-" : auc.area.toFixed(2);
  const interval = auc.interval === null
    ? ""
    : ` (${auc.interval.map((x) => x.toFixed(2)).join(" to ")})`;
  return curve.length === 0 ? null : rates(curve, ["falsePositiveRate", "recall"], {
    title: "ROC",
    caption:
      `Wrong answers that it finds against right ones that it disturbs; the dot is its threshold. Area ${area}${interval}.`,
    label: `Receiver operating characteristic, area ${auc.area?.toFixed(2)}`,
    axes: ["right answers that it fires on →", "↑ wrong answers"],
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
    caption: "The dashed line is what firing at random gives.",
    label: "Precision of the trigger against its recall",
    axes: ["recall →", "↑ precision"],
    reference: Plot.ruleY([wrong / n], REFERENCE),
    working: x === null || y === null ? [] : [{ x, y }],
  });
}

const REFERENCE = { strokeOpacity: 0.4, strokeDasharray: "3 3" };

/** Words, axes and marks of a curve of shares. */
interface RatesOptions extends Omit<FigureOptions, "plot"> {
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
  const share = { domain: [0, 1], ticks: 5 };
  return figure({
    ...words,
    plot: {
      ...LAYOUT,
      x: { label: axes[0], ...share },
      y: { label: axes[1], ...share, grid: true },
      marks: [
        reference,
        Plot.line(curve, { x, y, stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.dot(working, { x: "x", y: "y", fill: "var(--wrong)", r: 5 }),
      ],
    },
  });
}
