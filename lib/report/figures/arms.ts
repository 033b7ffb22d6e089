/**
 * Figures of the overview: accuracies, differences and cost of the arms.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import type { Interval } from "../../statistics/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { figure, type FigureOptions, Plot } from "./figure.ts";
import type { Html } from "../html/mod.ts";

/** A value with its interval, named by its row. */
interface Row {
  readonly arm: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
}

const ACCENT = "var(--accent)";

/** Keeps numbers readable across lines. */
const HALO = { fill: "currentColor", stroke: "var(--panel)", strokeWidth: 4 };

const rowOf = (arm: string, fraction: number, interval: Interval, text: string): Row => ({
  arm,
  value: 100 * fraction,
  low: 100 * interval[0],
  high: 100 * interval[1],
  text,
});

/** Accuracy of each arm with its interval. */
export function accuracyFigure({ arms }: Summary): Html {
  const rows = Object.entries(arms).flatMap(([arm, { accuracy, interval }]) =>
    accuracy === null ? [] : [rowOf(arm, accuracy, interval, Table.percent(accuracy))]
  );
  return intervals(rows, {
    title: "Accuracy",
    caption: "in %, with the 95 % interval.",
    label: `Accuracy of each arm: ${describe(rows, " %")}`,
  });
}

/** Difference of each arm to the one that all are compared with. */
export function differenceFigure({ arms, comparisons }: Summary): Html | null {
  const rows = comparisons.flatMap(({ arm, difference, interval }) =>
    difference === null || interval === null
      ? []
      : [rowOf(arm, difference, interval, Table.points(difference))]
  );
  if (rows.length === 0) return null;
  const against = comparisons[0]!.against;
  return intervals(rows, {
    title: `Difference to ${against}`,
    caption:
      "in points, on the same examples, with the 95 % interval for the prompts of this run. Left of 0 the arm is worse.",
    label: `Difference of each arm to ${against}: ${describe(rows, " points")}`,
    reference: { arm: against, at: 0 },
    order: Object.keys(arms),
  });
}

/** Generated tokens per answer. */
export function costFigure({ arms }: Summary): Html {
  const rows = Object.entries(arms).map(([arm, { tokens }]) => ({
    arm,
    tokens,
    text: tokens.toFixed(0),
  }));
  const bars = { fill: ACCENT, insetTop: 3, insetBottom: 3 };
  return figure({
    title: "Cost",
    caption: "in generated tokens per example: the first answer and all corrections.",
    label: `Tokens per example: ${describe(rows, "")}`,
    plot: {
      ...layout(rows),
      x: { label: null, ticks: 4, grid: true, insetRight: 32 },
      marks: [
        Plot.barX(rows, { x: "tokens", y: "arm", ...bars }),
        Plot.text(rows, { x: "tokens", y: "arm", text: "text", textAnchor: "start", dx: 4 }),
      ],
    },
  });
}

/** Words of intervals, and their rows. */
interface IntervalOptions extends Omit<FigureOptions, "plot"> {
  /** The arm that others are compared with, and where. */
  readonly reference?: { readonly arm: string; readonly at: number };
  /** All arms that get a row, so that figures side by side have the same; by default those with a value. */
  readonly order?: readonly string[];
}

function intervals(
  rows: readonly Row[],
  { reference, order = rows.map(({ arm }) => arm), ...words }: IntervalOptions,
): Html {
  return figure({
    ...words,
    plot: {
      ...layout(order.map((arm) => ({ arm }))),
      x: { label: null, ticks: 5, grid: true, nice: true },
      marks: [
        ...(reference === undefined ? [] : [
          Plot.ruleX([reference.at], { strokeOpacity: 0.6 }),
          Plot.dot([reference], { x: "at", y: "arm", fill: "var(--panel)", stroke: ACCENT }),
        ]),
        Plot.ruleY(rows, { y: "arm", x1: "low", x2: "high", stroke: ACCENT, strokeWidth: 2 }),
        Plot.dot(rows, { x: "value", y: "arm", fill: ACCENT, r: 4 }),
        Plot.text(rows, { x: "value", y: "arm", text: "text", dy: -11, ...HALO }),
      ],
    },
  });
}

/** One line for each arm, in their order; names on the left. */
function layout(rows: readonly { readonly arm: string }[]): Plot.PlotOptions {
  const longest = Math.max(...rows.map(({ arm }) => arm.length));
  return {
    height: 32 * rows.length + 40,
    marginLeft: Math.min(150, 14 + 7 * longest),
    marginRight: 12,
    marginTop: 18,
    y: { label: null, domain: rows.map(({ arm }) => arm), tickSize: 0 },
  };
}

const describe = (rows: readonly Pick<Row, "arm" | "text">[], unit: string) =>
  rows.map(({ arm, text }) => `${arm} ${text}${unit}`).join(", ");
