/**
 * Figures of accuracies and differences: of arms, under each prompt, in each stratum.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import type { Accuracy, Interval } from "../../statistics/mod.ts";
import { spokenArm } from "../takeaways/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { type Filters, type Html, instancesAddress } from "../html/mod.ts";
import type { FigureWords } from "./figure.ts";
import { intervalFigure, type IntervalRow, spanOf } from "./intervals.ts";

const AXIS = "accuracy, %";

/** Words, axis and links of {@linkcode accuracyFigure}. */
export interface AccuracyOptions extends FigureWords {
  readonly domain: Interval;
  /** Of the instances that are counted. */
  readonly filters?: Filters;
}

/** The accuracy of each arm on some of the instances. */
export function accuracyFigure(
  summary: Summary,
  of: (arm: string) => Accuracy | undefined,
  { filters = {}, ...options }: AccuracyOptions,
): Html {
  const rows = Object.keys(summary.arms).map((arm): IntervalRow => {
    const { accuracy = null, interval = null } = of(arm) ?? {};
    return {
      name: arm,
      value: accuracy === null ? null : 100 * accuracy,
      interval: accuracy === null ? null : percent(interval),
      text: Table.percent(accuracy),
      href: instancesAddress({ arm, ...filters }),
      role: roleOf(summary, arm),
    };
  });
  return intervalFigure(rows, { ...options, axis: AXIS });
}

/** Difference of each arm to the one that all are compared with; null without. */
export function differenceFigure(summary: Summary): Html | null {
  const { arms, comparisons } = summary;
  const against = comparisons[0]?.against;
  if (against === undefined) return null;
  const rows = Object.keys(arms).map((arm): IntervalRow => {
    if (arm === against) {
      return { name: arm, value: 0, interval: null, text: "0", role: "reference" };
    }
    const { difference = null, interval = null } = comparisons.find((each) => each.arm === arm) ??
      {};
    return {
      name: arm,
      value: difference === null ? null : 100 * difference,
      interval: percent(interval),
      text: Table.points(difference),
      href: instancesAddress({ arm }),
      role: roleOf(summary, arm),
    };
  });
  const domain = spanOf(rows.map(({ interval }) => interval), { step: 5, least: [-5, 5] });
  return intervalFigure(rows, {
    title: `Difference to ${against}`,
    caption:
      `On the same examples, with the 95 % interval for the prompts of this run. Left of 0 the arm is less accurate than ${against}.`,
    label: `Difference of each arm to ${against}: ${describe(rows, " points")}`,
    axis: "difference, points",
    domain,
  });
}

/** One axis for accuracies that are compared. */
export function accuracyDomain(accuracies: readonly (Accuracy | undefined)[]): Interval {
  const intervals = accuracies.flatMap((each) =>
    each === undefined || each.accuracy === null ? [] : [percent(each.interval)]
  );
  return spanOf(intervals, { step: 10, least: [90, 100] });
}

/** What the run is about, and what others are compared with. */
export const roleOf = (summary: Summary, arm: string): IntervalRow["role"] =>
  arm === spokenArm(summary)
    ? "spoken"
    : arm === summary.comparisons[0]?.against
    ? "reference"
    : undefined;

/** Names and values in words. */
export const describe = (rows: readonly Pick<IntervalRow, "name" | "text">[], unit: string) =>
  rows.map(({ name, text }) => `${name} ${text}${unit}`).join(", ");

const percent = <I extends Interval | null>(interval: I) =>
  (interval === null ? null : [100 * interval[0], 100 * interval[1]]) as I;
