/**
 * Plain text tables for the terminal, and the numbers in them; the one door to cli-table3, which knows how wide characters are.
 *
 * @module
 */
import CliTable from "cli-table3";
import type { Interval } from "../statistics/mod.ts";

/** A column of a table. */
export interface Column {
  /** Stands above the column. */
  readonly title: string;
  /** Left for words (the default), right for numbers. */
  readonly align?: "left" | "right";
}

/** A column of numbers. */
export const right = (title: string): Column => ({ title, align: "right" });

/** Borders as cli-table3 names them: none but two spaces between columns and a rule under the titles. */
const BORDERS = {
  ...Object.fromEntries(
    ["top", "bottom"].flatMap((side) =>
      ["", "-mid", "-left", "-right"].map((part) => [side + part, ""])
    ),
  ),
  left: "",
  "left-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
  mid: "-",
  "mid-mid": "--",
};

/**
 * Lays out rows under titles.
 *
 * @param columns titles from left to right
 * @param rows cells, as many as columns; null is an empty cell
 * @returns lines without trailing spaces, joined by line feeds, without one at the end
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Table } from "dynamic-prompt-corruption/terminal";
 *
 * const table = Table.render([{ title: "arm" }, { title: "accuracy", align: "right" }], [["dpc", "67.6"]]);
 * assert.match(table, /dpc +67\.6$/);
 * ```
 */
export function render(
  columns: readonly (Column | string)[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const all = columns.map((column): Column =>
    typeof column === "string" ? { title: column } : column
  );
  const table = new CliTable({
    head: all.map(({ title }) => printable(title)),
    colAligns: all.map(({ align = "left" }) => align),
    chars: BORDERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => printable(String(cell ?? "")))));
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

/** Text of a dataset in one line, without what would steer the terminal. */
export const printable = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD");

/** A fraction as percent with one decimal ("67.6"); "-" for null. */
export function percent(fraction: number | null): string {
  return fraction === null ? "-" : (100 * fraction).toFixed(1);
}

/** An interval of fractions as percent ("65.0 to 70.1"); "-" for null. */
export function percentInterval(interval: Interval | null): string {
  return interval === null ? "-" : interval.map(percent).join(" to ");
}

/** A difference of fractions in points, always with its sign ("+2.1"); "-" for null. */
export function points(difference: number | null): string {
  if (difference === null) return "-";
  const text = percent(Math.abs(difference));
  return Number(text) === 0 ? text : (difference < 0 ? "-" : "+") + text;
}

/** An interval of differences in points ("-1.1 to +2.1"); "-" for null. */
export function pointsInterval(interval: Interval | null): string {
  return interval === null ? "-" : interval.map(points).join(" to ");
}

/** A p value with three decimals, or how small it is. */
export function pValue(p: number | null): string {
  if (p === null) return "-";
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}
