/**
 * Curves of right and wrong first answers, with bands.
 *
 * @module
 */
import type { FlowAnalysis, LogCurve } from "../../results/mod.ts";
import { type Curves, LEAST_ANSWERS } from "../takeaways/mod.ts";
import {
  figure,
  type FigureData,
  type FigureWords,
  GROUP_COLOR,
  GROUPS,
  Plot,
  tick,
} from "./figure.ts";
import type { Html } from "../html/mod.ts";

/** A point of a curve with its interval, which is the mean alone where few answers give none. */
export interface Point {
  readonly group: (typeof GROUPS)[number];
  readonly x: number;
  readonly n: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The points of a saliency: geometric means, whose intervals stay above 0. */
export function logPoints(
  flow: FlowAnalysis,
  key: LogCurve,
  x: (at: number) => number,
): readonly Point[] {
  return pointsOf(logsOf(flow, key), x).map(({ mean, low, high, ...point }) => ({
    ...point,
    ...{ mean: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) },
  }));
}

/** The logarithms of both groups. */
export const logsOf = ({ right, wrong }: FlowAnalysis, key: LogCurve): Curves => ({
  right: right.logs[key],
  wrong: wrong.logs[key],
});

/** The points of curves. */
export function pointsOf(curves: Curves, x: (at: number) => number): readonly Point[] {
  return GROUPS.flatMap((group) =>
    curves[group].flatMap(({ n, mean, interval }, at) => {
      if (mean === null) return [];
      const [low, high] = n < LEAST_ANSWERS || interval === null ? [mean, mean] : interval;
      return [{ group, x: x(at), n, mean, low, high }];
    })
  );
}

/** Words and axes of curves. */
export interface CurveOptions extends FigureWords {
  /** Labels of the axes. */
  readonly axes: readonly [x: string, y: string];
  /** Both ends of the logarithmic y axis; by default what its points need. */
  readonly domain?: readonly [number, number] | undefined;
}

/** Draws the curves of both groups: solid and dashed, as colours alone are not seen by all. */
export function curveFigure(
  points: readonly Point[],
  { axes: [x, y], domain = sharedDomain(points), ...words }: CurveOptions,
): Html {
  const inside = (value: number) =>
    domain ? Math.max(domain[0], Math.min(domain[1], value)) : value;
  const bands = points.map((point) => ({
    ...point,
    ...{ low: inside(point.low), high: inside(point.high) },
  }));
  const series = { x: "x", z: "group" } as const;
  const line = { ...series, y: "mean", stroke: "group", strokeWidth: 2 } as const;
  const of = (group: Point["group"]) => points.filter((point) => point.group === group);
  return figure({
    ...words,
    data: dataOf(points, [x, y]),
    plot: {
      ...FRAME,
      x: { label: `${x} →`, ticks: Math.min(10, new Set(points.map((each) => each.x)).size) },
      y: {
        label: `↑ ${y}`,
        grid: true,
        tickFormat: tick,
        ...(domain ? { type: "log", domain, ticks: powersOfTen(domain) } : {}),
      },
      marks: [
        Plot.areaY(bands, { ...series, y1: "low", y2: "high", fill: "group", fillOpacity: 0.2 }),
        Plot.lineY(of("right"), line),
        Plot.lineY(of("wrong"), { ...line, strokeDasharray: "6 3" }),
        Plot.dot(points, { x: "x", y: "mean", fill: "group", r: 2 }),
      ],
    },
  });
}

/** Size, margins and colours of figures of the flow. */
export const FRAME: Plot.PlotOptions = {
  height: 230,
  marginLeft: 46,
  marginRight: 12,
  marginTop: 22,
  marginBottom: 36,
  color: GROUP_COLOR,
};

/** The numbers of curves. */
export const dataOf = (
  points: readonly Point[],
  [x, y]: readonly [x: string, y: string],
): FigureData => ({
  columns: ["first answer", x, `${y}, mean`, "interval low", "interval high", "answers"],
  rows: points.map(({ group, x, mean, low, high, n }) => [group, x, mean, low, high, n]),
});

/** One logarithmic axis for all curves: from the least to the largest mean, and their bands within a power of ten. */
export function sharedDomain(points: readonly Point[]): readonly [number, number] | undefined {
  if (points.length === 0) return undefined;
  const means = points.map(({ mean }) => mean);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  return [
    Math.max(least / 10, Math.min(least / 1.1, ...points.map(({ low }) => low))),
    Math.min(most * 10, Math.max(most * 1.1, ...points.map(({ high }) => high))),
  ];
}

/** Ticks of a logarithmic axis; those between where there are few powers of ten. */
function powersOfTen([least, most]: readonly [number, number]): readonly number[] {
  const powers = (of: readonly number[]) =>
    Array.from({ length: 40 }, (_, i) => i - 30)
      .flatMap((power) => of.map((digit) => Number(`${digit}e${power}`)))
      .filter((value) => value >= least && value <= most);
  const whole = powers([1]);
  return whole.length > 2 ? whole : powers([1, 2, 5]);
}
