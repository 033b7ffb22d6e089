/**
 * Figures of the flow over the positions of the soft prompt.
 *
 * @module
 */
import type { FlowAnalysis } from "../../results/mod.ts";
import { flowTakeaways } from "../takeaways/mod.ts";
import { type Html, instancesAddress } from "../html/mod.ts";
import { dataOf, FRAME, pointsOf } from "./curves.ts";
import { figure, GROUPS, Plot } from "./figure.ts";
import { heatKey, stepOf } from "./heat.ts";
import { linked } from "./intervals.ts";

const POSITION = "position in the soft prompt";

const axisOf = (n: number) => ({ label: `${POSITION} →`, tickFormat: "d", ticks: Math.min(n, 10) });

const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;

/** Where information accumulates: share of each virtual token. */
export function shareFigure(flow: FlowAnalysis): Html {
  const curves = { right: flow.right.share, wrong: flow.wrong.share };
  const shares = pointsOf(curves, (j) => j).map((point) => ({
    ...point,
    ...{ low: Math.max(0, point.low), high: Math.min(1, point.high) },
  }));
  const placed = shares.map((point) => ({
    ...point,
    x: point.x + (point.group === "right" ? -0.15 : 0.15),
  }));
  const n = Math.max(flow.right.share.length, flow.wrong.share.length);
  return figure({
    title: "Accumulation",
    takeaway: flowTakeaways([{
      ...curves,
      ...{ what: "the share", point: ["position", "positions"], first: 0 },
    }])[0]!,
    caption:
      "Share of each virtual token in a(j), the flow of the shallow layers. The dashed line is 1/n: no accumulation.",
    label: "Share of the flow by position in the soft prompt",
    data: dataOf(shares, [POSITION, "share"]),
    plot: {
      ...FRAME,
      x: { ...axisOf(n), inset: 8 },
      y: { label: "↑ share, %", percent: true, grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([0]),
        Plot.ruleY([1 / n], { strokeOpacity: 0.6, strokeDasharray: "3 3" }),
        Plot.ruleX(placed, { x: "x", y1: "low", y2: "high", stroke: "group", strokeWidth: 1.5 }),
        Plot.dot(placed, {
          x: "x",
          y: "mean",
          fill: "group",
          symbol: "group",
          r: 3.5,
          title: ({ group, x, mean }: (typeof placed)[number]) =>
            `${group}, position ${Math.round(x)}: ${percent(mean)}`,
        }),
      ],
    },
  });
}

/** Where in the prompt each layer reads; null where the samples do not hold it. */
export function positionFigure(flow: FlowAnalysis): Html | null {
  const cells = GROUPS.flatMap((group) =>
    flow[group].positions.flatMap((means, layer) => {
      const total = means.reduce((sum, mean) => sum + mean, 0);
      const shareOf = (mean: number) => total > 0 ? mean / total : 0;
      return means.map((mean, position) => ({ group, layer, position, share: shareOf(mean) }));
    })
  );
  if (cells.length === 0) return null;
  const [layers, n] = [new Set(cells.map(({ layer }) => layer)).size, cells.at(-1)!.position + 1];
  const most = cells.reduce((most, { share }) => Math.max(most, share), 0);
  return figure({
    title: "Layers and positions",
    caption: "Share of each virtual token in the flow from the prompt, layer by layer.",
    label: "Share of the flow by layer and position in the soft prompt",
    key: heatKey(most, percent),
    data: {
      columns: ["first answer", "layer", POSITION, "share"],
      rows: cells.map(({ group, layer, position, share }) => [group, layer, position, share]),
    },
    plot: {
      ...FRAME,
      height: Math.max(220, Math.min(420, 70 + 10 * layers)),
      x: { ...axisOf(n), ticks: every(n, 5) },
      y: { label: "↑ layer", reverse: true, ticks: every(layers, 10), tickFormat: "d" },
      fx: { label: null, domain: [...GROUPS], padding: 0.06 },
      color: { type: "identity" },
      marks: [
        Plot.cell(cells, {
          x: "position",
          y: "layer",
          fx: "group",
          fill: ({ share }: (typeof cells)[number]) => `var(--heat-${stepOf(share, most)})`,
          inset: 0,
          title: ({ layer, position, share }: (typeof cells)[number]) =>
            `layer ${layer}, position ${position}: ${percent(share)}`,
        }),
        Plot.frame({ stroke: "var(--line)" }),
      ],
    },
  });
}

/** At most `most` of the numbers below n, evenly spaced. */
const every = (n: number, most: number): readonly number[] => {
  const step = Math.ceil(n / most);
  return Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
};

/** How often each virtual token is the one where most accumulates. */
export function chosenFigure(flow: FlowAnalysis, prompt: string): Html {
  const bars = GROUPS.flatMap((group) =>
    flow[group].chosen.map((count, position) => ({
      group,
      position,
      count,
      share: (100 * count) / Math.max(1, flow[group].n),
    }))
  );
  const n = Math.max(flow.right.chosen.length, flow.wrong.chosen.length);
  const at = (offset: number) => ({ position }: (typeof bars)[number]) => position + offset;
  return figure({
    title: "Chosen position",
    caption:
      "How often each position is j*, where most accumulates: the one that dpc corrupts. Both on one axis; a bar opens its instances.",
    label: "How often information accumulates most at each position",
    data: {
      columns: ["first answer", POSITION, "answers", "share, %"],
      rows: bars.map(({ group, position, count, share }) => [group, position, count, share]),
    },
    plot: {
      ...FRAME,
      x: { ...axisOf(n), domain: [-0.5, n - 0.5] },
      y: { label: "↑ answers, %", grid: true, ticks: 4 },
      fy: { label: null, domain: [...GROUPS] },
      marginRight: 48,
      marks: [
        Plot.rectY(bars.filter(({ count }) => count > 0), {
          ...{ x1: at(-0.4), x2: at(0.4), y: "share", fy: "group", fill: "group" },
          title: ({ count, position }: (typeof bars)[number]) => `${count} at ${position}`,
          ...linked(({ group, position }: (typeof bars)[number]) =>
            instancesAddress({ prompt, first: group, position: String(position) })
          ),
        }),
        Plot.ruleY([0]),
      ],
    },
  });
}
