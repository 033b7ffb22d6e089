/**
 * The tables of `dpc controls`.
 *
 * @module
 */
import { Table } from "../../lib/terminal/mod.ts";
import type { AucRow } from "./auc.ts";
import type { ControlRow, ControlTables } from "./rows.ts";

const three = (value: number | null): string => value === null ? "-" : value.toFixed(3);
const signed = (value: number | null): string =>
  value === null ? "-" : `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
const between = (
  interval: readonly [number, number] | null,
  of: (value: number) => string,
): string => interval === null ? "-" : interval.map(of).join(" to ");

/** Areas under the curve. */
export const aucText = (rows: readonly AucRow[]): string =>
  Table.render(
    [
      "score",
      Table.right("AUC"),
      "95 % interval",
      Table.right("- length"),
      "95 % interval",
      Table.right("added to length"),
      "95 % interval",
    ],
    rows.map((row) => [
      row.name,
      three(row.area),
      between(row.interval, three),
      signed(row.overLength),
      between(row.overLengthInterval, signed),
      signed(row.added),
      between(row.addedInterval, signed),
    ]),
  );

/** Areas by the sum of the loss against those by the mean; empty where no flow was measured. */
export function lossText(rows: readonly AucRow[]): string {
  const pairs = rows.filter(({ overMean }) => overMean !== null);
  return pairs.length === 0 ? "" : Table.render(
    ["AUC by the sum of the loss", Table.right("- mean"), "95 % interval"],
    pairs.map(({ name, overMean, overMeanInterval }) => [
      name.replace(" (sum)", ""),
      signed(overMean),
      between(overMeanInterval, signed),
    ]),
  );
}

/** Arms with what they gain and what they cost, and the cheapest that are as good as dpc. */
export function controlText({ controls, triggers, pairs }: ControlTables): readonly string[] {
  if (controls.length === 0) return [];
  const dpc = controls[0]!;
  const close = pairs.filter(({ accuracy }) => accuracy >= dpc.accuracy - 0.01);
  return [
    arms("control", controls),
    arms("trigger, correcting at j*", triggers),
    arms("cheapest within a point of dpc", close.slice(0, 12)),
  ];
}

const arms = (title: string, rows: readonly ControlRow[]): string =>
  Table.render(
    [
      title,
      Table.right("accuracy"),
      Table.right("vs dpc"),
      "95 %, questions",
      "95 %, new prompts",
      Table.right("corrected"),
      Table.right("tokens"),
      Table.right("gradients"),
      Table.right("forwards"),
    ],
    rows.map((row) => [
      row.name,
      Table.percent(row.accuracy),
      Table.points(row.comparison.difference),
      Table.pointsInterval(row.comparison.interval),
      Table.pointsInterval(row.comparison.newPrompts?.interval ?? null),
      Table.percent(row.corrected),
      row.tokens.toFixed(1),
      row.gradients.toFixed(2),
      row.forwards.toFixed(2),
    ]),
  );
