/**
 * Figures of a trigger: its scores on right and wrong first answers, ROC, precision against recall.
 *
 * @module
 */
import type { CurvePoint, TriggerAnalysis } from "../../results/mod.ts";
import { figure, GROUP_COLOR, GROUPS, Plot, tick } from "./figure.ts";
import type { Html } from "../html/mod.ts";

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
      height: 260,
      marginLeft: 36,
      marginRight: 16,
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
  if (curve.length === 0) return null;
  const { fired, hits, wrong, n, auc } = quality;
  const working = [{ x: (fired - hits) / (n - wrong), y: hits / wrong }];
  return figure({
    title: "ROC",
    caption:
      `Wrong answers that it finds against right ones that it disturbs; the dot is its threshold. Area ${
        auc.area === null ? "-" : auc.area.toFixed(2)
      }${auc.interval === null ? "" : ` (${auc.interval.map((x) => x.toFixed(2)).join(" to ")})`}.`,
    label: `Receiver operating characteristic, area ${auc.area?.toFixed(2)}`,
    plot: {
      height: 260,
      marginLeft: 36,
      marginRight: 16,
      x: { label: "right answers that it fires on →", domain: [0, 1], ticks: 5 },
      y: { label: "↑ wrong answers", domain: [0, 1], grid: true, ticks: 5 },
      marks: [
        Plot.line([[0, 0], [1, 1]], { strokeOpacity: 0.4, strokeDasharray: "3 3" }),
        Plot.line(curve, {
          x: "falsePositiveRate",
          y: "recall",
          stroke: "var(--accent)",
          strokeWidth: 2,
        }),
        Plot.dot(working, { x: "x", y: "y", fill: "var(--wrong)", r: 5 }),
      ],
    },
  });
}

/** Precision against recall, with the share of wrong answers, which firing at random would give. */
export function precisionFigure({ curve, quality }: TriggerAnalysis): Html | null {
  const points = curve.filter(({ precision }: CurvePoint) => precision !== null);
  if (points.length === 0) return null;
  const { precision, recall, wrong, n } = quality;
  const working = precision.value === null || recall.value === null
    ? []
    : [{ x: recall.value, y: precision.value }];
  return figure({
    title: "Precision and recall",
    caption: "The dashed line is what firing at random gives.",
    label: "Precision of the trigger against its recall",
    plot: {
      height: 260,
      marginLeft: 36,
      marginRight: 16,
      x: { label: "recall →", domain: [0, 1], ticks: 5 },
      y: { label: "↑ precision", domain: [0, 1], grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([wrong / n], { strokeOpacity: 0.4, strokeDasharray: "3 3" }),
        Plot.line(points, { x: "recall", y: "precision", stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.dot(working, { x: "x", y: "y", fill: "var(--wrong)", r: 5 }),
      ],
    },
  });
}
