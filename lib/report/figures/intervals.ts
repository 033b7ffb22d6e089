/**
 * Values with their intervals, a row each: accuracies, differences.
 *
 * @module
 */
import type { Interval } from "../../statistics/mod.ts";
import { figure, type FigureWords, Plot } from "./figure.ts";
import type { Html } from "../html/mod.ts";

/** A value of a row. */
export interface IntervalRow {
  /** Names the row. */
  readonly name: string;
  /** Percent or points; null where there is none. */
  readonly value: number | null;
  readonly interval: Interval | null;
  /** The value in words. */
  readonly text: string;
  /** Where the value leads. */
  readonly href?: string;
  /** The row that the run is about, or that others are compared with. */
  readonly role?: "spoken" | "reference" | undefined;
}

/** Words and axis of {@linkcode intervalFigure}. */
export interface IntervalOptions extends FigureWords {
  /** "accuracy, %". */
  readonly axis: string;
  /** Both ends of the axis, the same for figures that are compared. */
  readonly domain: Interval;
}

/** Longest names that stand left of their rows; longer ones stand above. */
const SHORT_NAME = 14;

/** Draws a row for each value, in their order. */
export function intervalFigure(
  rows: readonly IntervalRow[],
  { axis, domain, ...words }: IntervalOptions,
): Html {
  const above = rows.some(({ name }) => name.length > SHORT_NAME);
  const longest = rows.reduce((most, { name }) => Math.max(most, name.length), 0);
  const names = rows.map(({ name }) => name);
  const values = rows.filter(({ value }) => value !== null);
  const color = ({ role }: IntervalRow) => role === "spoken" ? "var(--accent)" : "var(--dim)";
  const end = (at: 0 | 1) => ({ interval, value }: IntervalRow) => interval?.[at] ?? value;
  const bold = ({ role }: IntervalRow) => role === "spoken";
  const text = (which: (row: IntervalRow) => boolean, options: Plot.TextOptions) =>
    [true, false].map((strong) =>
      Plot.text(rows.filter((row) => which(row) && bold(row) === strong), {
        y: "name",
        fill: "currentColor",
        ...options,
        ...(strong ? { fontWeight: 700 } : {}),
      })
    );
  return figure({
    ...words,
    data: {
      columns: ["arm", axis, "interval low", "interval high"],
      rows: rows.map((
        { name, value, interval },
      ) => [name, value, interval?.[0] ?? null, interval?.[1] ?? null]),
    },
    plot: {
      height: (above ? 38 : 26) * rows.length + 50,
      marginLeft: above ? 12 : Math.min(110, 18 + 7 * longest),
      marginRight: 52,
      marginTop: above ? 16 : 6,
      marginBottom: 38,
      x: { label: `${axis} →`, labelAnchor: "right", domain, ticks: 5, grid: true },
      y: { label: null, domain: names, axis: null },
      marks: [
        ...(domain[0] < 0 ? [Plot.ruleX([0], { strokeOpacity: 0.6 })] : []),
        Plot.ruleY(values, {
          y: "name",
          x1: end(0),
          x2: end(1),
          stroke: color,
          strokeWidth: 2,
        }),
        Plot.dot(values, {
          x: "value",
          y: "name",
          r: 4.5,
          fill: (row: IntervalRow) => row.role === "reference" ? "var(--panel)" : color(row),
          stroke: color,
          strokeWidth: 1.5,
          ...linked(({ href }: IntervalRow) => href),
          title: ({ name, text, interval }: IntervalRow) =>
            `${name}: ${text}${
              interval === null ? "" : ` (${interval.map((x) => x.toFixed(1)).join(" to ")})`
            }`,
        }),
        ...text(() => true, {
          text: "name",
          frameAnchor: "left",
          ...(above
            ? { textAnchor: "start", dy: -13, lineWidth: 26, textOverflow: "ellipsis-middle" }
            : { textAnchor: "end", dx: -8 }),
        }),
        ...text(({ value }) => value !== null, {
          text: "text",
          frameAnchor: "right",
          textAnchor: "end",
          dx: 46,
        }),
      ],
    },
  });
}

/** Makes marks links, where they have an address. */
export const linked = <A>(href: (row: A) => string | undefined) => ({
  href: href as (row: unknown) => string,
});

/** Both ends of an axis that holds all intervals, in steps of the size. */
export function spanOf(
  intervals: readonly (Interval | null)[],
  { step, least }: { readonly step: number; readonly least: Interval },
): Interval {
  const ends = intervals.flatMap((interval) => interval ?? []);
  return [
    Math.floor(Math.min(least[0], ...ends) / step) * step,
    Math.ceil(Math.max(least[1], ...ends) / step) * step,
  ];
}
