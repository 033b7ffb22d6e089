/**
 * Figures of the information flow, right against wrong first answers.
 *
 * @module
 */
import type { FlowAnalysis, FlowGroup } from "../../results/mod.ts";
import * as Statistics from "../../statistics/mod.ts";
import { figure, type FigureOptions, GROUP_COLOR, GROUPS, Plot, tick, WIDTH } from "./figure.ts";
import type { Html } from "../html/mod.ts";

/** A point of a curve with its interval. */
interface Point {
  readonly group: (typeof GROUPS)[number];
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The four blocks of the saliency, each over the layers. */
export function blockFigures(flow: FlowAnalysis): readonly Html[] {
  const blocks = [
    ["pq", "Soft prompt to question", "S_pq"],
    ["pr", "Soft prompt to rationale", "S_pr"],
    ["qr", "Question to rationale", "S_qr"],
    ["rr", "Rationale to itself", "S_rr"],
  ] as const;
  return blocks.map(([key, title, symbol]) =>
    curves(points(flow, key, (layer) => layer), {
      title,
      caption: `${symbol}, mean saliency of a pair of positions in each layer; logarithmic.`,
      label: `${symbol} over layers for right and wrong first answers`,
      x: "layer →",
      logarithmic: true,
    })
  );
}

/** How the flow from the soft prompt goes on along the rationale. */
export function progressFigure(flow: FlowAnalysis): Html {
  return curves(points(flow, "tenths", (part) => 10 * part + 5), {
    title: "Along the rationale",
    caption: "s_t, flow from the soft prompt in the deep layers, in each tenth of the rationale.",
    label: "Flow from the soft prompt in each tenth of the rationale",
    x: "% of the rationale →",
  });
}

/** The same for each step; null where the samples do not tell steps apart. */
export function stepFigure(flow: FlowAnalysis): Html | null {
  const steps = points(flow, "steps", (step) => step + 1);
  return steps.length === 0 ? null : curves(steps, {
    title: "Step by step",
    caption: "s_t in each line of the rationale; few answers have many lines, so the bands widen.",
    label: "Flow from the soft prompt in each step of the rationale",
    x: "step →",
  });
}

const POSITIONS = { label: "position in the soft prompt →", tickFormat: "d" };

/** Where information accumulates: share of each virtual token. */
export function shareFigure(flow: FlowAnalysis): Html {
  const shares = points(flow, "share", (j) => j).map((point) => ({
    ...point,
    x: point.x + (point.group === "right" ? -0.15 : 0.15),
  }));
  const n = Math.max(flow.right.share.length, flow.wrong.share.length);
  return figure({
    title: "Accumulation",
    caption: "Share of each virtual token in the flow of the shallow layers; the line is 1/n.",
    label: "Share of the flow by position in the soft prompt",
    plot: {
      ...frame(tick),
      x: { ...POSITIONS, ticks: Math.min(n, 10), inset: 8 },
      marks: [
        Plot.ruleY([0]),
        Plot.ruleY([1 / n], { strokeOpacity: 0.4, strokeDasharray: "3 3" }),
        Plot.ruleX(shares, { x: "x", y1: "low", y2: "high", stroke: "group", strokeWidth: 1.5 }),
        Plot.dot(shares, { x: "x", y: "mean", fill: "group", r: 3 }),
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
  const most = cells.reduce((most, { share }) => Math.max(most, share), -Infinity);
  return figure({
    title: "Layers and positions",
    caption: "Share of each virtual token in the flow from the prompt, layer by layer; " +
      `the full colour is ${(100 * most).toFixed(0)} %.`,
    label: "Share of the flow by layer and position in the soft prompt",
    plot: {
      ...frame(),
      height: Math.max(220, Math.min(420, 70 + 10 * layers)),
      marginTop: 24,
      x: { ...POSITIONS, ticks: every(n, 5) },
      y: { label: "↑ layer", reverse: true, ticks: every(layers, 10), tickFormat: "d" },
      fx: { label: null, domain: [...GROUPS], padding: 0.06 },
      marks: [
        Plot.cell(cells, {
          x: "position",
          y: "layer",
          fx: "group",
          fill: "group",
          // the root, as most shares are small
          fillOpacity: ({ share }: (typeof cells)[number]) => Math.sqrt(share / most),
          inset: 0,
          title: ({ layer, position, share }: (typeof cells)[number]) =>
            `layer ${layer}, position ${position}: ${(100 * share).toFixed(1)} %`,
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
export function chosenFigure(flow: FlowAnalysis): Html {
  const bars = GROUPS.flatMap((group) =>
    flow[group].chosen.map((count, position) => {
      const share = (100 * count) / Math.max(1, flow[group].n);
      return {
        group,
        from: position - 0.4,
        to: position + 0.4,
        share,
        title: `${count} at ${position}`,
      };
    })
  );
  const n = Math.max(flow.right.chosen.length, flow.wrong.chosen.length);
  return figure({
    title: "Chosen position",
    caption: "How often each position is j*, where most accumulates, in % of the answers.",
    label: "How often information accumulates most at each position",
    plot: {
      ...frame(),
      x: { ...POSITIONS, ticks: Math.min(n, 10) },
      fy: { label: null, domain: [...GROUPS], axis: null },
      marks: [
        Plot.rectY(bars, {
          ...{ x1: "from", x2: "to", y: "share" },
          ...{ fy: "group", fill: "group", title: "title" },
        }),
        Plot.ruleY([0]),
      ],
    },
  });
}

/** Words and axes of curves. */
interface CurveOptions extends Omit<FigureOptions, "plot"> {
  /** Label of the x axis. */
  readonly x: string;
  /** Whether y is logarithmic: the layers of a model differ by orders of magnitude. */
  readonly logarithmic?: boolean;
}

/** Decades that a logarithmic axis shows at most: an interval may reach down to 0. */
const DECADES = 4;

function curves(all: readonly Point[], { x, logarithmic = false, ...words }: CurveOptions): Html {
  const most = all.reduce((most, { high }) => Math.max(most, high), -Infinity);
  const floor = logarithmic ? most / 10 ** DECADES : 0;
  const data = all.map((point) => ({
    ...point,
    mean: Math.max(floor, point.mean),
    low: Math.max(floor, point.low),
  }));
  const least = data.reduce((least, { low }) => Math.min(least, low), Infinity);
  const { y, ...layout } = frame(tick);
  const scale = { type: "log", domain: [least, most], ticks: powersOfTen(least, most) } as const;
  const series = { x: "x", z: "group" } as const;
  const line = { ...series, y: "mean", stroke: "group", strokeWidth: 2 } as const;
  return figure({
    ...words,
    plot: {
      ...layout,
      x: { label: x, ticks: Math.min(10, new Set(data.map((point) => point.x)).size) },
      y: { ...y, ...(logarithmic && least > 0 ? scale : {}) },
      marks: [
        ...(logarithmic ? [] : [Plot.ruleY([0])]),
        Plot.areaY(data, { ...series, y1: "low", y2: "high", fill: "group", fillOpacity: 0.2 }),
        Plot.lineY(data.filter(({ group }) => group === "right"), line),
        Plot.lineY(data.filter(({ group }) => group === "wrong"), {
          ...line,
          strokeDasharray: "6 3",
        }),
      ],
    },
  });
}

/** Ticks of a logarithmic axis; those between where there are few powers of ten. */
function powersOfTen(least: number, most: number): readonly number[] {
  const powers = (of: readonly number[]) =>
    Array.from({ length: 40 }, (_, i) => i - 30)
      .flatMap((power) => of.map((digit) => Number(`${digit}e${power}`)))
      .filter((value) => value >= least && value <= most);
  const whole = powers([1]);
  return whole.length > 2 ? whole : powers([1, 2, 5]);
}

function frame(tickFormat?: (value: number) => string): Plot.PlotOptions {
  return {
    width: WIDTH,
    height: 220,
    marginLeft: 46,
    marginRight: 12,
    y: { label: null, grid: true, ticks: 5, ...(tickFormat ? { tickFormat } : {}) },
    color: GROUP_COLOR,
  };
}

/** The curve of each group; a mean without interval is its own. */
function points(
  flow: FlowAnalysis,
  key: Exclude<keyof FlowGroup, "n" | "chosen" | "positions">,
  x: (at: number) => number,
): readonly Point[] {
  return GROUPS.flatMap((group) =>
    flow[group][key].flatMap(({ mean, interval }: Statistics.MeanInterval, at) =>
      mean === null
        ? []
        : [{ group, x: x(at), mean, low: interval?.[0] ?? mean, high: interval?.[1] ?? mean }]
    )
  );
}
